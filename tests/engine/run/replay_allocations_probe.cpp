// Counts the allocations of 100 replays of a small training step, which must be none. A program of its own because it
// replaces the global operator new. oneTBB may allocate inside its own library when it starts tasks; what is counted
// there is one thread, on which the library is not entered.

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <new>

#include "tests/engine/run/small_mlp.h"

namespace {

std::atomic<long> allocations = 0;

void* counted(std::size_t bytes, std::size_t alignment) {
  ++allocations;
  // aligned_alloc wants a multiple of the alignment.
  void* memory = std::aligned_alloc(alignment, (bytes + alignment - 1) / alignment * alignment);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

}  // namespace

void* operator new(std::size_t bytes) { return counted(bytes, alignof(std::max_align_t)); }
void* operator new[](std::size_t bytes) { return counted(bytes, alignof(std::max_align_t)); }
void* operator new(std::size_t bytes, std::align_val_t at) { return counted(bytes, static_cast<std::size_t>(at)); }
void* operator new[](std::size_t bytes, std::align_val_t at) { return counted(bytes, static_cast<std::size_t>(at)); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }

int main() {
  const deepobs::SmallMlp mlp;
  if (allocations == 0) {
    std::puts("FAILED: the counter does not count");
    return 1;
  }
  int failures = 0;
  for (const deepobs::CpuOptions options : {deepobs::CpuOptions{.threads = 1, .use_tbb = false},
                                            {.threads = 1, .use_tbb = true},
                                            {.threads = 2, .use_tbb = false},
                                            {.threads = 4, .use_tbb = false}}) {
    deepobs::SmallMlpRun run(mlp, options, 1);
    run.step(0);
    const long before = allocations;
    run.train(1, 100);
    const long made = allocations - before;
    std::printf("%s, %d threads: %ld allocations in 100 replays\n", options.use_tbb ? "oneTBB" : "std::thread",
                options.threads, made);
    failures += made != 0;
  }
  return failures;
}
