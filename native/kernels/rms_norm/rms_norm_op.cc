// RmsNorm, AddRmsNorm and their gradients as ONNX Runtime custom ops. Arguments: see rms_norm.h.
#include "kernels/op.h"
#include "kernels/ops.h"
#include "kernels/rms_norm/rms_norm.h"

namespace rationale::kernels {
namespace {

using ort::Tensor;

template <bool kAdd>
class RmsNormOp : public ort::Kernel {
 public:
  explicit RmsNormOp(const ort::KernelInfo& info) : eps_(info.Float("eps")) {}
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
    RmsNorm(
        {x.dim(0),
         x.dim(1),
         eps_,
         In(x),
         kAdd ? In(r) : nullptr,
         In(w),
         kAdd ? Out(sum) : nullptr,
         Out(y),
         Out(rstd)},
        PoolOf(context));
  }

 private:
  float eps_;
};

template <bool kAdd>
class RmsNormGradOp : public ort::Kernel {
 public:
  explicit RmsNormGradOp(const ort::KernelInfo&) {}
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
    RmsNormGrad(
        {x.dim(0),
         x.dim(1),
         kAdd ? In(dsum) : nullptr,
         In(dy),
         In(x),
         In(w),
         In(rstd),
         Out(dx),
         Out(dw)},
        PoolOf(context),
        scratch_);
  }

 private:
  ScratchPool scratch_;
};

ort::OpSpec Spec(
    const char* name,
    size_t inputs,
    size_t outputs,
    std::function<std::unique_ptr<ort::Kernel>(const ort::KernelInfo&)> create) {
  return {
      .name = name,
      .inputs = std::vector<ort::Argument>(inputs, {ort::kF32}),
      .outputs = std::vector<ort::Argument>(outputs, {ort::kF32}),
      .create = std::move(create)};
}

}  // namespace

void AddRmsNormOps(OpSpecs& ops) {
  ops.push_back(Spec("RmsNorm", 2, 2, ort::Make<RmsNormOp<false>>));
  ops.push_back(Spec("AddRmsNorm", 3, 3, ort::Make<RmsNormOp<true>>));
  ops.push_back(Spec("RmsNormGrad", 4, 2, ort::Make<RmsNormGradOp<false>>));
  ops.push_back(Spec("AddRmsNormGrad", 5, 2, ort::Make<RmsNormGradOp<true>>));
}

}  // namespace rationale::kernels
