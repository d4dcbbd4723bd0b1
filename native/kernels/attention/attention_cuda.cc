// Attention and AttentionGrad as CUDA ops. Arguments as on the CPU: attention_op.cc.
#include "cuda/op.h"
#include "kernels/attention/attention_launch.h"

namespace rationale::cuda {
namespace {

using kernels::CheckShape;
using kernels::In;
using kernels::Out;
using ort::Tensor;

/// The attributes both ops carry, and the checks of the inputs both begin with.
struct Attributes {
  explicit Attributes(const ort::KernelInfo& info)
      : heads(info.Int("heads")),
        kv_heads(info.Int("kv_heads")),
        causal(info.Int("causal")),
        scale(info.Float("scale")) {
    RATIONALE_CHECK(
        kv_heads > 0 && heads > 0 && heads % kv_heads == 0,
        "expected heads to be a multiple of kv_heads, got heads=",
        heads,
        ", kv_heads=",
        kv_heads);
  }

  AttentionShape Check(
      const Tensor& qkv, const Tensor& cos, const Tensor& sin, const Tensor& segments) const {
    CheckShape(qkv, "qkv", {-1, -1});
    CheckShape(cos, "cos", {qkv.dim(0), -1});
    const int64_t e = cos.dim(1);
    CheckShape(sin, "sin", {qkv.dim(0), e});
    RATIONALE_CHECK(
        e > 0 && e % 2 == 0 && e <= kAttentionMaxHead,
        "expected an even head size of at most ",
        kAttentionMaxHead,
        " on CUDA, got ",
        e);
    CheckShape(qkv, "qkv (heads + 2 kv_heads) x head size", {-1, (heads + 2 * kv_heads) * e});
    CheckShape(segments, "segments", {-1, 4});
    return {qkv.dim(0), heads, kv_heads, e, segments.dim(0), causal != 0 ? 1 : 0, scale};
  }

  int64_t heads;
  int64_t kv_heads;
  int64_t causal;
  float scale;
};

class AttentionOp : public ort::Kernel {
 public:
  AttentionOp(const ort::KernelInfo& info, const Platform& platform)
      : platform_(platform), attributes_(info) {}
  void Compute(ort::Context& context) override {
    const Tensor qkv = context.Input(0);
    const Tensor cos = context.Input(1);
    const Tensor sin = context.Input(2);
    const Tensor segments = context.Input(3);
    const AttentionShape shape = attributes_.Check(qkv, cos, sin, segments);
    const Tensor out = context.Output(0, {shape.rows, shape.heads * shape.head_size});
    const Tensor lse = context.Output(1, {shape.rows, shape.heads});
    const Tensor kv = context.Output(2, {shape.rows, shape.kv_columns()});
    Call call(platform_, context, qkv);
    AttentionForward(
        {shape,
         In(qkv),
         In(cos),
         In(sin),
         In<i32>(segments),
         call.Workspace<i32>(shape.segments + 1),
         Out(out),
         Out(lse),
         Out(kv)},
        call.launcher());
  }

 private:
  const Platform& platform_;
  Attributes attributes_;
};

class AttentionGradOp : public ort::Kernel {
 public:
  AttentionGradOp(const ort::KernelInfo& info, const Platform& platform)
      : platform_(platform), attributes_(info) {}
  void Compute(ort::Context& context) override {
    const Tensor qkv = context.Input(0);
    const Tensor cos = context.Input(1);
    const Tensor sin = context.Input(2);
    const Tensor segments = context.Input(3);
    const Tensor out = context.Input(4);
    const Tensor lse = context.Input(5);
    const Tensor dout = context.Input(6);
    const AttentionShape shape = attributes_.Check(qkv, cos, sin, segments);
    CheckShape(out, "out", {shape.rows, shape.heads * shape.head_size});
    CheckShape(lse, "lse", {shape.rows, shape.heads});
    CheckShape(dout, "dout", out.shape());
    const Tensor dqkv = context.Output(0, qkv.shape());
    Call call(platform_, context, qkv);
    AttentionBackward(
        {shape,
         In(qkv),
         In(cos),
         In(sin),
         In<i32>(segments),
         In(out),
         In(lse),
         In(dout),
         call.Workspace<i32>(shape.segments + 1),
         call.Workspace<float>(shape.rows * shape.kv_columns()),
         call.Workspace<float>(shape.rows * shape.heads),
         Out(dqkv)},
        call.launcher());
  }

 private:
  const Platform& platform_;
  Attributes attributes_;
};

}  // namespace

void AddAttentionOps(OpSpecs& ops, const Platform& platform) {
  const std::vector<ort::Argument> stream = {{ort::kF32}, {ort::kF32}, {ort::kF32}, {ort::kI32}};
  auto grad = stream;
  grad.insert(grad.end(), 3, {ort::kF32});
  ops.push_back(Spec<AttentionOp>("Attention", stream, Floats(3), platform));
  ops.push_back(Spec<AttentionGradOp>("AttentionGrad", grad, Floats(1), platform));
}

}  // namespace rationale::cuda
