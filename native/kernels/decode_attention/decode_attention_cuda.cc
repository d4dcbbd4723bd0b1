// DecodeAttention as a CUDA op. Arguments: decode_attention.h. cache_out is usually bound to the
// memory of cache; otherwise the cache is copied first.
#include "cuda/op.h"
#include "kernels/decode_attention/decode_attention_launch.h"

namespace rationale::cuda {
namespace {

using kernels::CheckShape;
using kernels::In;
using kernels::Out;
using ort::Tensor;

class DecodeAttentionOp : public ort::Kernel {
 public:
  DecodeAttentionOp(const ort::KernelInfo& info, const Platform& platform)
      : platform_(platform),
        heads_(info.Int("heads")),
        kv_heads_(info.Int("kv_heads")),
        scale_(info.Float("scale")) {
    RATIONALE_CHECK(
        kv_heads_ > 0 && heads_ > 0 && heads_ % kv_heads_ == 0,
        "expected heads to be a multiple of kv_heads, got heads=",
        heads_,
        ", kv_heads=",
        kv_heads_);
  }

  void Compute(ort::Context& context) override {
    const Tensor qkv = context.Input(0);
    const Tensor cos = context.Input(1);
    const Tensor sin = context.Input(2);
    const Tensor prefix = context.Input(3);
    const Tensor rows = context.Input(4);
    const Tensor cache = context.Input(5);
    CheckShape(qkv, "qkv", {-1, -1});
    const int64_t batch = qkv.dim(0);
    CheckShape(cos, "cos", {batch, -1});
    const int64_t e = cos.dim(1);
    CheckShape(sin, "sin", {batch, e});
    RATIONALE_CHECK(
        e > 0 && e % 2 == 0 && e <= kDecodeMaxHead,
        "expected an even head size of at most ",
        kDecodeMaxHead,
        " on CUDA, got ",
        e);
    CheckShape(qkv, "qkv (heads + 2 kv_heads) x head size", {-1, (heads_ + 2 * kv_heads_) * e});
    CheckShape(prefix, "prefix_kv", {-1, 2 * kv_heads_ * e});
    CheckShape(rows, "rows", {batch, 4});
    CheckShape(cache, "cache", {-1, -1, 2 * kv_heads_ * e});
    const Tensor out = context.Output(0, {batch, heads_ * e});
    const Tensor cache_out = context.Output(1, cache.shape());
    Call call(platform_, context, qkv);
    if (cache_out.raw() != cache.raw()) {
      call.launcher().Copy(cache_out.raw(), cache.raw(), 4 * cache.size());
    }
    const i64 pieces = DecodePieces(prefix.dim(0) + cache.dim(1));
    DecodeAttentionForward(
        {batch,
         heads_,
         kv_heads_,
         e,
         prefix.dim(0),
         cache.dim(0),
         cache.dim(1),
         scale_,
         pieces,
         In(qkv),
         In(cos),
         In(sin),
         In(prefix),
         In<i32>(rows),
         Out(cache_out),
         call.Workspace<float>(batch * heads_ * pieces * (e + 2)),
         Out(out)},
        call.launcher());
  }

 private:
  const Platform& platform_;
  int64_t heads_;
  int64_t kv_heads_;
  float scale_;
};

}  // namespace

void AddDecodeAttentionOps(OpSpecs& ops, const Platform& platform) {
  ops.push_back(
      Spec<DecodeAttentionOp>(
          "DecodeAttention",
          {{ort::kF32}, {ort::kF32}, {ort::kF32}, {ort::kF32}, {ort::kI32}, {ort::kF32}},
          Floats(2),
          platform));
}

}  // namespace rationale::cuda
