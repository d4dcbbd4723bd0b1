// The text of the .cu files and of the headers they include, carried inside the addon. Generated at
// build time by embed.cmake.
#pragma once

#include <span>
#include <string_view>

namespace rationale::cuda {

struct SourceFile {
  std::string_view path;  ///< As it is included: "cuda/device.cuh", "kernels/adamw/adamw.cu".
  std::string_view text;
};

std::span<const SourceFile> EmbeddedSources();

}  // namespace rationale::cuda
