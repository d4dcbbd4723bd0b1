// Sample as an ONNX Runtime custom op. Arguments: see sample.h.
#include "kernels/op.h"
#include "kernels/ops.h"
#include "kernels/sample/sample.h"

namespace rationale::kernels {
namespace {

using ort::Tensor;

class SampleOp : public ort::Kernel {
 public:
  explicit SampleOp(const ort::KernelInfo&) {}
  void Compute(ort::Context& context) override {
    const Tensor logits = context.Input(0);
    const Tensor params = context.Input(1);
    const Tensor keys = context.Input(2);
    const Tensor suppressed = context.Input(3);
    CheckShape(logits, "logits", {-1, -1});
    const int64_t rows = logits.dim(0);
    CheckShape(params, "params (temperature, top_k, top_p, min_p)", {rows, 4});
    CheckShape(keys, "keys (seed, counter)", {rows, 2});
    CheckShape(suppressed, "suppressed", {logits.dim(1)});
    const Tensor token = context.Output(0, {rows});
    const Tensor logprob = context.Output(1, {rows});
    const Tensor entropy = context.Output(2, {rows});
    Sample(
        {rows,
         logits.dim(1),
         In(logits),
         In(params),
         In<int64_t>(keys),
         In<uint8_t>(suppressed),
         Out<int32_t>(token),
         Out(logprob),
         Out(entropy)},
        PoolOf(context),
        scratch_);
  }

 private:
  ScratchPool scratch_;
};

}  // namespace

void AddSampleOps(OpSpecs& ops) {
  using ort::kF32;
  ops.push_back(
      {.name = "Sample",
       .inputs = {{kF32}, {kF32}, {ort::kI64}, {ort::kU8}},
       .outputs = {{ort::kI32}, {kF32}, {kF32}},
       .create = ort::Make<SampleOp>});
}

}  // namespace rationale::kernels
