// DecodeAttention as an ONNX Runtime custom op. Arguments: see decode_attention.h.
#include <cstring>

#include "kernels/decode_attention/decode_attention.h"
#include "kernels/op.h"
#include "kernels/ops.h"

namespace rationale::kernels {
namespace {

using ort::Tensor;

class DecodeAttentionOp : public ort::Kernel {
 public:
  explicit DecodeAttentionOp(const ort::KernelInfo& info)
      : heads_(info.Int("heads")), kv_heads_(info.Int("kv_heads")), scale_(info.Float("scale")) {}

  void Compute(ort::Context& context) override {
    const Tensor qkv = context.Input(0);
    const Tensor cos = context.Input(1);
    const Tensor sin = context.Input(2);
    const Tensor prefix = context.Input(3);
    const Tensor rows = context.Input(4);
    const Tensor cache = context.Input(5);
    CheckShape(qkv, "qkv", {-1, -1});
    CheckShape(cos, "cos", {qkv.dim(0), -1});
    CheckShape(sin, "sin", {qkv.dim(0), cos.dim(1)});
    const int64_t e = cos.dim(1);
    CheckShape(qkv, "qkv (heads + 2 kv_heads) x head size", {-1, (heads_ + 2 * kv_heads_) * e});
    CheckShape(prefix, "prefix_kv", {-1, 2 * kv_heads_ * e});
    CheckShape(rows, "rows", {qkv.dim(0), 4});
    CheckShape(cache, "cache", {-1, -1, 2 * kv_heads_ * e});
    const Tensor out = context.Output(0, {qkv.dim(0), heads_ * e});
    const Tensor cache_out = context.Output(1, cache.shape());
    if (cache_out.raw() != cache.raw())
      std::memcpy(cache_out.raw(), cache.raw(), static_cast<size_t>(cache.size()) * 4);
    DecodeAttention(
        {qkv.dim(0),
         heads_,
         kv_heads_,
         e,
         prefix.dim(0),
         cache.dim(0),
         cache.dim(1),
         scale_,
         In(qkv),
         In(cos),
         In(sin),
         In(prefix),
         In<int32_t>(rows),
         Out(cache_out),
         Out(out)},
        PoolOf(context),
        scratch_);
  }

 private:
  int64_t heads_;
  int64_t kv_heads_;
  float scale_;
  ScratchPool scratch_;
};

}  // namespace

void AddDecodeAttentionOps(OpSpecs& ops) {
  using ort::kF32;
  ops.push_back(
      {.name = "DecodeAttention",
       .inputs = {{kF32}, {kF32}, {kF32}, {kF32}, {ort::kI32}, {kF32}},
       .outputs = {{kF32}, {kF32}},
       .create = ort::Make<DecodeAttentionOp>});
}

}  // namespace rationale::kernels
