// The list of fused ops, one entry per op and dtype combination, for one device. The runtime
// registers them under the ONNX domain `rationale`, version 1.
#pragma once

#include "native/ort/custom_op.h"

namespace rationale::kernels {

/// @param isa the instruction set the CPU kernels may use (already capped by what the machine has).
ort::OpList RegisteredOps(ort::Device device, ort::Isa isa);

}  // namespace rationale::kernels
