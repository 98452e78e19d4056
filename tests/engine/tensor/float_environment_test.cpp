#include "engine/tensor/float_environment.h"

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <stdexcept>
#include <thread>
#include <vector>

#include "tests/engine/run/executors.h"
#include "tests/engine/run/small_mlp.h"
#include "tests/under_thread_sanitizer.h"

#if defined(__x86_64__)

namespace deepobs {
namespace {

constexpr unsigned standard = 0x1f80, sticky = 0x3f;
constexpr unsigned denormals_are_zero = 0x40, flush_to_zero = 0x8000, down = 0x2000, up = 0x4000, towards_zero = 0x6000;

/// What a host program may have set, exceptions still masked.
const std::vector<unsigned> masked{standard | flush_to_zero,
                                   standard | denormals_are_zero,
                                   standard | flush_to_zero | denormals_are_zero,
                                   standard | up,
                                   standard | down,
                                   standard | towards_zero,
                                   standard | up | flush_to_zero | denormals_are_zero | 0x21};

/// Sets the control word for the length of a scope. Nothing in such a scope may compute, but for what is under test.
class Host {
 public:
  explicit Host(unsigned control) : before_(_mm_getcsr()) { _mm_setcsr(control); }
  ~Host() { _mm_setcsr(before_); }

 private:
  unsigned before_;
};

TEST_CASE("float environment: the environment is the default one inside, and the caller's outside, flags included") {
  for (const unsigned control : masked) {
    unsigned inside, after;
    {
      const Host host(control);
      {
        const FloatEnvironment environment;
        inside = _mm_getcsr();
        volatile float zero = 0.f;
        volatile float infinite = 1.f / zero;  // raises a flag
        (void)infinite;
      }
      after = _mm_getcsr();
    }
    CHECK((inside & ~sticky) == standard);
    CHECK(after == control);
  }
}

TEST_CASE("float environment: tasks run in the default environment on every thread, and the caller gets its own back") {
  for (const bool tbb : executor_kinds())
    for (const int threads : {1, 2, 4})
      for (const unsigned control : masked) {
        std::atomic<int> other = 0;
        unsigned after, after_throw;
        {
          const Host host(control);  // also while the executor is made: its threads inherit it
          const auto executor = tbb ? tbb_executor(threads) : std_thread_executor(threads);
          executor->run(64, [&](std::int64_t, Worker&) {
            other += (_mm_getcsr() & ~sticky) != standard;
            // Long enough for the other threads to take some of the tasks.
            const auto end = std::chrono::steady_clock::now() + std::chrono::microseconds(30);
            while (std::chrono::steady_clock::now() < end) std::this_thread::yield();
          });
          after = _mm_getcsr();
          try {
            executor->run(64, [](std::int64_t i, Worker&) {
              if (i == 13) throw std::runtime_error("planted");
            });
          } catch (const std::runtime_error&) {
          }
          after_throw = _mm_getcsr();
        }
        CAPTURE(tbb);
        CAPTURE(threads);
        CHECK(other == 0);
        CHECK(after == control);
        CHECK(after_throw == control);
      }
}

TEST_CASE("float environment: buffers are filled with the same bits whatever the host has set") {
  Store store;
  const int buffer = store.buffer({.name = "filled", .shape = {1}, .fill = 0.1});
  const auto device = cpu_device({.threads = 1, .use_tbb = false});
  for (const unsigned control : masked) {
    std::vector<float> filled(1);
    {
      const Host host(control);
      Storage(*device, store).read<float>(buffer, filled);
    }
    CAPTURE(control);
    CHECK(filled[0] == 0.1f);
  }
}

TEST_CASE("float environment: training gives the same bits whatever the host has set, from the first parameter on") {
  const SmallMlp mlp;
  for (const bool tbb : executor_kinds())
    for (const int threads : {1, 3}) {
      const CpuOptions options{.threads = threads, .use_tbb = tbb};
      const auto wanted = trained_bits(mlp, options, 5);
      for (const unsigned control : masked) {
        std::vector<std::uint32_t> bits;
        {
          // Also the threads are started here, and inherit what is set.
          const Host host(control);
          bits = trained_bits(mlp, options, 5);
        }
        CAPTURE(control);
        CHECK(bits == wanted);
      }
    }
}

TEST_CASE("float environment: 1,000 steps leave the control word of a host that traps every exception as it was") {
  const SmallMlp mlp;
  constexpr std::int64_t steps = under_thread_sanitizer ? 100 : 1000;  // each hands the same work to the threads
  for (const bool tbb : executor_kinds()) {
    const CpuOptions options{.threads = 2, .use_tbb = tbb};
    SmallMlpRun run(mlp, options, 5);
    int changed = 0;
    for (std::int64_t step = 0; step < steps; ++step) {
      unsigned after;
      {
        // Traps on everything, rounding up, denormals flushed: any computation outside the engine's own environment
        // would end the program with SIGFPE.
        const Host host(up | flush_to_zero | denormals_are_zero);
        run.step(step);
        after = _mm_getcsr();
      }
      changed += after != (up | flush_to_zero | denormals_are_zero);
    }
    CHECK(changed == 0);
    CHECK(run.bits() == trained_bits(mlp, options, 5, steps));
  }
}

}  // namespace
}  // namespace deepobs

#endif
