#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <type_traits>

namespace deepobs {

/// One of the threads that work on a parallel loop, with memory of its own that stays in its cache.
struct Worker {
  static constexpr std::int64_t scratch_floats = 512 * 1024;  ///< 2 MiB: packed panels and the like

  int id = 0;                ///< in [0, threads())
  float* scratch = nullptr;  ///< scratch_floats floats, 64-byte aligned, content undefined at the start of a task
};

/// Borrows a callable for the length of a call: void(std::int64_t index, Worker&).
class Task {
 public:
  template <class F>
  requires(!std::is_same_v<std::remove_cvref_t<F>, Task>)
      Task(F&& f)  // NOLINT: a borrowed view of any callable is the point
      : object_(const_cast<void*>(static_cast<const void*>(&f))),
        call_([](void* object, std::int64_t index, Worker& worker) {
          (*static_cast<std::remove_reference_t<F>*>(object))(index, worker);
        }) {}

  void operator()(std::int64_t index, Worker& worker) const { call_(object_, index, worker); }

 private:
  void* object_;
  void (*call_)(void*, std::int64_t, Worker&);
};

/// Runs the tasks of parallel loops. Loops are cut by shape, never by threads(), so results do not depend on it.
///
/// Every task runs under the default floating-point environment (round to nearest, no flush to zero, no traps),
/// whatever the host program set; the caller's is put back. A task that throws lets the tasks already running finish,
/// keeps later ones from starting, and its exception comes out of run(); the executor stays usable.
/// One executor serves one caller at a time.
class Executor {
 public:
  virtual ~Executor() = default;
  virtual int threads() const = 0;

  /// Calls task(0), ..., task(count - 1), each exactly once and in any order, and returns when all are done.
  virtual void run(std::int64_t count, Task task) = 0;
};

/// Executors on oneTBB (the default) and on plain std::thread (its twin: ThreadSanitizer understands it).
/// threads = 0 takes every core that the process may use.
std::unique_ptr<Executor> tbb_executor(int threads = 0);
std::unique_ptr<Executor> std_thread_executor(int threads = 0);

/// The number of cores this process may run on, at least 1.
int available_cores();

}  // namespace deepobs
