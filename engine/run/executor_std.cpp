#include <atomic>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

#include "engine/base/check.h"
#include "engine/memory/worker_scratch.h"
#include "engine/run/executor.h"
#include "engine/tensor/float_environment.h"

namespace deepobs {
namespace {

/// A pool of threads - 1 sleepers; the caller of run() is the last worker.
class StdThreadExecutor final : public Executor {
 public:
  explicit StdThreadExecutor(int threads) : scratch_(threads), threads_(threads) {
    try {
      for (int id = 1; id < threads; ++id) pool_.emplace_back([this, id] { serve(id); });
    } catch (const std::system_error&) {
      const auto started = pool_.size() + 1;
      stop();
      fail(Fault::memory, "the system allows this process ", started, " threads here, not ", threads,
           "; ask for fewer");
    }
  }

  ~StdThreadExecutor() override { stop(); }

  int threads() const override { return threads_; }

  void run(std::int64_t count, Task task) override {
    if (threads_ == 1 || count <= 1) {
      const FloatEnvironment environment;
      for (std::int64_t i = 0; i < count; ++i) task(i, scratch_[0]);
      return;
    }
    {
      const std::lock_guard lock(mutex_);
      task_ = &task;
      count_ = count;
      next_.store(0);
      failure_ = nullptr;
      busy_ = threads_ - 1;
      ++loop_;
    }
    wake_.notify_all();
    work(0);
    std::unique_lock lock(mutex_);
    done_.wait(lock, [this] { return busy_ == 0; });
    if (failure_) std::rethrow_exception(failure_);
  }

 private:
  void stop() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    wake_.notify_all();
    for (auto& thread : pool_) thread.join();
  }

  void serve(int id) {
    for (std::int64_t seen = 0;;) {
      {
        std::unique_lock lock(mutex_);
        wake_.wait(lock, [&] { return stopping_ || loop_ != seen; });
        if (stopping_) return;
        seen = loop_;
      }
      work(id);
      const std::lock_guard lock(mutex_);
      if (--busy_ == 0) done_.notify_one();
    }
  }

  void work(int id) {
    const FloatEnvironment environment;
    for (std::int64_t i = next_.fetch_add(1); i < count_; i = next_.fetch_add(1)) {
      try {
        (*task_)(i, scratch_[id]);
      } catch (...) {
        next_.store(count_);  // nobody starts another task
        const std::lock_guard lock(mutex_);
        if (!failure_) failure_ = std::current_exception();
      }
    }
  }

  WorkerScratch scratch_;
  int threads_;
  std::vector<std::thread> pool_;
  std::mutex mutex_;
  std::condition_variable wake_, done_;
  bool stopping_ = false;
  std::int64_t loop_ = 0;  // how many loops were started: a sleeper knows a new one by it
  int busy_ = 0;           // pool threads that have not finished the present loop
  const Task* task_ = nullptr;
  std::int64_t count_ = 0;
  std::atomic<std::int64_t> next_{0};
  std::exception_ptr failure_;
};

}  // namespace

std::unique_ptr<Executor> std_thread_executor(int threads) {
  return std::make_unique<StdThreadExecutor>(resolved_threads(threads));
}

}  // namespace deepobs
