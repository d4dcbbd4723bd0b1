// Grids of decode attention. In: Params with device pointers and workspace. Out: launches on the
// launcher's stream.
#pragma once

#include <string>

#include "cuda/launcher.h"
#include "kernels/decode_attention/decode_attention.cuh"

namespace rationale::cuda {

/// `p.pieces` = DecodePieces(P + T) and `p.partial` its workspace.
inline void DecodeAttentionForward(const DecodeAttentionParams& p, Launcher& launcher) {
  const char* module = "decode_attention";
  const std::string kernel =
      "decode_attention_kernel_" + std::to_string(CeilDiv(p.head_size, kWarp));
  const Grid append = ElementGrid(p.batch * p.kv_columns());
  launcher.Start(module, "decode_append_kernel", append, kElementThreads, p);
  launcher.Start(
      module,
      kernel.c_str(),
      {p.batch * p.kv_heads, p.pieces, CeilDiv(p.heads / p.kv_heads, kDecodeHeads)},
      kDecodeThreads,
      p,
      DecodeShared(p.head_size));
  launcher.Start(module, "decode_merge_kernel", {p.batch * p.heads}, kDecodeMergeThreads, p);
}

}  // namespace rationale::cuda
