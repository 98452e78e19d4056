#include <oneapi/tbb/info.h>
#include <oneapi/tbb/parallel_for.h>
#include <oneapi/tbb/task_arena.h>

#include <algorithm>

#include "engine/executor.h"
#include "engine/float_environment.h"
#include "engine/worker_scratch.h"

namespace deepobs {
namespace {

class TbbExecutor final : public Executor {
 public:
  // Asked for more threads than cores, TBB would use as many as there are cores and complain on stderr.
  explicit TbbExecutor(int threads)
      : threads_(threads), arena_(std::min(threads, tbb::info::default_concurrency())), scratch_(threads) {}

  int threads() const override { return threads_; }

  void run(std::int64_t count, Task task) override {
    const FloatEnvironment callers;  // TBB itself would put the caller's back without its exception flags
    if (threads_ == 1 || count <= 1) {
      for (std::int64_t i = 0; i < count; ++i) task(i, scratch_[0]);
      return;
    }
    arena_.execute([&] {
      tbb::parallel_for(
          std::int64_t{0}, count,
          [&](std::int64_t i) {
            const FloatEnvironment environment;
            task(i, scratch_[tbb::this_task_arena::current_thread_index()]);
          },
          tbb::simple_partitioner());
    });
  }

 private:
  int threads_;
  tbb::task_arena arena_;
  WorkerScratch scratch_;
};

}  // namespace

std::unique_ptr<Executor> tbb_executor(int threads) { return std::make_unique<TbbExecutor>(resolved_threads(threads)); }

}  // namespace deepobs
