// TokenLogprob and TokenLogprobGrad as CUDA ops. Arguments: token_logprob.h. Row chunks: the
// runtime's own GEMM makes a chunk of logits in workspace, the kernels reduce it or turn it into
// its gradient, and the GEMM takes that on to dhidden and dweight. No more logits than a chunk ever
// exist.
#include "cuda/op.h"
#include "kernels/token_logprob/token_logprob_launch.h"

namespace rationale::cuda {
namespace {

using kernels::CheckShape;
using kernels::In;
using kernels::Out;
using ort::Gemm;
using ort::Tensor;

/// What both ops begin with: hidden [M,D], weight [V,D], targets [M], inv_temperature [1].
struct Head {
  explicit Head(ort::Context& context)
      : hidden(context.Input(0)),
        weight(context.Input(1)),
        targets(context.Input(2)),
        inv_temperature(context.Input(3)) {
    CheckShape(hidden, "hidden", {-1, -1});
    CheckShape(weight, "weight", {-1, hidden.dim(1)});
    CheckShape(targets, "targets", {hidden.dim(0)});
    CheckShape(inv_temperature, "inv_temperature", {1});
    rows = hidden.dim(0);
    columns = hidden.dim(1);
    vocab = weight.dim(0);
    RATIONALE_CHECK(vocab > 0, "expected a vocabulary of at least 1, got 0");
    RATIONALE_CHECK(columns > 0, "expected hidden with at least 1 column, got 0");
  }

  Tensor hidden;
  Tensor weight;
  Tensor targets;
  Tensor inv_temperature;
  i64 rows;
  i64 columns;
  i64 vocab;
};

Gemm::Options Options(const Platform& platform, bool transpose_a, bool transpose_b, float beta) {
  return {
      .transpose_a = transpose_a,
      .transpose_b = transpose_b,
      .beta = beta,
      .device = platform.device()};
}

class TokenLogprobOp : public ort::Kernel {
 public:
  TokenLogprobOp(const ort::KernelInfo& info, const Platform& platform)
      : platform_(platform), logits_(info, Options(platform, false, true, 0.0f)) {}
  void Compute(ort::Context& context) override {
    const Head head(context);
    const Tensor logprob = context.Output(0, {head.rows});
    const Tensor entropy = context.Output(1, {head.rows});
    const Tensor lse = context.Output(2, {head.rows});
    if (head.rows == 0) return;
    Call call(platform_, context, head.hidden);
    const i64 chunk = TokenLogprobRows(head.rows, head.vocab, platform_.logits_bytes());
    float* logits = call.Workspace<float>(chunk * head.vocab);
    for (i64 row = 0; row < head.rows; row += chunk) {
      const i64 count = row + chunk < head.rows ? chunk : head.rows - row;
      logits_.Run(
          context,
          In(head.hidden) + row * head.columns,
          In(head.weight),
          logits,
          count,
          head.vocab,
          head.columns);
      TokenLogprobForward(
          {count,
           head.vocab,
           logits,
           In(head.inv_temperature),
           In<i32>(head.targets) + row,
           Out(logprob) + row,
           Out(entropy) + row,
           Out(lse) + row},
          call.launcher());
    }
  }

 private:
  const Platform& platform_;
  Gemm logits_;
};

class TokenLogprobGradOp : public ort::Kernel {
 public:
  TokenLogprobGradOp(const ort::KernelInfo& info, const Platform& platform)
      : platform_(platform),
        logits_(info, Options(platform, false, true, 0.0f)),
        dhidden_(info, Options(platform, false, false, 0.0f)),
        dweight_(info, Options(platform, true, false, 0.0f)),
        dweight_more_(info, Options(platform, true, false, 1.0f)) {}
  void Compute(ort::Context& context) override {
    const Head head(context);
    const Tensor entropy = context.Input(4);
    const Tensor lse = context.Input(5);
    const Tensor dlogprob = context.Input(6);
    const Tensor dentropy = context.Input(7);
    CheckShape(entropy, "entropy", {head.rows});
    CheckShape(lse, "lse", {head.rows});
    CheckShape(dlogprob, "dlogprob", {head.rows});
    CheckShape(dentropy, "dentropy", {head.rows});
    const Tensor dhidden = context.Output(0, head.hidden.shape());
    const Tensor dweight = context.Output(1, head.weight.shape());
    Call call(platform_, context, head.hidden);
    if (head.rows == 0) return call.launcher().Clear(dweight.raw(), 4 * dweight.size());
    const i64 chunk = TokenLogprobRows(head.rows, head.vocab, platform_.logits_bytes());
    float* logits = call.Workspace<float>(chunk * head.vocab);
    for (i64 row = 0; row < head.rows; row += chunk) {
      const i64 count = row + chunk < head.rows ? chunk : head.rows - row;
      const float* hidden = In(head.hidden) + row * head.columns;
      logits_.Run(context, hidden, In(head.weight), logits, count, head.vocab, head.columns);
      TokenLogprobBackward(
          {count,
           head.vocab,
           logits,
           In(head.inv_temperature),
           In<i32>(head.targets) + row,
           In(entropy) + row,
           In(lse) + row,
           In(dlogprob) + row,
           In(dentropy) + row},
          call.launcher());
      dhidden_.Run(
          context,
          logits,
          In(head.weight),
          Out(dhidden) + row * head.columns,
          count,
          head.columns,
          head.vocab);
      // dweight [V, D] = dlogits^T hidden, added to what earlier chunks gave.
      if (row == 0) {
        dweight_.Run(context, logits, hidden, Out(dweight), head.vocab, head.columns, count);
      } else {
        dweight_more_.Run(
            context, logits, hidden, Out(dweight), head.vocab, head.columns, count, Out(dweight));
      }
    }
  }

 private:
  const Platform& platform_;
  Gemm logits_;
  Gemm dhidden_;
  Gemm dweight_;
  Gemm dweight_more_;
};

}  // namespace

void AddTokenLogprobOps(OpSpecs& ops, const Platform& platform) {
  std::vector<ort::Argument> head = {{ort::kF32}, {ort::kF32}, {ort::kI32}, {ort::kF32}};
  auto grad = head;
  grad.insert(grad.end(), 4, {ort::kF32});
  ops.push_back(Spec<TokenLogprobOp>("TokenLogprob", head, Floats(3), platform));
  ops.push_back(Spec<TokenLogprobGradOp>("TokenLogprobGrad", grad, Floats(2), platform));
}

}  // namespace rationale::cuda
