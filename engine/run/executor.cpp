#include "engine/run/executor.h"

#include <sched.h>

#include <algorithm>
#include <thread>

#include "engine/base/check.h"
#include "engine/memory/worker_scratch.h"

namespace deepobs {

int available_cores() {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0) return std::max(1, CPU_COUNT(&set));
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

int resolved_threads(int asked) {
  require(asked >= 0 && asked <= 1024, Fault::usage, "threads must be 0 (every core) to 1024, not ", asked);
  return asked > 0 ? asked : available_cores();
}

WorkerScratch::WorkerScratch(int threads) {
  for (int id = 0; id < threads; ++id) {
    memory_.emplace_back(static_cast<float*>(allocate_aligned(bytes)));
    require(memory_.back() != nullptr, Fault::memory, "the machine has no ", bytes,
            " bytes of memory left for a worker");
    workers_.push_back({id, memory_.back().get()});
  }
}

}  // namespace deepobs
