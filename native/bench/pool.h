// A small thread pool whose workers stay awake and take one task at a time, the way ONNX Runtime's
// pool runs kernels. They yield while idle: the machine may have other work.
#pragma once

#include <atomic>
#include <thread>
#include <vector>

#include "kernels/parallel.h"

namespace rationale::kernels::bench {

class SpinPool {
 public:
  explicit SpinPool(int threads) {
    for (int i = 1; i < threads; ++i) crew_.emplace_back([this] { Work(); });
  }
  ~SpinPool() {
    stop_ = true;
    for (std::thread& worker : crew_) worker.join();
  }
  Parallel parallel() {
    return Parallel(
        [](void* pool, Parallel::Task task, size_t count, void* user) {
          static_cast<SpinPool*>(pool)->Run(task, count, user);
        },
        this);
  }

 private:
  void Run(Parallel::Task task, size_t count, void* user) {
    task_ = task;
    user_ = user;
    count_ = count;
    next_ = 0;
    finished_ = 0;
    ++round_;
    Drain();
    while (finished_ < crew_.size()) std::this_thread::yield();
  }
  void Drain() {
    for (size_t i = next_++; i < count_; i = next_++) task_(user_, i);
  }
  void Work() {
    for (size_t seen = 0;;) {
      while (round_ == seen) {
        if (stop_) return;
        std::this_thread::yield();
      }
      ++seen;
      Drain();
      ++finished_;
    }
  }

  std::vector<std::thread> crew_;
  std::atomic<bool> stop_{false};
  std::atomic<size_t> round_{0}, next_{0}, finished_{0};
  Parallel::Task task_ = nullptr;
  void* user_ = nullptr;
  size_t count_ = 0;
};

}  // namespace rationale::kernels::bench
