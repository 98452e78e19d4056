#include <setjmp.h>
#include <ucontext.h>

#include <array>
#include <atomic>
#include <bit>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <vector>

#include "tests/cuda_emulation/device_code.h"
#include "tests/cuda_emulation/runtime.h"

thread_local uint3 threadIdx, blockIdx;
thread_local dim3 blockDim, gridDim;

namespace deepobs_emulation {
namespace {

constexpr std::size_t stack_bytes = 128 * 1024;
constexpr unsigned warp_size = 32;

enum class Waits { no, for_warp, for_block };

/// Runs threads one after the other; one that waits keeps its stack, and the next ones get another.
struct Fiber {
  std::unique_ptr<char[]> stack = std::make_unique<char[]>(stack_bytes);
  ucontext_t context{};  // to begin with
  jmp_buf place;         // to go on from: switching so asks the system for nothing
  bool begun = false;
  unsigned thread = 0;
  Waits waits = Waits::no;
};

class Block {
 public:
  void run(unsigned threads, unsigned shared_bytes, const std::function<void()>& body) {
    body_ = &body;
    threads_ = threads;
    next_ = 0;
    live_ = threads;
    waiting_ = 0;
    shared_.assign(shared_bytes + 1, static_cast<char>(0xFF));
    const unsigned warps = (threads + warp_size - 1) / warp_size;
    warp_live_.assign(warps, 0);
    for (unsigned t = 0; t < threads; ++t) ++warp_live_[t / warp_size];
    warp_waiting_.assign(warps, 0);
    exchanged_.assign(threads, {});
    turn_.assign(threads, 0);
    while (live_ > 0) {
      if (!ready_.empty()) {
        Fiber* fiber = ready_.back();
        ready_.pop_back();
        resume(fiber);
      } else if (next_ < threads_) {
        resume(idle_fiber());
      } else {
        std::fputs("emulated GPU: the threads of a block wait for each other in vain\n", stderr);
        std::abort();
      }
    }
  }

  void wait(Waits what) {
    Fiber* mine = present_;
    mine->waits = what;
    const unsigned warp = mine->thread / warp_size;
    if (what == Waits::for_block)
      ++waiting_;
    else
      ++warp_waiting_[warp];
    waiting_fibers_.push_back(mine);
    release(warp);
    if (mine->waits != Waits::no) {
      leave(*mine);
    } else {  // the last to come goes on at once, and need not be in the list
      std::erase(ready_, mine);
    }
    threadIdx = {mine->thread, 0, 0};
  }

  void exchange(const void* mine, void* theirs, std::size_t bytes, unsigned other) {
    const unsigned thread = present_->thread, base = thread / warp_size * warp_size;
    const unsigned turn = turn_[thread]++ % 2;  // two rooms: who reads is not overtaken by who writes the next
    std::memcpy(exchanged_[thread][turn].data(), mine, bytes);
    wait(Waits::for_warp);
    std::memcpy(theirs, exchanged_[base + other][turn].data(), bytes);
  }

  unsigned present_thread() const { return present_->thread; }
  void* shared() { return shared_.data(); }

 private:
  static void entry() { present().loop(); }

  /// Of a fiber: threads until none is left.
  void loop() {
    Fiber* mine = present_;
    for (;;) {
      while (next_ < threads_) {
        mine->thread = next_++;
        mine->waits = Waits::no;
        threadIdx = {mine->thread, 0, 0};
        (*body_)();
        finish(mine->thread / warp_size);
      }
      idle_.push_back(mine);
      leave(*mine);
    }
  }

  void finish(unsigned warp) {
    --live_;
    --warp_live_[warp];
    release(warp);
  }

