#include "runner/training/concurrent.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <latch>
#include <mutex>
#include <thread>
#include <vector>

#include "engine/run/executor.h"
#include "tests/error_of.h"

namespace deepobs {

TEST_CASE("concurrent: every job is done once, in the order of their numbers") {
  for (const int jobs : {1, 2, 3, 8}) {
    std::vector<std::atomic<int>> times(20);
    std::mutex mutex;
    std::vector<std::size_t> begun;
    run_concurrently(times.size(), jobs, [&](std::size_t i) {
      ++times[i];
      const std::lock_guard lock(mutex);
      begun.push_back(i);
    });
    CHECK(std::ranges::all_of(times, [](const auto& count) { return count == 1; }));
    CHECK(begun.size() == times.size());
    if (jobs == 1) CHECK(std::ranges::is_sorted(begun));
  }
  run_concurrently(0, 4, [](std::size_t) { FAIL("there is nothing to do"); });
}

TEST_CASE("concurrent: as many jobs go on at once as were asked for, and no more") {
  for (const int jobs : {2, 3}) {
    std::atomic<int> now = 0, most = 0;
    std::latch all(jobs);  // would never open if fewer went on
    run_concurrently(static_cast<std::size_t>(4 * jobs), jobs, [&](std::size_t i) {
      const int going = ++now;
      for (int seen = most; seen < going && !most.compare_exchange_weak(seen, going);) {
      }
      if (i < static_cast<std::size_t>(jobs)) all.arrive_and_wait();
      --now;
    });
    CHECK(most == jobs);
  }
}

TEST_CASE("concurrent: what a job throws, of any type, is the caller's, and no other job begins") {
  for (const int jobs : {1, 2, 4}) {
    std::atomic<int> begun = 0;
    int caught = 0;
    try {
      run_concurrently(1000, jobs, [&](std::size_t i) {
        ++begun;
        if (i == 3) throw 5;
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
      });
    } catch (const int thrown) {
      caught = thrown;
    }
    CHECK(caught == 5);
    CHECK(begun < 500);
  }
}

TEST_CASE("concurrent: what is left open uses each core once") {
  const int cores = available_cores();
  const auto check = [](std::size_t runs, int jobs, int threads, int wanted_jobs, int wanted_threads) {
    INFO(runs, " runs, jobs ", jobs, ", threads ", threads);
    const auto made = resolve_concurrency(runs, jobs, threads);
    CHECK(made.jobs == wanted_jobs);
    CHECK(made.threads == wanted_threads);
  };
  check(1, 0, 0, 1, cores);
  check(1, 5, 0, 1, cores);
  check(1000, 0, 0, std::min(cores, 1000), std::max(1, cores / 1000));
  check(1000, 0, cores, 1, cores);
  check(1000, 0, 10 * cores, 1, 10 * cores);
  check(1000, 3, 2, 3, 2);  // as asked, whatever the machine has
  check(2, 3, 2, 2, 2);
  check(1000, 2 * cores, 0, std::min(2 * cores, 1000), 1);
  check_error([] { resolve_concurrency(1, -1, 0); }, Fault::usage, "jobs must be 0 ");
  check_error([] { resolve_concurrency(1, 1025, 0); }, Fault::usage, "not 1025");
  check_error([] { resolve_concurrency(1, 0, -1); }, Fault::usage, "threads must be 0 ");
}

}  // namespace deepobs
