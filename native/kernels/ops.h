// The roll-call of fused CPU ops: each room adds the specs of its ops to the list.
#pragma once

#include <vector>

#include "ort/custom_op.h"

namespace rationale::kernels {

using OpSpecs = std::vector<ort::OpSpec>;

void AddAttentionOps(OpSpecs& ops);
void AddDecodeAttentionOps(OpSpecs& ops);

}  // namespace rationale::kernels