  /// Those whose barrier is complete are ready to go on.
  void release(unsigned warp) {
    if (warp_waiting_[warp] > 0 && warp_waiting_[warp] == warp_live_[warp]) {
      warp_waiting_[warp] = 0;
      let_go([&](const Fiber& f) { return f.waits == Waits::for_warp && f.thread / warp_size == warp; });
    }
    if (waiting_ > 0 && waiting_ == live_) {
      waiting_ = 0;
      let_go([](const Fiber& f) { return f.waits == Waits::for_block; });
    }
  }
  template <class Condition>
  void let_go(Condition condition) {
    std::erase_if(waiting_fibers_, [&](Fiber* fiber) {
      if (!condition(*fiber)) return false;
      fiber->waits = Waits::no;
      ready_.push_back(fiber);
      return true;
    });
  }

  void resume(Fiber* fiber) {
    present_ = fiber;
    threadIdx = {fiber->thread, 0, 0};
    enter(*fiber);
  }

  void enter(Fiber& fiber) {
    if (_setjmp(scheduler_) != 0) return;
    if (fiber.begun) _longjmp(fiber.place, 1);
    fiber.begun = true;
    setcontext(&fiber.context);
  }
  void leave(Fiber& fiber) {
    if (_setjmp(fiber.place) == 0) _longjmp(scheduler_, 1);
  }

  static void start(Fiber& fiber) {
    getcontext(&fiber.context);
    fiber.context.uc_stack.ss_sp = fiber.stack.get();
    fiber.context.uc_stack.ss_size = stack_bytes;
    makecontext(&fiber.context, &Block::entry, 0);
  }

  Fiber* idle_fiber() {
    if (!idle_.empty()) {
      Fiber* fiber = idle_.back();
      idle_.pop_back();
      return fiber;
    }
    fibers_.push_back(std::make_unique<Fiber>());
    start(*fibers_.back());
    return fibers_.back().get();
  }

 public:
  static Block& present() {
    static thread_local Block block;
    return block;
  }

 private:
  jmp_buf scheduler_;
  std::vector<std::unique_ptr<Fiber>> fibers_;
  std::vector<Fiber*> idle_, ready_, waiting_fibers_;
  Fiber* present_ = nullptr;
  const std::function<void()>* body_ = nullptr;
  unsigned threads_ = 0, next_ = 0, live_ = 0, waiting_ = 0;
  std::vector<unsigned> warp_live_, warp_waiting_, turn_;
  std::vector<std::array<std::array<char, 16>, 2>> exchanged_;
  std::vector<char> shared_;
};

}  // namespace

void exchange(const void* mine, void* theirs, std::size_t bytes, int other) {
  Block::present().exchange(mine, theirs, bytes, static_cast<unsigned>(other));
}

int lane() { return static_cast<int>(Block::present().present_thread() % warp_size); }

void run_grid(unsigned blocks, unsigned blocks_y, unsigned threads, unsigned shared,
              const std::function<void()>& thread) {
  gridDim = dim3(blocks, blocks_y);
  blockDim = dim3(threads);
  // From the first to the last or the other way, in a sequence without period, so that a kernel of a graph sees both.
  static std::atomic<unsigned> grids = 0;
  const bool backwards = std::popcount(grids++) % 2 == 1;
  const std::uint64_t count = std::uint64_t{blocks} * blocks_y;
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::uint64_t block = backwards ? count - 1 - i : i;
    blockIdx = {static_cast<unsigned>(block % blocks), static_cast<unsigned>(block / blocks), 0};
    Block::present().run(threads, shared, thread);
  }
}

}  // namespace deepobs_emulation

void __syncthreads() { deepobs_emulation::Block::present().wait(deepobs_emulation::Waits::for_block); }

int __all_sync(unsigned, int predicate) {
  for (int distance = 16; distance > 0; distance /= 2) predicate &= __shfl_xor_sync(~0u, predicate, distance);
  return predicate;
}

void deepobs_emulated_launch(CUstream_st* stream, unsigned blocks, unsigned blocks_y, unsigned threads, unsigned shared,
                             std::function<void()> thread) {
  deepobs_emulation::enqueue(
      stream, [=] { deepobs_emulation::run_grid(blocks, blocks_y, threads, shared, thread); }, 2);
}

void* deepobs_emulated_shared_memory() { return deepobs_emulation::Block::present().shared(); }
