// TokenLogprob and TokenLogprobGrad as ONNX Runtime custom ops. Arguments: see token_logprob.h.
#include "kernels/op.h"
#include "kernels/ops.h"
#include "kernels/token_logprob/token_logprob.h"

namespace rationale::kernels {
namespace {

using ort::Tensor;

TokenLogprobShape Check(
    const Tensor& hidden,
    const Tensor& weight,
    const Tensor& targets,
    const Tensor& inv_temperature) {
  CheckShape(hidden, "hidden", {-1, -1});
  CheckShape(weight, "weight", {-1, hidden.dim(1)});
  CheckShape(targets, "targets", {hidden.dim(0)});
  CheckShape(inv_temperature, "inv_temperature", {1});
  return {hidden.dim(0), hidden.dim(1), weight.dim(0)};
}

class TokenLogprobOp : public ort::Kernel {
 public:
  explicit TokenLogprobOp(const ort::KernelInfo&) {}
  void Compute(ort::Context& context) override {
    const Tensor hidden = context.Input(0);
    const Tensor weight = context.Input(1);
    const Tensor targets = context.Input(2);
    const Tensor inv_temperature = context.Input(3);
    const TokenLogprobShape shape = Check(hidden, weight, targets, inv_temperature);
    const Tensor logprob = context.Output(0, {shape.rows});
    const Tensor entropy = context.Output(1, {shape.rows});
    const Tensor lse = context.Output(2, {shape.rows});
    TokenLogprob(
        {shape,
         In(hidden),
         In(weight),
         In<int32_t>(targets),
         *In(inv_temperature),
         Out(logprob),
         Out(entropy),
         Out(lse)},
        PoolOf(context),
        scratch_);
  }

 private:
  ScratchPool scratch_;
};

class TokenLogprobGradOp : public ort::Kernel {
 public:
  explicit TokenLogprobGradOp(const ort::KernelInfo&) {}
  void Compute(ort::Context& context) override {
    const Tensor hidden = context.Input(0);
    const Tensor weight = context.Input(1);
    const Tensor targets = context.Input(2);
    const Tensor inv_temperature = context.Input(3);
    const Tensor rows[] = {context.Input(4), context.Input(5), context.Input(6), context.Input(7)};
    const TokenLogprobShape shape = Check(hidden, weight, targets, inv_temperature);
    const char* names[] = {"entropy", "lse", "dlogprob", "dentropy"};
    for (int i = 0; i < 4; ++i) CheckShape(rows[i], names[i], {shape.rows});
    const Tensor dhidden = context.Output(0, hidden.shape());
    const Tensor dweight = context.Output(1, weight.shape());
    TokenLogprobGrad(
        {shape,
         In(hidden),
         In(weight),
         In<int32_t>(targets),
         *In(inv_temperature),
         In(rows[0]),
         In(rows[1]),
         In(rows[2]),
         In(rows[3]),
         Out(dhidden),
         Out(dweight)},
        PoolOf(context),
        scratch_);
  }

 private:
  ScratchPool scratch_;
};

}  // namespace

void AddTokenLogprobOps(OpSpecs& ops) {
  using ort::kF32;
  using ort::kI32;
  ops.push_back(
      {.name = "TokenLogprob",
       .inputs = {{kF32}, {kF32}, {kI32}, {kF32}},
       .outputs = {{kF32}, {kF32}, {kF32}},
       .create = ort::Make<TokenLogprobOp>});
  ops.push_back(
      {.name = "TokenLogprobGrad",
       .inputs = {{kF32}, {kF32}, {kI32}, {kF32}, {kF32}, {kF32}, {kF32}, {kF32}},
       .outputs = {{kF32}, {kF32}},
       .create = ort::Make<TokenLogprobGradOp>});
}

}  // namespace rationale::kernels
