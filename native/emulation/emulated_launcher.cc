// See emulated_launcher.h: every .cu file of the project, compiled as C++, and the table of its
// kernels.
#include "emulation/emulated_launcher.h"

#include <map>
#include <stdexcept>
#include <string>

#include "kernels/adamw/adamw.cu"
#include "kernels/attention/attention_backward.cu"
#include "kernels/attention/attention_forward.cu"
#include "kernels/decode_attention/decode_attention.cu"
#include "kernels/rms_norm/rms_norm.cu"
#include "kernels/sample/sample.cu"
#include "kernels/scatter_add_rows/scatter_add_rows.cu"
#include "kernels/sum_squares/sum_squares.cu"
#include "kernels/swiglu/swiglu.cu"
#include "kernels/token_logprob/token_logprob.cu"

namespace rationale::cuda::emulation {
namespace {

struct Kernel {
  size_t params_bytes;
  std::function<void(const void*)> call;
};

template <typename Params>
Kernel Of(void (*kernel)(Params)) {
  return {sizeof(Params), [kernel](const void* params) {
            kernel(*static_cast<const Params*>(params));
          }};
}

const std::map<std::string, Kernel>& Kernels() {
  static const std::map<std::string, Kernel> kernels = {
      {"adamw/adamw_kernel", Of(adamw_kernel)},
      {"attention_backward/attention_backward_key_values_kernel",
       Of(attention_backward_key_values_kernel)},
      {"attention_backward/attention_backward_tiles_kernel", Of(attention_backward_tiles_kernel)},
      {"attention_backward/attention_delta_kernel", Of(attention_delta_kernel)},
      {"attention_backward/attention_key_grad_kernel_1", Of(attention_key_grad_kernel_1)},
      {"attention_backward/attention_key_grad_kernel_2", Of(attention_key_grad_kernel_2)},
      {"attention_backward/attention_key_grad_kernel_3", Of(attention_key_grad_kernel_3)},
      {"attention_backward/attention_key_grad_kernel_4", Of(attention_key_grad_kernel_4)},
      {"attention_backward/attention_query_grad_kernel_1", Of(attention_query_grad_kernel_1)},
      {"attention_backward/attention_query_grad_kernel_2", Of(attention_query_grad_kernel_2)},
      {"attention_backward/attention_query_grad_kernel_3", Of(attention_query_grad_kernel_3)},
      {"attention_backward/attention_query_grad_kernel_4", Of(attention_query_grad_kernel_4)},
      {"attention_forward/attention_forward_kernel_1", Of(attention_forward_kernel_1)},
      {"attention_forward/attention_forward_kernel_2", Of(attention_forward_kernel_2)},
      {"attention_forward/attention_forward_kernel_3", Of(attention_forward_kernel_3)},
      {"attention_forward/attention_forward_kernel_4", Of(attention_forward_kernel_4)},
      {"attention_forward/attention_key_values_kernel", Of(attention_key_values_kernel)},
      {"attention_forward/attention_tiles_kernel", Of(attention_tiles_kernel)},
      {"attention_forward/attention_uncovered_kernel", Of(attention_uncovered_kernel)},
      {"decode_attention/decode_append_kernel", Of(decode_append_kernel)},
      {"decode_attention/decode_attention_kernel_1", Of(decode_attention_kernel_1)},
      {"decode_attention/decode_attention_kernel_2", Of(decode_attention_kernel_2)},
      {"decode_attention/decode_attention_kernel_3", Of(decode_attention_kernel_3)},
      {"decode_attention/decode_attention_kernel_4", Of(decode_attention_kernel_4)},
      {"decode_attention/decode_merge_kernel", Of(decode_merge_kernel)},
      {"rms_norm/rms_norm_backward_kernel", Of(rms_norm_backward_kernel)},
      {"rms_norm/rms_norm_dweight_kernel", Of(rms_norm_dweight_kernel)},
      {"rms_norm/rms_norm_dweight_sum_kernel", Of(rms_norm_dweight_sum_kernel)},
      {"rms_norm/rms_norm_forward_kernel", Of(rms_norm_forward_kernel)},
      {"sample/sample_kernel", Of(sample_kernel)},
      {"scatter_add_rows/scatter_add_rows_kernel", Of(scatter_add_rows_kernel)},
      {"sum_squares/sum_squares_part_kernel", Of(sum_squares_part_kernel)},
      {"sum_squares/sum_squares_total_kernel", Of(sum_squares_total_kernel)},
      {"swiglu/swiglu_backward_kernel", Of(swiglu_backward_kernel)},
      {"swiglu/swiglu_forward_kernel", Of(swiglu_forward_kernel)},
      {"token_logprob/token_logprob_backward_kernel", Of(token_logprob_backward_kernel)},
      {"token_logprob/token_logprob_forward_kernel", Of(token_logprob_forward_kernel)},
  };
  return kernels;
}

void Require(bool condition, const Launch& launch, const char* expected) {
  if (!condition) throw std::logic_error(std::string(launch.kernel) + ": expected " + expected);
}

}  // namespace

void EmulatedLauncher::Run(const Launch& launch) {
  const auto found = Kernels().find(std::string(launch.module) + "/" + launch.kernel);
  Require(found != Kernels().end(), launch, "a kernel of the table in emulated_launcher.cc");
  const Kernel& kernel = found->second;
  Require(launch.params_bytes == kernel.params_bytes, launch, "the kernel's own Params struct");
  Require(launch.params_bytes <= 4096, launch, "at most 4 KB of parameters");
  Require(launch.grid.x > 0 && launch.grid.x < i64{1} << 31, launch, "grid.x in [1, 2^31)");
  Require(launch.grid.y > 0 && launch.grid.y < 65536, launch, "grid.y in [1, 2^16)");
  Require(launch.grid.z > 0 && launch.grid.z < 65536, launch, "grid.z in [1, 2^16)");
  Require(
      launch.threads > 0 && launch.threads <= 1024 && launch.threads % kWarp == 0,
      launch,
      "at most 1024 threads in whole warps");
  // The opt-in limit of compute capability 8.6 and 8.9, the smallest from 8.0 on.
  Require(launch.shared_bytes <= 99 << 10, launch, "at most 99 KB of shared memory");
  const dim3 grid{
      static_cast<unsigned>(launch.grid.x),
      static_cast<unsigned>(launch.grid.y),
      static_cast<unsigned>(launch.grid.z)};
  const void* params = launch.params;
  RunGrid(
      [&] { kernel.call(params); },
      grid,
      static_cast<unsigned>(launch.threads),
      launch.shared_bytes,
      order_);
}

std::string EmulatedLauncher::ModuleOf(const std::string& kernel) {
  for (const auto& [name, entry] : Kernels()) {
    const size_t slash = name.find('/');
    if (name.substr(slash + 1) == kernel) return name.substr(0, slash);
  }
  return "";
}

size_t EmulatedLauncher::ParamsBytes(const std::string& kernel) {
  return Kernels().at(ModuleOf(kernel) + "/" + kernel).params_bytes;
}

void EmulatedLauncher::Copy(void* to, const void* from, i64 bytes) {
  std::memcpy(to, from, static_cast<size_t>(bytes));
}

void EmulatedLauncher::Clear(void* to, i64 bytes) {
  std::memset(to, 0, static_cast<size_t>(bytes));
}

}  // namespace rationale::cuda::emulation
