// AdamW as an ONNX Runtime custom op: p, m, v, g (one shape), hyper [8]. See adamw.h.
#include "kernels/adamw/adamw.h"
#include "kernels/op.h"
#include "kernels/ops.h"

namespace rationale::kernels {
namespace {

using ort::Tensor;

class AdamWOp : public ort::Kernel {
 public:
  explicit AdamWOp(const ort::KernelInfo&) {}
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
    AdamW(
        {p.size(), In(p), In(m), In(v), In(g), In(hyper), Out(p_out), Out(m_out), Out(v_out)},
        PoolOf(context));
  }
};

}  // namespace

void AddAdamWOps(OpSpecs& ops) {
  using ort::kF32;
  ops.push_back(
      {.name = "AdamW",
       .inputs = {{kF32}, {kF32}, {kF32}, {kF32}, {kF32}},
       .outputs = {{kF32}, {kF32}, {kF32}},
       .create = ort::Make<AdamWOp>});
}

}  // namespace rationale::kernels
