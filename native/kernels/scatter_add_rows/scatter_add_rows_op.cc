// ScatterAddRows as an ONNX Runtime custom op: rows [N,D], index [N], like [R,D] (shape only).
#include "kernels/op.h"
#include "kernels/ops.h"
#include "kernels/scatter_add_rows/scatter_add_rows.h"

namespace rationale::kernels {
namespace {

using ort::Tensor;

class ScatterAddRowsOp : public ort::Kernel {
 public:
  explicit ScatterAddRowsOp(const ort::KernelInfo&) {}
  void Compute(ort::Context& context) override {
    const Tensor rows = context.Input(0);
    const Tensor index = context.Input(1);
    const Tensor like = context.Input(2);
    CheckShape(rows, "rows", {-1, -1});
    CheckShape(index, "index", {rows.dim(0)});
    CheckShape(like, "like", {-1, rows.dim(1)});
    const Tensor out = context.Output(0, like.shape());
    ScatterAddRows(
        {rows.dim(0), rows.dim(1), like.dim(0), In(rows), In<int32_t>(index), Out(out)},
        PoolOf(context));
  }
};

}  // namespace

void AddScatterAddRowsOps(OpSpecs& ops) {
  using ort::kF32;
  ops.push_back(
      {.name = "ScatterAddRows",
       .inputs = {{kF32}, {ort::kI32}, {kF32}},
       .outputs = {{kF32}},
       .create = ort::Make<ScatterAddRowsOp>});
}

}  // namespace rationale::kernels
