// What the ONNX Runtime side of every fused op shares: threads and shape checks.
//
// In: a Context. Out: a Parallel over the runtime's own pool that carries exceptions out of tasks,
// and checks with messages "expected ..., got ...".
#pragma once

#include <exception>
#include <mutex>
#include <string>

#include "kernels/check.h"
#include "kernels/parallel.h"
#include "kernels/scratch.h"
#include "ort/custom_op.h"

namespace rationale::kernels {

inline Parallel PoolOf(const ort::Context& context) {
  const auto runner = [](void* pool, Parallel::Task task, size_t count, void* user) {
    struct Job {
      Parallel::Task task;
      void* user;
      std::mutex mutex;
      std::exception_ptr failure;
    } job{task, user, {}, nullptr};
    const auto call = [](void* data, size_t index) {
      Job& j = *static_cast<Job*>(data);
      try {
        j.task(j.user, index);
      } catch (...) {
        const std::lock_guard lock(j.mutex);
        if (!j.failure) j.failure = std::current_exception();
      }
    };
    const auto& c = *static_cast<const ort::Context*>(pool);
    // Batches of 0: workers take one task at a time.
    c.api().Call(ort::slot::KernelContext_ParallelFor, c.handle(), call, count, 0, &job);
    if (job.failure) std::rethrow_exception(job.failure);
  };
  return Parallel(runner, const_cast<ort::Context*>(&context));
}

inline std::string ShapeText(const ort::Shape& shape) {
  std::string text = "[";
  for (size_t i = 0; i < shape.size(); ++i) {
    if (i > 0) text += ',';
    text += shape[i] < 0 ? "?" : std::to_string(shape[i]);
  }
  return text + "]";
}

/// @param shape expected dimensions; -1 is any. @throws KernelError
inline void CheckShape(const ort::Tensor& tensor, const char* name, const ort::Shape& shape) {
  bool same = tensor.rank() == shape.size();
  for (size_t i = 0; same && i < shape.size(); ++i)
    same = shape[i] < 0 || shape[i] == tensor.dim(i);
  if (!same) Fail("expected ", name, " ", ShapeText(shape), ", got ", ShapeText(tensor.shape()));
}

template <typename T = float>
const T* In(const ort::Tensor& tensor) {
  return tensor.data<T>().data();
}
template <typename T = float>
T* Out(const ort::Tensor& tensor) {
  return tensor.mutable_data<T>().data();
}

}  // namespace rationale::kernels
