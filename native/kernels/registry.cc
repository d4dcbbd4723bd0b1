// See registry.h.
#include "kernels/registry.h"

#include <memory>

#include "cuda/op.h"
#include "kernels/ops.h"

namespace rationale::kernels {

ort::OpList RegisteredOps(ort::Device device) {
  OpSpecs specs;
  if (device == ort::Device::kCpu) {
    AddAttentionOps(specs);
    AddDecodeAttentionOps(specs);
    AddTokenLogprobOps(specs);
    AddAdamWOps(specs);
    AddSampleOps(specs);
    AddScatterAddRowsOps(specs);
    AddRmsNormOps(specs);
    AddSwiGluOps(specs);
    AddSumSquaresOps(specs);
  } else {
    cuda::AddCudaOps(specs, cuda::DriverPlatform());
  }
  ort::OpList ops;
  for (ort::OpSpec& spec : specs) ops.push_back(std::make_unique<ort::CustomOp>(std::move(spec)));
  return ops;
}

}  // namespace rationale::kernels
