// SumSquares as an ONNX Runtime custom op: x of any shape -> [1]. See sum_squares.h.
#include "kernels/op.h"
#include "kernels/ops.h"
#include "kernels/sum_squares/sum_squares.h"

namespace rationale::kernels {
namespace {

class SumSquaresOp : public ort::Kernel {
 public:
  explicit SumSquaresOp(const ort::KernelInfo&) {}
  void Compute(ort::Context& context) override {
    const ort::Tensor x = context.Input(0);
    const ort::Tensor sum = context.Output(0, {1});
    *Out(sum) = static_cast<float>(SumSquares(In(x), x.size(), PoolOf(context), scratch_));
  }

 private:
  ScratchPool scratch_;
};

}  // namespace

void AddSumSquaresOps(OpSpecs& ops) {
  ops.push_back(
      {.name = "SumSquares",
       .inputs = {{ort::kF32}},
       .outputs = {{ort::kF32}},
       .create = ort::Make<SumSquaresOp>});
}

}  // namespace rationale::kernels
