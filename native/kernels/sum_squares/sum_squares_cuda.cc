// SumSquares as a CUDA op: x of any shape -> [1].
#include "cuda/op.h"
#include "kernels/sum_squares/sum_squares_launch.h"

namespace rationale::cuda {
namespace {

class SumSquaresOp : public ort::Kernel {
 public:
  SumSquaresOp(const ort::KernelInfo&, const Platform& platform) : platform_(platform) {}
  void Compute(ort::Context& context) override {
    const ort::Tensor x = context.Input(0);
    const ort::Tensor sum = context.Output(0, {1});
    Call call(platform_, context, x);
    const i64 parts = SumSquaresParts(x.size());
    SumSquaresForward(
        {x.size(), kernels::In(x), parts, call.Workspace<double>(parts), kernels::Out(sum)},
        call.launcher());
  }

 private:
  const Platform& platform_;
};

}  // namespace

void AddSumSquaresOps(OpSpecs& ops, const Platform& platform) {
  ops.push_back(Spec<SumSquaresOp>("SumSquares", Floats(1), Floats(1), platform));
}

}  // namespace rationale::cuda
