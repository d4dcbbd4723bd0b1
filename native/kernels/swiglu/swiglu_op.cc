// SwiGlu and SwiGluGrad as ONNX Runtime custom ops. Arguments: see swiglu.h.
#include "kernels/op.h"
#include "kernels/ops.h"
#include "kernels/swiglu/swiglu.h"

namespace rationale::kernels {
namespace {

using ort::Tensor;

void CheckGateUp(const Tensor& gate_up) {
  CheckShape(gate_up, "gate_up", {-1, -1});
  RATIONALE_CHECK(
      gate_up.dim(1) % 2 == 0,
      "expected gate_up with an even number of columns, got ",
      ShapeText(gate_up.shape()));
}

class SwiGluOp : public ort::Kernel {
 public:
  explicit SwiGluOp(const ort::KernelInfo&) {}
  void Compute(ort::Context& context) override {
    const Tensor gate_up = context.Input(0);
    CheckGateUp(gate_up);
    const int64_t columns = gate_up.dim(1) / 2;
    const Tensor out = context.Output(0, {gate_up.dim(0), columns});
    SwiGlu({gate_up.dim(0), columns, In(gate_up), Out(out)}, PoolOf(context));
  }
};

class SwiGluGradOp : public ort::Kernel {
 public:
  explicit SwiGluGradOp(const ort::KernelInfo&) {}
  void Compute(ort::Context& context) override {
    const Tensor gate_up = context.Input(0);
    const Tensor dh = context.Input(1);
    CheckGateUp(gate_up);
    const int64_t columns = gate_up.dim(1) / 2;
    CheckShape(dh, "dh", {gate_up.dim(0), columns});
    const Tensor dgate_up = context.Output(0, gate_up.shape());
    SwiGluGrad({gate_up.dim(0), columns, In(gate_up), In(dh), Out(dgate_up)}, PoolOf(context));
  }
};

}  // namespace

void AddSwiGluOps(OpSpecs& ops) {
  using ort::kF32;
  ops.push_back(
      {.name = "SwiGlu", .inputs = {{kF32}}, .outputs = {{kF32}}, .create = ort::Make<SwiGluOp>});
  ops.push_back(
      {.name = "SwiGluGrad",
       .inputs = {{kF32}, {kF32}},
       .outputs = {{kF32}},
       .create = ort::Make<SwiGluGradOp>});
}

}  // namespace rationale::kernels
