// Sample as a CUDA op. Arguments: sample.h.
#include "cuda/op.h"
#include "kernels/sample/sample_launch.h"

namespace rationale::cuda {
namespace {

using kernels::CheckShape;
using kernels::In;
using kernels::Out;
using ort::Tensor;

class SampleOp : public ort::Kernel {
 public:
  SampleOp(const ort::KernelInfo&, const Platform& platform) : platform_(platform) {}
  void Compute(ort::Context& context) override {
    const Tensor logits = context.Input(0);
    const Tensor params = context.Input(1);
    const Tensor keys = context.Input(2);
    const Tensor suppressed = context.Input(3);
    CheckShape(logits, "logits", {-1, -1});
    const int64_t rows = logits.dim(0);
    const int64_t vocab = logits.dim(1);
    CheckShape(params, "params (temperature, top_k, top_p, min_p)", {rows, 4});
    CheckShape(keys, "keys (seed, counter)", {rows, 2});
    CheckShape(suppressed, "suppressed", {vocab});
    const Tensor token = context.Output(0, {rows});
    const Tensor logprob = context.Output(1, {rows});
    const Tensor entropy = context.Output(2, {rows});
    Call call(platform_, context, logits);
    SampleForward(
        {rows,
         vocab,
         In(logits),
         In(params),
         InI64(keys),
         In<u8>(suppressed),
         call.Workspace<float>(rows * vocab),
         Out<i32>(token),
         Out(logprob),
         Out(entropy)},
        call.launcher());
  }

 private:
  const Platform& platform_;
};

}  // namespace

void AddSampleOps(OpSpecs& ops, const Platform& platform) {
  ops.push_back(
      Spec<SampleOp>(
          "Sample",
          {{ort::kF32}, {ort::kF32}, {ort::kI64}, {ort::kU8}},
          {{ort::kI32}, {ort::kF32}, {ort::kF32}},
          platform));
}

}  // namespace rationale::cuda
