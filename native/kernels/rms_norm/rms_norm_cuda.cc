// RmsNorm, AddRmsNorm and their gradients as CUDA ops. Arguments as on the CPU: rms_norm_op.cc.
#include "cuda/op.h"
#include "kernels/rms_norm/rms_norm_launch.h"

namespace rationale::cuda {
namespace {

using kernels::CheckShape;
using kernels::In;
using kernels::Out;
using ort::Tensor;

/// x [, r], w -> [sum,] y, rstd.
template <bool kAdd>
class RmsNormOp : public ort::Kernel {
 public:
  RmsNormOp(const ort::KernelInfo& info, const Platform& platform)
      : platform_(platform), eps_(info.Float("eps")) {}
  void Compute(ort::Context& context) override {
    const Tensor x = context.Input(0);
    const Tensor r = kAdd ? context.Input(1) : Tensor();
    const Tensor w = context.Input(kAdd ? 2 : 1);
    CheckShape(x, "x", {-1, -1});
    if (kAdd) CheckShape(r, "r", x.shape());
    CheckShape(w, "w", {x.dim(1)});
    const Tensor sum = kAdd ? context.Output(0, x.shape()) : Tensor();
    const Tensor y = context.Output(kAdd ? 1 : 0, x.shape());
    const Tensor rstd = context.Output(kAdd ? 2 : 1, {x.dim(0)});
    Call call(platform_, context, x);
    RmsNormForward(
        {x.dim(0),
         x.dim(1),
         eps_,
         In(x),
         kAdd ? In(r) : nullptr,
         In(w),
         kAdd ? Out(sum) : nullptr,
         Out(y),
         Out(rstd)},
        call.launcher());
  }

 private:
  const Platform& platform_;
  float eps_;
};

/// [dsum,] dy, x (or sum), w, rstd -> dx, dw.
template <bool kAdd>
class RmsNormGradOp : public ort::Kernel {
 public:
  RmsNormGradOp(const ort::KernelInfo&, const Platform& platform) : platform_(platform) {}
  void Compute(ort::Context& context) override {
    constexpr size_t kFirst = kAdd ? 1 : 0;
    const Tensor dsum = kAdd ? context.Input(0) : Tensor();
    const Tensor dy = context.Input(kFirst);
    const Tensor x = context.Input(kFirst + 1);
    const Tensor w = context.Input(kFirst + 2);
    const Tensor rstd = context.Input(kFirst + 3);
    CheckShape(x, kAdd ? "sum" : "x", {-1, -1});
    if (kAdd) CheckShape(dsum, "dsum", x.shape());
    CheckShape(dy, "dy", x.shape());
    CheckShape(w, "w", {x.dim(1)});
    CheckShape(rstd, "rstd", {x.dim(0)});
    const Tensor dx = context.Output(0, x.shape());
    const Tensor dw = context.Output(1, w.shape());
    Call call(platform_, context, x);
    const i64 parts = RmsNormParts(x.dim(0));
    RmsNormBackward(
        {x.dim(0),
         x.dim(1),
         kAdd ? In(dsum) : nullptr,
         In(dy),
         In(x),
         In(w),
         In(rstd),
         Out(dx),
         Out(dw),
         parts,
         call.Workspace<float>(parts * x.dim(1))},
        call.launcher());
  }

 private:
  const Platform& platform_;
};

}  // namespace

void AddRmsNormOps(OpSpecs& ops, const Platform& platform) {
  ops.push_back(Spec<RmsNormOp<false>>("RmsNorm", Floats(2), Floats(2), platform));
  ops.push_back(Spec<RmsNormOp<true>>("AddRmsNorm", Floats(3), Floats(3), platform));
  ops.push_back(Spec<RmsNormGradOp<false>>("RmsNormGrad", Floats(4), Floats(2), platform));
  ops.push_back(Spec<RmsNormGradOp<true>>("AddRmsNormGrad", Floats(5), Floats(2), platform));
}

}  // namespace rationale::cuda
