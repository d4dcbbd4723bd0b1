// AdamW as a CUDA op: p, m, v, g (one shape), hyper [8] -> p', m', v' (bound in place).
#include "cuda/op.h"
#include "kernels/adamw/adamw_launch.h"

namespace rationale::cuda {
namespace {

using kernels::CheckShape;
using kernels::In;
using kernels::Out;
using ort::Tensor;

class AdamWOp : public ort::Kernel {
 public:
  AdamWOp(const ort::KernelInfo&, const Platform& platform) : platform_(platform) {}
  void Compute(ort::Context& context) override {
    const Tensor p = context.Input(0);
    const Tensor m = context.Input(1);
    const Tensor v = context.Input(2);
    const Tensor g = context.Input(3);
    const Tensor hyper = context.Input(4);
    CheckShape(m, "m", p.shape());
    CheckShape(v, "v", p.shape());
    CheckShape(g, "g", p.shape());
    CheckShape(hyper, "hyper (lr, beta1, beta2, eps, decay, correction1, correction2, scale)", {8});
    const Tensor p_out = context.Output(0, p.shape());
    const Tensor m_out = context.Output(1, p.shape());
    const Tensor v_out = context.Output(2, p.shape());
    Call call(platform_, context, p);
    AdamWStep(
        {p.size(), In(p), In(m), In(v), In(g), In(hyper), Out(p_out), Out(m_out), Out(v_out)},
        call.launcher());
  }

 private:
  const Platform& platform_;
};

}  // namespace

void AddAdamWOps(OpSpecs& ops, const Platform& platform) {
  ops.push_back(Spec<AdamWOp>("AdamW", Floats(5), Floats(3), platform));
}

}  // namespace rationale::cuda
