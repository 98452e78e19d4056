#pragma once

#include <memory>
#include <vector>

#include "engine/memory/aligned_memory.h"
#include "engine/run/executor.h"

namespace deepobs {

/// The workers of an executor, each with its scratch memory, allocated once.
class WorkerScratch {
 public:
  explicit WorkerScratch(int threads);
  Worker& operator[](int id) { return workers_[static_cast<std::size_t>(id)]; }

 private:
  static constexpr std::int64_t bytes = Worker::scratch_floats * std::int64_t{sizeof(float)};
  struct Free {
    void operator()(float* p) const { free_aligned(p, bytes); }
  };
  std::vector<std::unique_ptr<float[], Free>> memory_;
  std::vector<Worker> workers_;
};

/// `asked` if positive, else every available core. Errors: negative, or more than 1024.
int resolved_threads(int asked);

}  // namespace deepobs
