// See memory.h.
#include "ort/memory.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <string>

namespace rationale::ort {
namespace {

constexpr int64_t kAlignment = 64;

class HostMemory final : public DeviceMemory {
 public:
  explicit HostMemory(const Api& api) {
    OrtMemoryInfo* info = nullptr;
    api.Call(slot::CreateCpuMemoryInfo, kDeviceAllocator, kMemDefault, &info);
    info_ = Own<slot::ReleaseMemoryInfo>(api, info);
  }
  void* Allocate(int64_t bytes) override {
    const int64_t rounded =
        std::max((bytes + kAlignment - 1) / kAlignment * kAlignment, kAlignment);
    void* data = std::aligned_alloc(kAlignment, static_cast<size_t>(rounded));
    if (data == nullptr) {
      throw Error(
          "engine/out-of-memory",
          "[allocate] the host has no " + std::to_string(bytes) + " bytes left");
    }
    return data;
  }
  void Free(void* data) override { std::free(data); }
  void Write(void* to, const void* from, int64_t bytes) override {
    std::memcpy(to, from, static_cast<size_t>(bytes));
  }
  void Read(void* to, const void* from, int64_t bytes) override {
    std::memcpy(to, from, static_cast<size_t>(bytes));
  }
  void Fill(void* to, uint8_t byte, int64_t bytes) override {
    std::memset(to, byte, static_cast<size_t>(bytes));
  }
  const OrtMemoryInfo* info() const override { return info_.get(); }

 private:
  Owned<OrtMemoryInfo> info_;
};

}  // namespace

std::shared_ptr<DeviceMemory> MakeHostMemory(const Api& api) {
  return std::make_shared<HostMemory>(api);
}

Buffer::Buffer(
    std::shared_ptr<const void> owner, std::shared_ptr<DeviceMemory> memory, int64_t bytes)
    : owner_(std::move(owner)),
      memory_(std::move(memory)),
      data_(static_cast<char*>(memory_->Allocate(bytes))),
      size_(bytes) {}

Buffer::~Buffer() { FreeNow(); }

char* Buffer::At(int64_t offset, int64_t bytes, const char* op) const {
  const std::string tag = std::string("[") + op + "] ";
  if (released_) throw Error("native/invalid-argument", tag + "the buffer was released");
  // Written so that no sum can overflow.
  if (offset < 0 || bytes < 0 || offset > size_ || bytes > size_ - offset) {
    throw Error(
        "native/invalid-argument",
        tag + "byte range [" + std::to_string(offset) + ", +" + std::to_string(bytes) +
            ") is outside the buffer of " + std::to_string(size_) + " bytes");
  }
  return data_ + offset;
}

void Buffer::Release() {
  released_ = true;
  if (pins_ == 0) FreeNow();
}

void Buffer::Unpin() {
  if (--pins_ == 0 && released_) FreeNow();
}

void Buffer::FreeNow() {
  if (data_ != nullptr) memory_->Free(std::exchange(data_, nullptr));
}

}  // namespace rationale::ort
