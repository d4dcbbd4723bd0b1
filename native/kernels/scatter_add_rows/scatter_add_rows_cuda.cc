// ScatterAddRows as a CUDA op: rows [N,D], index i32 [N], like [R,D] (shape only) -> [R,D].
#include "cuda/op.h"
#include "kernels/scatter_add_rows/scatter_add_rows_launch.h"

namespace rationale::cuda {
namespace {

using kernels::CheckShape;
using kernels::In;
using kernels::Out;
using ort::Tensor;

class ScatterAddRowsOp : public ort::Kernel {
 public:
  ScatterAddRowsOp(const ort::KernelInfo&, const Platform& platform) : platform_(platform) {}
  void Compute(ort::Context& context) override {
    const Tensor rows = context.Input(0);
    const Tensor index = context.Input(1);
    const Tensor like = context.Input(2);
    CheckShape(rows, "rows", {-1, -1});
    CheckShape(index, "index", {rows.dim(0)});
    CheckShape(like, "like", {-1, rows.dim(1)});
    const Tensor out = context.Output(0, like.shape());
    Call call(platform_, context, rows);
    ScatterAddRowsForward(
        {rows.dim(0), rows.dim(1), like.dim(0), In(rows), In<i32>(index), Out(out)},
        call.launcher());
  }

 private:
  const Platform& platform_;
};

}  // namespace

void AddScatterAddRowsOps(OpSpecs& ops, const Platform& platform) {
  ops.push_back(
      Spec<ScatterAddRowsOp>(
          "ScatterAddRows", {{ort::kF32}, {ort::kI32}, {ort::kF32}}, Floats(1), platform));
}

}  // namespace rationale::cuda
