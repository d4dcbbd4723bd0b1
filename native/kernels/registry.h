// The list of fused ops, one entry per op and dtype combination, for one device. The runtime
// registers them under the ONNX domain `rationale`, version 1. The cap on the instruction set of
// the CPU kernels (SetIsaCap, DetectedIsa, ActiveIsa, IsaName) is in kernels/isa.h.
#pragma once

#include "kernels/isa.h"
#include "ort/custom_op.h"

namespace rationale::kernels {

ort::OpList RegisteredOps(ort::Device device);

}  // namespace rationale::kernels
