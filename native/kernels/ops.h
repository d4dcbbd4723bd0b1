// The roll-call of fused CPU ops: each room adds the specs of its ops to the list.
#pragma once

#include <vector>

#include "ort/custom_op.h"

namespace rationale::kernels {

using OpSpecs = std::vector<ort::OpSpec>;

void AddAttentionOps(OpSpecs& ops);
void AddDecodeAttentionOps(OpSpecs& ops);
void AddTokenLogprobOps(OpSpecs& ops);
void AddAdamWOps(OpSpecs& ops);
void AddSampleOps(OpSpecs& ops);
void AddScatterAddRowsOps(OpSpecs& ops);
void AddRmsNormOps(OpSpecs& ops);
void AddSwiGluOps(OpSpecs& ops);
void AddSumSquaresOps(OpSpecs& ops);

}  // namespace rationale::kernels
