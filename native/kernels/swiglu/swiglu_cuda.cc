// SwiGlu and SwiGluGrad as CUDA ops: gate_up [N,2I] -> [N,I]; gate_up, dh [N,I] -> dgate_up.
#include "cuda/op.h"
#include "kernels/swiglu/swiglu_launch.h"

namespace rationale::cuda {
namespace {

using kernels::CheckShape;
using kernels::In;
using kernels::Out;
using ort::Tensor;

void CheckGateUp(const Tensor& gate_up) {
  CheckShape(gate_up, "gate_up", {-1, -1});
  RATIONALE_CHECK(
      gate_up.dim(1) % 2 == 0,
      "expected gate_up with an even number of columns, got ",
      kernels::ShapeText(gate_up.shape()));
}

class SwiGluOp : public ort::Kernel {
 public:
  SwiGluOp(const ort::KernelInfo&, const Platform& platform) : platform_(platform) {}
  void Compute(ort::Context& context) override {
    const Tensor gate_up = context.Input(0);
    CheckGateUp(gate_up);
    const i64 inner = gate_up.dim(1) / 2;
    const Tensor h = context.Output(0, {gate_up.dim(0), inner});
    Call call(platform_, context, gate_up);
    SwiGluForward({gate_up.dim(0), inner, In(gate_up), Out(h)}, call.launcher());
  }

 private:
  const Platform& platform_;
};

class SwiGluGradOp : public ort::Kernel {
 public:
  SwiGluGradOp(const ort::KernelInfo&, const Platform& platform) : platform_(platform) {}
  void Compute(ort::Context& context) override {
    const Tensor gate_up = context.Input(0);
    const Tensor dh = context.Input(1);
    CheckGateUp(gate_up);
    const i64 inner = gate_up.dim(1) / 2;
    CheckShape(dh, "dh", {gate_up.dim(0), inner});
    const Tensor dgate_up = context.Output(0, gate_up.shape());
    Call call(platform_, context, gate_up);
    SwiGluBackward({gate_up.dim(0), inner, In(gate_up), In(dh), Out(dgate_up)}, call.launcher());
  }

 private:
  const Platform& platform_;
};

}  // namespace

void AddSwiGluOps(OpSpecs& ops, const Platform& platform) {
  ops.push_back(Spec<SwiGluOp>("SwiGlu", Floats(1), Floats(1), platform));
  ops.push_back(Spec<SwiGluGradOp>("SwiGluGrad", Floats(2), Floats(1), platform));
}

}  // namespace rationale::cuda
