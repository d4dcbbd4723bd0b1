// Aligned working memory of kernels.
//
// In: a byte count. Out: 64-byte aligned, uninitialised memory; std::bad_alloc when there is none.
// A ScratchPool belongs to a kernel instance and keeps its blocks between calls: tasks of a call
// (and concurrent calls) lease one each, so there are at most as many blocks as threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <new>
#include <utility>
#include <vector>

namespace rationale::kernels {

class Scratch {
 public:
  Scratch() = default;
  explicit Scratch(int64_t bytes) : bytes_((bytes + 127) / 64 * 64) {
    data_.reset(std::aligned_alloc(64, static_cast<size_t>(bytes_)));
    if (data_ == nullptr) throw std::bad_alloc();
  }
  int64_t bytes() const { return bytes_; }
  template <typename T = float>
  T* as() const {
    return static_cast<T*>(data_.get());
  }

 private:
  struct Free {
    void operator()(void* pointer) const { std::free(pointer); }
  };
  std::unique_ptr<void, Free> data_;
  int64_t bytes_ = 0;
};

class ScratchPool {
 public:
  class Lease {
   public:
    Lease(ScratchPool& pool, Scratch block) : pool_(pool), block_(std::move(block)) {}
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    ~Lease() { pool_.Return(std::move(block_)); }
    template <typename T = float>
    T* as() const {
      return block_.as<T>();
    }

   private:
    ScratchPool& pool_;
    Scratch block_;
  };

  /// A block of at least `bytes`.
  Lease Acquire(int64_t bytes) {
    Scratch block;
    {
      const std::lock_guard lock(mutex_);
      // The largest free block: short calls must not fragment the pool.
      size_t best = free_.size();
      for (size_t i = 0; i < free_.size(); ++i) {
        if (best == free_.size() || free_[i].bytes() > free_[best].bytes()) best = i;
      }
      if (best < free_.size()) {
        block = std::move(free_[best]);
        free_.erase(free_.begin() + static_cast<std::ptrdiff_t>(best));
      }
    }
    if (block.bytes() < bytes) {
      block = Scratch();  // freed before its replacement is made
      block = Scratch(bytes);
    }
    return Lease(*this, std::move(block));
  }

 private:
  void Return(Scratch block) noexcept {
    const std::lock_guard lock(mutex_);
    try {
      free_.push_back(std::move(block));
    } catch (...) {
      // Out of memory for the list: the block is freed instead of kept.
    }
  }

  std::mutex mutex_;
  std::vector<Scratch> free_;
};

}  // namespace rationale::kernels
