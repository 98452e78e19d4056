#include "engine/run/executor.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <functional>
#include <set>
#include <stdexcept>
#include <thread>
#include <vector>

#include "engine/run/device.h"
#include "tests/engine/run/executors.h"
#include "tests/error_of.h"

namespace deepobs {
namespace {

TEST_CASE("executor: every task runs exactly once, for any count and number of threads") {
  for_each_executor({1, 2, 3, 8}, [](Executor& executor) {
    for (const std::int64_t count : {0, 1, 2, 3, 7, 1000}) {
      std::vector<std::atomic<int>> calls(static_cast<std::size_t>(count));
      executor.run(count, [&](std::int64_t i, Worker&) { ++calls[static_cast<std::size_t>(i)]; });
      CAPTURE(count);
      CHECK(std::ranges::all_of(calls, [](const auto& n) { return n == 1; }));
    }
  });
}

TEST_CASE("executor: tasks do not share a worker at the same time, and its scratch is its own") {
  for_each_executor({1, 2, 5}, [](Executor& executor) {
    std::vector<std::atomic<int>> inside(static_cast<std::size_t>(executor.threads()));
    std::atomic<int> shared = 0, spoiled = 0, outside = 0, misaligned = 0;
    executor.run(500, [&](std::int64_t i, Worker& worker) {
      if (worker.id < 0 || worker.id >= executor.threads()) {
        ++outside;
        return;
      }
      auto& here = inside[static_cast<std::size_t>(worker.id)];
      shared += here++ != 0;
      misaligned += reinterpret_cast<std::uintptr_t>(worker.scratch) % 64 != 0;
      const auto mark = static_cast<float>(i);
      for (const std::int64_t at : {std::int64_t{0}, Worker::scratch_floats - 1}) worker.scratch[at] = mark;
      for (const std::int64_t at : {std::int64_t{0}, Worker::scratch_floats - 1}) spoiled += worker.scratch[at] != mark;
      --here;
    });
    CHECK(outside == 0);
    CHECK(shared == 0);
    CHECK(misaligned == 0);
    CHECK(spoiled == 0);
  });
}

TEST_CASE("executor: what one loop wrote, the caller and the next loop read") {
  for_each_executor({2, 4}, [](Executor& executor) {
    std::vector<std::int64_t> numbers(1000);
    for (int round = 0; round < 50; ++round)
      executor.run(1000, [&](std::int64_t i, Worker&) { numbers[static_cast<std::size_t>(999 - i)] += i; });
    std::int64_t wrong = 0;
    for (std::int64_t i = 0; i < 1000; ++i) wrong += numbers[static_cast<std::size_t>(999 - i)] != 50 * i;
    CHECK(wrong == 0);
  });
}

struct Thrown : std::runtime_error {
  explicit Thrown(std::int64_t thrower) : std::runtime_error("planted"), task(thrower) {}
  std::int64_t task;
};

TEST_CASE("executor: a task that throws, each of 200, is the caller's exception, and the executor works on") {
  static constexpr std::int64_t count = 200;
  for_each_executor({1, 2, 4}, [](Executor& executor) {
    int right = 0;
    for (std::int64_t n = 0; n < count; ++n) {
      std::vector<std::atomic<int>> calls(count);
      std::int64_t caught = -1;
      try {
        executor.run(count, [&](std::int64_t i, Worker&) {
          ++calls[static_cast<std::size_t>(i)];
          if (i == n) throw Thrown(i);
        });
      } catch (const Thrown& thrown) {
        caught = thrown.task;
      }
      const bool none_twice = std::ranges::all_of(calls, [](const auto& c) { return c <= 1; });
      std::atomic<std::int64_t> sum = 0;
      executor.run(count, [&](std::int64_t i, Worker&) { sum += i; });
      right += caught == n && none_twice && sum == count * (count - 1) / 2;
    }
    CHECK(right == count);
  });
}

TEST_CASE("executor: when all tasks throw, one exception comes out") {
  for_each_executor({1, 3}, [](Executor& executor) {
    for (int round = 0; round < 20; ++round)
      CHECK_THROWS_AS(executor.run(100, [](std::int64_t i, Worker&) { throw Thrown(i); }), Thrown);
  });
}

TEST_CASE("executor: after a throw the tasks that have not started do not start") {
  for_each_executor({1, 2}, [](Executor& executor) {
    std::atomic<std::int64_t> started = 0;
    CHECK_THROWS_AS(executor.run(1 << 20,
                                 [&](std::int64_t i, Worker&) {
                                   ++started;
                                   throw Thrown(i);
                                 }),
                    Thrown);
    CHECK(started < 1 << 20);
  });
}

TEST_CASE("executor: after one task threw, the others that have not started do not start") {
  static constexpr std::int64_t count = 400;
  for_each_executor({1, 2, 4}, [](Executor& executor) {
    std::atomic<std::int64_t> started = 0;
    const auto work = [&](std::int64_t i, Worker&) {
      ++started;
      if (i == 0) {
        std::this_thread::sleep_for(std::chrono::milliseconds(20));  // until all threads are at work
        throw Thrown(i);
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(1));  // longer than it takes to hear of it
    };
    CHECK_THROWS_AS(executor.run(count, work), Thrown);
    CHECK(started < count / 2);
    started = 0;
    executor.run(count, [&](std::int64_t, Worker&) { ++started; });
    CHECK(started == count);
  });
}

TEST_CASE("executor: threads are counted, 0 means every core, and absurd numbers are refused") {
  CHECK(available_cores() >= 1);
  CHECK(std_thread_executor()->threads() == available_cores());
  CHECK(std_thread_executor(3)->threads() == 3);
  for (const int threads : {-1, 1025}) {
    check_error([=] { std_thread_executor(threads); }, Fault::usage, "threads must be 0 (every core) to 1024");
    check_error([=] { tbb_executor(threads); }, Fault::usage, "threads must be 0 (every core) to 1024");
  }
  if (tbb_is_default) {
    CHECK(tbb_executor()->threads() == available_cores());
    CHECK(tbb_executor(3)->threads() == 3);
  }
}

}  // namespace
}  // namespace deepobs
