// Memory of one device, and buffers in it. A buffer is freed by Release() or with its last owner; a
// run pins its buffers, so that releasing one during a run takes effect when the run is over.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "ort/abi.h"

namespace rationale::ort {

/// Allocation and copies on one device. Copies are complete when the call returns.
class DeviceMemory {
 public:
  virtual ~DeviceMemory() = default;
  /// At least `bytes` (never null, also for 0), 64-byte aligned. @throws Error
  /// engine/out-of-memory.
  virtual void* Allocate(int64_t bytes) = 0;
  virtual void Free(void* data) = 0;
  virtual void Write(void* to, const void* from, int64_t bytes) = 0;
  virtual void Read(void* to, const void* from, int64_t bytes) = 0;
  virtual void Fill(void* to, uint8_t byte, int64_t bytes) = 0;
  /// Where tensors over this memory live.
  virtual const OrtMemoryInfo* info() const = 0;
};

/// The host's memory.
std::shared_ptr<DeviceMemory> MakeHostMemory(const Api& api);

class Buffer {
 public:
  /// @param owner kept alive as long as the buffer (the engine that `memory` belongs to).
  Buffer(std::shared_ptr<const void> owner, std::shared_ptr<DeviceMemory> memory, int64_t bytes);
  ~Buffer();
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;

  int64_t size() const { return size_; }
  bool released() const { return released_; }
  DeviceMemory& memory() const { return *memory_; }
  /// @throws Error native/invalid-argument when released or when the range is outside.
  char* At(int64_t offset, int64_t bytes, const char* op) const;

  void Release();
  void Pin() { ++pins_; }
  void Unpin();

 private:
  void FreeNow();

  std::shared_ptr<const void> owner_;
  std::shared_ptr<DeviceMemory> memory_;
  char* data_;
  int64_t size_;
  bool released_ = false;
  std::atomic<int> pins_ = 0;
};

}  // namespace rationale::ort
