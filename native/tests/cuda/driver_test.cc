// The driver path with a stand-in for libcuda: embedded sources, compilers, the cache folder,
// modules, launches. What needs nvcc says so where there is none. And, where there is a CUDA
// toolkit, the declarations of cuda/driver.h against NVIDIA's own.
#include <dlfcn.h>
#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "cuda/compiler.h"
#include "cuda/driver_launcher.h"
#include "cuda/nvcc.h"
#include "cuda/nvrtc.h"
#include "cuda/sources.h"
#include "kernels/attention/attention_launch.h"
#include "kernels/scatter_add_rows/scatter_add_rows_launch.h"
#include "tests/cuda/emulated.h"

#if defined(RATIONALE_HAS_CUDA_H)
#include <cuda.h>
#endif

namespace rationale::cuda::test {
namespace {

namespace fs = std::filesystem;

/// An empty cache folder for the duration of a test, and the stand-in as the driver.
class Folder {
 public:
  Folder() : path_(fs::temp_directory_path() / ("rationale-cache-" + std::to_string(getpid()))) {
    fs::remove_all(path_);
    setenv("RATIONALE_KERNEL_CACHE", path_.c_str(), 1);
    setenv("RATIONALE_LIBCUDA", RATIONALE_DRIVER_STAND_IN, 1);
  }
  ~Folder() { fs::remove_all(path_); }
  std::vector<fs::path> files() const {
    std::vector<fs::path> all;
    if (fs::exists(path_)) {
      for (const auto& entry : fs::directory_iterator(path_)) all.push_back(entry.path());
    }
    return all;
  }

