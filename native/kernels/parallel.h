// How a kernel asks for threads without knowing whose they are.
//
// In: a count of independent tasks and a callable. Out: every task has run when Run() returns.
// ORT's pool, a test's std::thread loop and a plain loop are all `Parallel`. Task counts are chosen
// from shapes alone, never from the number of threads, so results do not depend on it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace rationale::kernels {

class Parallel {
 public:
  using Task = void (*)(void* user, size_t index);
  using Runner = void (*)(void* pool, Task task, size_t count, void* user);

  /// The sequential pool.
  constexpr Parallel() = default;
  constexpr Parallel(Runner runner, void* pool) : runner_(runner), pool_(pool) {}

  template <typename Function>
  void Run(int64_t count, Function&& function) const {
    if (count <= 0) return;
    using Callable = std::remove_reference_t<Function>;
    auto task = [](void* user, size_t index) {
      (*static_cast<Callable*>(user))(static_cast<int64_t>(index));
    };
    if (count == 1 || runner_ == nullptr) {
      for (int64_t i = 0; i < count; ++i) function(i);
      return;
    }
    runner_(
        pool_,
        task,
        static_cast<size_t>(count),
        const_cast<void*>(static_cast<const void*>(&function)));
  }

 private:
  Runner runner_ = nullptr;
  void* pool_ = nullptr;
};

/// Bounds of part `index` of `count` nearly equal parts of [0, total), rounded to `grain`.
struct Range {
  int64_t begin;
  int64_t end;
};
inline Range PartOf(int64_t total, int64_t count, int64_t index, int64_t grain = 1) {
  const int64_t grains = (total + grain - 1) / grain;
  const int64_t begin = grains * index / count * grain;
  const int64_t end = grains * (index + 1) / count * grain;
  return {begin < total ? begin : total, end < total ? end : total};
}

}  // namespace rationale::kernels
