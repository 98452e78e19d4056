#include "runner/training/concurrent.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

#include "engine/base/check.h"
#include "engine/run/executor.h"

namespace deepobs {

Concurrency resolve_concurrency(std::size_t runs, int jobs, int threads) {
  for (const auto& [name, value] : {std::pair("jobs", jobs), std::pair("threads", threads)})
    require(value >= 0 && value <= 1024, Fault::usage, name,
            " must be 0 (as many as there are cores for) to 1024, not ", value);
  const int most = static_cast<int>(std::clamp<std::size_t>(runs, 1, 1024)), cores = available_cores();
  const int at_once = jobs > 0 ? jobs : std::max(1, cores / std::max(1, threads));
  Concurrency made;
  made.jobs = std::min(at_once, most);
  made.threads = threads > 0 ? threads : std::max(1, cores / made.jobs);
  return made;
}

void run_concurrently(std::size_t count, int jobs, const std::function<void(std::size_t)>& job) {
  std::atomic<std::size_t> next = 0;
  std::mutex mutex;
  std::exception_ptr failure;
  const auto work = [&] {
    try {
      for (std::size_t i = next.fetch_add(1); i < count; i = next.fetch_add(1)) job(i);
    } catch (...) {
      next.store(count);  // nobody begins another job
      const std::lock_guard lock(mutex);
      if (!failure) failure = std::current_exception();
    }
  };
  // Nobody begins before all threads are there: a job may take hours, and cannot be called back.
  enum Gate { closed, open, cancelled };
  std::atomic<Gate> gate = closed;
  std::vector<std::thread> threads;
  const auto let_go = [&](Gate how) {
    gate.store(how);
    gate.notify_all();
  };
  const auto join = [&] {
    for (auto& thread : threads) thread.join();
  };
  try {
    for (int i = 1; i < jobs && static_cast<std::size_t>(i) < count; ++i)
      threads.emplace_back([&] {
        gate.wait(closed);
        if (gate.load() == open) work();
      });
  } catch (const std::system_error&) {
    let_go(cancelled);
    join();
    fail(Fault::memory, "the system allows ", threads.size() + 1, " runs at once here, not ", jobs,
         "; ask for fewer jobs");
  }
  let_go(open);
  work();
  join();
  if (failure) std::rethrow_exception(failure);
}

}  // namespace deepobs