 private:
  fs::path path_;
};

bool HasCompiler(const char* test) {
  if (!FindCompiler().empty()) return true;
  std::printf("SKIP %s: no NVRTC and no nvcc\n", test);
  return false;
}

void* StandInStream() {
  void* library = dlopen(RATIONALE_DRIVER_STAND_IN, RTLD_NOW);
  return reinterpret_cast<void* (*)()>(dlsym(library, "RationaleStandInStream"))();
}

RATIONALE_TEST(sources_are_whole) {
  size_t kernels = 0;
  for (const SourceFile& file : EmbeddedSources()) {
    kernels += file.path.ends_with(".cu") ? 1 : 0;
    // Everything a kernel includes is carried as well.
    for (size_t at = file.text.find("#include \""); at != std::string_view::npos;
         at = file.text.find("#include \"", at + 1)) {
      const auto rest = file.text.substr(at + 10);
      const auto name = rest.substr(0, rest.find('"'));
      bool found = name == "emulation/emulation.h";  // not on a GPU
      for (const SourceFile& other : EmbeddedSources()) found = found || other.path == name;
      EXPECT(found);
    }
  }
  EXPECT(kernels == 10);
}

RATIONALE_TEST(no_compiler_is_explained) {
  const Folder folder;
  setenv("RATIONALE_NVRTC", "/nowhere/libnvrtc.so", 1);
  setenv("RATIONALE_NVCC", "/nowhere/nvcc", 1);
  EXPECT_ERROR(MakeImage("adamw", 80), "expected libnvrtc");
  EXPECT_ERROR(MakeImage("adam", 80), "no kernel module adam");
  unsetenv("RATIONALE_NVCC");
  EXPECT(NvrtcVersion().empty());
}

RATIONALE_TEST(images_are_cached) {
  const Folder folder;
  if (!HasCompiler("images_are_cached")) return;
  const Image made = MakeImage("adamw", 80);
  EXPECT(!made.cached);
  const Image again = MakeImage("adamw", 80);
  EXPECT(again.cached && again.bytes == made.bytes);
  EXPECT(!MakeImage("adamw", 90).cached);
  EXPECT(folder.files().size() == 2);
  EXPECT_ERROR(CompileWithNvcc(FindNvcc(), "kernels/adamw/adamw.cu", 12), "cannot compile");
}

RATIONALE_TEST(driver_launches) {
  const Folder folder;
  if (!HasCompiler("driver_launches")) return;
  DriverLauncher driver(StandInStream());
  EmulatedLauncher direct;
  const auto rows = Random(70 * 33, 1);
  std::vector<i32> index(70);
  for (i64 i = 0; i < 70; ++i) index[i] = static_cast<i32>(i % 9);
  auto out = Unset(11 * 33), expected = out;
  ScatterAddRowsForward({70, 33, 11, rows.data(), index.data(), out.data()}, driver);
  ScatterAddRowsForward({70, 33, 11, rows.data(), index.data(), expected.data()}, direct);
  EXPECT(SameBits(out, expected));

  // 57 KB of shared memory: has to be asked for.
  const AttentionShape shape{40, 2, 1, 128, 1, 1, 0.1f};
  const std::vector<i32> segments = {0, 40, 0, 0};
  std::vector<i32> tiles(2);
  const auto qkv = Random(40 * shape.columns(), 1), cos = Random(40 * 128, 2),
             sin = Random(40 * 128, 3);
  auto a = Unset(40 * 256), b = a, lse = Unset(80), kv = Unset(40 * 256);
  AttentionForward(
      {shape,
       qkv.data(),
       cos.data(),
       sin.data(),
       segments.data(),
       tiles.data(),
       a.data(),
       lse.data(),
       kv.data()},
      driver);
  AttentionForward(
      {shape,
       qkv.data(),
       cos.data(),
       sin.data(),
       segments.data(),
       tiles.data(),
       b.data(),
       lse.data(),
       kv.data()},
      direct);
  EXPECT(SameBits(a, b));
  auto copy = Unset(80);
  driver.Copy(copy.data(), lse.data(), 320);
  EXPECT(SameBits(copy, lse));
  EXPECT(folder.files().size() == 2);

  const int nothing = 0;
  EXPECT_ERROR(driver.Start("adamw", "no_kernel", {1}, 32, nothing), "no_kernel failed");
  EXPECT_ERROR(
      driver.Start("scatter_add_rows", "scatter_add_rows_kernel", {1}, 32, nothing, 1 << 20),
      "bytes of shared memory per block; this GPU has 101376");
  EXPECT_ERROR(
      driver.Start("adamw", "adamw_kernel", {1, 70000}, 32, nothing), "expected a grid of");
}

RATIONALE_TEST(driver_replaces_an_image_that_does_not_load) {
  const Folder folder;
  if (!HasCompiler("driver_replaces_an_image_that_does_not_load")) return;
  MakeImage("sum_squares", 86);
  EXPECT(folder.files().size() == 1);
  std::ofstream(folder.files().front(), std::ios::binary) << "damaged";
  DriverLauncher driver(StandInStream());
  struct SumSquaresLike {
    i64 count, x, parts, partial, sum;
  } params{};
  // Loading is what is tested: the kernel itself sees an empty input.
  double partial = 0.0;
  float sum = 1.0f;
  params.parts = 1;
  params.partial = reinterpret_cast<i64>(&partial);
  params.sum = reinterpret_cast<i64>(&sum);
  driver.Start("sum_squares", "sum_squares_total_kernel", {1}, 256, params);
  EXPECT(sum == 0.0f);
  EXPECT(MakeImage("sum_squares", 86).bytes.size() > 1000);
}

#if defined(RATIONALE_HAS_CUDA_H)

/// The same number of parameters, each of the same size and both or neither a pointer.
template <typename Ours, typename Theirs>
struct SameCall : std::false_type {};
template <typename R, typename... A, typename S, typename... B>
  requires(sizeof...(A) == sizeof...(B))
struct SameCall<R (*)(A...), S (*)(B...)>
    : std::bool_constant<
          sizeof(R) == sizeof(S) && ((sizeof(A) == sizeof(B)) && ...) &&
          ((std::is_pointer_v<A> == std::is_pointer_v<B>) && ...)> {};

#define RATIONALE_TEXT_OF(x) #x
#define RATIONALE_NAME_OF(x) std::string(RATIONALE_TEXT_OF(x))
#define RATIONALE_SAME(member, function) \
  static_assert(SameCall<decltype(Driver::member), decltype(&function)>::value, #function)

RATIONALE_SAME(Init, cuInit);
RATIONALE_SAME(CtxGetCurrent, cuCtxGetCurrent);
RATIONALE_SAME(CtxSetCurrent, cuCtxSetCurrent);
RATIONALE_SAME(CtxGetDevice, cuCtxGetDevice);
RATIONALE_SAME(DeviceGetAttribute, cuDeviceGetAttribute);
RATIONALE_SAME(StreamGetCtx, cuStreamGetCtx);
RATIONALE_SAME(ModuleLoadData, cuModuleLoadData);
RATIONALE_SAME(ModuleGetFunction, cuModuleGetFunction);
RATIONALE_SAME(FuncSetAttribute, cuFuncSetAttribute);
RATIONALE_SAME(LaunchKernel, cuLaunchKernel);
RATIONALE_SAME(MemcpyDtoDAsync, cuMemcpyDtoDAsync);
RATIONALE_SAME(MemsetD8Async, cuMemsetD8Async);
RATIONALE_SAME(GetErrorString, cuGetErrorString);
static_assert(kAttributeComputeMajor == CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR);
static_assert(kAttributeComputeMinor == CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR);
static_assert(kAttributeMaxSharedOptIn == CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN);
static_assert(kFunctionMaxDynamicShared == CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES);
static_assert(kDriverSuccess == CUDA_SUCCESS);

RATIONALE_TEST(driver_names_are_those_of_the_toolkit) {
  // The header renames functions to the version that has its signature.
  EXPECT(RATIONALE_NAME_OF(cuMemcpyDtoDAsync) == "cuMemcpyDtoDAsync_v2");
  EXPECT(RATIONALE_NAME_OF(cuMemsetD8Async) == "cuMemsetD8Async");
  EXPECT(RATIONALE_NAME_OF(cuStreamGetCtx) == "cuStreamGetCtx");
  EXPECT(RATIONALE_NAME_OF(cuModuleLoadData) == "cuModuleLoadData");
  EXPECT(RATIONALE_NAME_OF(cuModuleGetFunction) == "cuModuleGetFunction");
  EXPECT(RATIONALE_NAME_OF(cuFuncSetAttribute) == "cuFuncSetAttribute");
  EXPECT(RATIONALE_NAME_OF(cuLaunchKernel) == "cuLaunchKernel");
  EXPECT(RATIONALE_NAME_OF(cuCtxGetDevice) == "cuCtxGetDevice");
}

#endif

}  // namespace
}  // namespace rationale::cuda::test
