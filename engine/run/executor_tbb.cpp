#include <oneapi/tbb/info.h>
#include <oneapi/tbb/parallel_for.h>
#include <oneapi/tbb/task_arena.h>

#include <algorithm>
#include <atomic>
#include <vector>

#include "engine/memory/worker_scratch.h"
#include "engine/run/executor.h"
#include "engine/tensor/float_environment.h"

namespace deepobs {
namespace {

class TbbExecutor final : public Executor {
 public:
  // Asked for more threads than cores, TBB would use as many as there are cores and complain on stderr.
  explicit TbbExecutor(int threads)
      : threads_(threads),
        arena_(std::min(threads, tbb::info::default_concurrency())),
        shares_(static_cast<std::size_t>(arena_.max_concurrency())),
        scratch_(threads) {}

  int threads() const override { return threads_; }

  void run(std::int64_t count, Task task) override {
    const FloatEnvironment callers;  // TBB itself would put the caller's back without its exception flags
    if (threads_ == 1 || count <= 1) {
      for (std::int64_t i = 0; i < count; ++i) task(i, scratch_[0]);
      return;
    }
    for (int s = 0; s < shares(); ++s)
      shares_[static_cast<std::size_t>(s)].next.store(share_begin(count, s), std::memory_order_relaxed);
    arena_.execute([&] {
      tbb::parallel_for(
          0, shares(),
          [&](int) {
            const FloatEnvironment environment;
            try {
              work(count, task);
            } catch (...) {
              leave_nothing(count);
              throw;
            }
          },
          tbb::simple_partitioner());
    });
  }

 private:
  /// The tasks that a thread starts with: the same part of every loop, so that what it wrote in one it finds in its
  /// cache in the next. On processors whose cores do not all share a cache, anything else would go from core to core.
  struct alignas(64) Share {
    std::atomic<std::int64_t> next{0};
  };
  /// A thread's own share first, then what others have not begun yet.
  void work(std::int64_t count, const Task& task) {
    const int me = tbb::this_task_arena::current_thread_index();
    Worker& worker = scratch_[me];
    for (int turn = 0; turn < shares(); ++turn) {
      const int s = (me + turn) % shares();
      auto& next = shares_[static_cast<std::size_t>(s)].next;
      const std::int64_t end = share_begin(count, s + 1);
      for (std::int64_t i; (i = next.fetch_add(1, std::memory_order_relaxed)) < end;) task(i, worker);
    }
  }

  /// Nobody starts another task: all shares are at their ends.
  void leave_nothing(std::int64_t count) {
    for (int s = 0; s < shares(); ++s)
      shares_[static_cast<std::size_t>(s)].next.store(share_begin(count, s + 1), std::memory_order_relaxed);
  }

  int shares() const { return static_cast<int>(shares_.size()); }
  std::int64_t share_begin(std::int64_t count, int share) const { return count * share / shares(); }

  int threads_;
  tbb::task_arena arena_;
  std::vector<Share> shares_;
  WorkerScratch scratch_;
};

}  // namespace

std::unique_ptr<Executor> tbb_executor(int threads) { return std::make_unique<TbbExecutor>(resolved_threads(threads)); }

}  // namespace deepobs
