// See emulation.h: the threads of a block as coroutines of one thread of this process.
#include "emulation/emulation.h"

#include <setjmp.h>
#include <ucontext.h>

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <memory>
#include <numeric>
#include <random>
#include <stdexcept>
#include <vector>

namespace rationale::cuda::emulation {
namespace {

enum class State { kReady, kAtBlockBarrier, kAtWarpBarrier, kDone };

constexpr size_t kStackBytes = 128 << 10;

struct Fiber {
  std::unique_ptr<char[]> stack;
  ucontext_t start;
  jmp_buf resume;
  bool started = false;
  State state = State::kReady;
  unsigned exchanges = 0;
  Position position;
};

struct Block {
  std::vector<Fiber> fibers;
  std::vector<uint64_t> slots;
  std::vector<float> shared;
  const std::function<void()>* kernel = nullptr;
  Fiber* running = nullptr;
  jmp_buf scheduler;
  std::exception_ptr failure;
};

thread_local Block* block = nullptr;

void Enter() {
  try {
    (*block->kernel)();
  } catch (...) {
    if (!block->failure) block->failure = std::current_exception();
  }
  block->running->state = State::kDone;
  _longjmp(block->scheduler, 1);
}

/// Runs `fiber` until it waits or returns. ucontext gives it its stack; afterwards the cheaper
/// jumps switch, because ucontext asks the kernel for the signal mask every time.
void Resume(Fiber& fiber) {
  block->running = &fiber;
  if (_setjmp(block->scheduler) != 0) return;
  if (fiber.started) _longjmp(fiber.resume, 1);
  fiber.started = true;
  getcontext(&fiber.start);
  fiber.start.uc_stack.ss_sp = fiber.stack.get();
  fiber.start.uc_stack.ss_size = kStackBytes;
  fiber.start.uc_link = nullptr;
  makecontext(&fiber.start, Enter, 0);
  setcontext(&fiber.start);
}

void WaitAs(State state) {
  Fiber& self = *block->running;
  self.state = state;
  if (_setjmp(self.resume) == 0) _longjmp(block->scheduler, 1);
}

/// Frees the fibers [begin, end) when all that are left of them wait at `barrier`.
bool Release(State barrier, size_t begin, size_t end) {
  bool any = false;
  for (size_t i = begin; i < end; ++i) {
    if (block->fibers[i].state == State::kDone) continue;
    if (block->fibers[i].state != barrier) return false;
    any = true;
  }
  if (!any) return false;
  for (size_t i = begin; i < end; ++i) {
    if (block->fibers[i].state == barrier) block->fibers[i].state = State::kReady;
  }
  return true;
}

void RunBlock(const std::vector<size_t>& turns) {
  const size_t count = block->fibers.size();
  for (;;) {
    bool moved = false;
    for (const size_t i : turns) {
      if (block->fibers[i].state != State::kReady) continue;
      Resume(block->fibers[i]);
      moved = true;
      if (block->failure) std::rethrow_exception(block->failure);
    }
    for (size_t warp = 0; warp < count; warp += 32) {
      moved = Release(State::kAtWarpBarrier, warp, std::min(warp + 32, count)) || moved;
    }
    moved = Release(State::kAtBlockBarrier, 0, count) || moved;
    const bool done = std::all_of(block->fibers.begin(), block->fibers.end(), [](const Fiber& f) {
      return f.state == State::kDone;
    });
    if (done) return;
    if (!moved) throw std::logic_error("a barrier that not all threads of the block or warp reach");
  }
}

}  // namespace

const Position& Here() { return block->running->position; }
void* DynamicSharedMemory() {
  const auto address = reinterpret_cast<uintptr_t>(block->shared.data());
  return reinterpret_cast<void*>((address + 15) / 16 * 16);
}
void BlockBarrier() { WaitAs(State::kAtBlockBarrier); }
void WarpBarrier() { WaitAs(State::kAtWarpBarrier); }
uint64_t* NextWarpSlots() {
  const unsigned set = block->running->exchanges++ % 2;
  return &block->slots[(Here().thread.x / 32 * 2 + set) * 32];
}

void RunGrid(
    const std::function<void()>& kernel,
    dim3 grid,
    unsigned threads,
    int64_t shared_bytes,
    Order order) {
  Block state;
  state.kernel = &kernel;
  state.fibers.resize(threads);
  state.slots.resize((threads + 31) / 32 * 64);
  // Exactly as much as asked for (after alignment), so that a sanitizer sees what lies beyond.
  state.shared.resize(static_cast<size_t>((shared_bytes + 3) / 4) + 4);
  for (Fiber& fiber : state.fibers) fiber.stack.reset(new char[kStackBytes]);
  std::vector<size_t> turns(threads);
  std::iota(turns.begin(), turns.end(), size_t{0});
  if (order == Order::kBackward) std::reverse(turns.begin(), turns.end());
  if (order == Order::kShuffled) std::shuffle(turns.begin(), turns.end(), std::mt19937(7));
  struct Restore {
    Block* before = block;
    ~Restore() { block = before; }
  } restore;
  block = &state;
  for (unsigned z = 0; z < grid.z; ++z) {
    for (unsigned y = 0; y < grid.y; ++y) {
      for (unsigned x = 0; x < grid.x; ++x) {
        std::fill(state.shared.begin(), state.shared.end(), std::nanf(""));
        for (unsigned t = 0; t < threads; ++t) {
          Fiber& fiber = state.fibers[t];
          fiber.started = false;
          fiber.state = State::kReady;
          fiber.exchanges = 0;
          fiber.position = {grid, {threads, 1, 1}, {x, y, z}, {t, 0, 0}};
        }
        RunBlock(turns);
      }
    }
  }
}

}  // namespace rationale::cuda::emulation
