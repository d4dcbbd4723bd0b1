// Attention and AttentionGrad as ONNX Runtime custom ops. Arguments: see attention.h.
#include "kernels/attention/attention.h"
#include "kernels/op.h"
#include "kernels/ops.h"

namespace rationale::kernels {
namespace {

using ort::Tensor;

struct Attributes {
  explicit Attributes(const ort::KernelInfo& info)
      : heads(info.Int("heads")),
        kv_heads(info.Int("kv_heads")),
        causal(info.Int("causal", 1) != 0),
        scale(info.Float("scale")) {}

  AttentionShape Check(
      const Tensor& qkv, const Tensor& cos, const Tensor& sin, const Tensor& segments) const {
    CheckShape(qkv, "qkv", {-1, -1});
    CheckShape(cos, "cos", {qkv.dim(0), -1});
    CheckShape(sin, "sin", {qkv.dim(0), cos.dim(1)});
    CheckShape(segments, "segments", {-1, 4});
    const int64_t columns = (heads + 2 * kv_heads) * cos.dim(1);
    CheckShape(qkv, "qkv (heads + 2 kv_heads) x head size", {-1, columns});
    return {qkv.dim(0), heads, kv_heads, cos.dim(1), segments.dim(0), causal, scale};
  }

  int64_t heads;
  int64_t kv_heads;
  bool causal;
  float scale;
};

class Attention : public ort::Kernel {
 public:
  explicit Attention(const ort::KernelInfo& info) : attributes_(info) {}
  void Compute(ort::Context& context) override {
    const Tensor qkv = context.Input(0);
    const Tensor cos = context.Input(1);
    const Tensor sin = context.Input(2);
    const Tensor segments = context.Input(3);
    const AttentionShape shape = attributes_.Check(qkv, cos, sin, segments);
    const Tensor out = context.Output(0, {shape.rows, shape.heads * shape.head_size});
    const Tensor lse = context.Output(1, {shape.rows, shape.heads});
    const Tensor kv = context.Output(2, {shape.rows, 2 * shape.kv_heads * shape.head_size});
    AttentionForward(
        {shape, In(qkv), In(cos), In(sin), In<int32_t>(segments), Out(out), Out(lse), Out(kv)},
        PoolOf(context),
        scratch_);
  }

 private:
  Attributes attributes_;
  ScratchPool scratch_;
};

class AttentionGrad : public ort::Kernel {
 public:
  explicit AttentionGrad(const ort::KernelInfo& info) : attributes_(info) {}
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
    CheckShape(dout, "dout", {shape.rows, shape.heads * shape.head_size});
    const Tensor dqkv = context.Output(0, qkv.shape());
    AttentionBackward(
        {shape,
         In(qkv),
         In(cos),
         In(sin),
         In<int32_t>(segments),
         In(out),
         In(lse),
         In(dout),
         Out(dqkv)},
        PoolOf(context),
        scratch_);
  }

 private:
  Attributes attributes_;
  ScratchPool scratch_;
};

}  // namespace

void AddAttentionOps(OpSpecs& ops) {
  using ort::kF32;
  using ort::kI32;
  ops.push_back(
      {.name = "Attention",
       .inputs = {{kF32}, {kF32}, {kF32}, {kI32}},
       .outputs = {{kF32}, {kF32}, {kF32}},
       .create = ort::Make<Attention>});
  ops.push_back(
      {.name = "AttentionGrad",
       .inputs = {{kF32}, {kF32}, {kF32}, {kI32}, {kF32}, {kF32}, {kF32}},
       .outputs = {{kF32}},
       .create = ort::Make<AttentionGrad>});
}

}  // namespace rationale::kernels
