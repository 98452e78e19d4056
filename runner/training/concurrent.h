#pragma once

#include <cstddef>
#include <functional>

namespace deepobs {

/// How many runs go on at the same time, and on how many threads each.
struct Concurrency {
  int jobs = 1, threads = 1;
};

/// Fills in what is left open (0) so that the machine's cores are used once: with nothing given one run a core, and
/// several threads a run only where there are fewer runs than cores. Never more jobs than runs.
/// Errors: usage, for jobs or threads below 0 or above 1024.
Concurrency resolve_concurrency(std::size_t runs, int jobs, int threads);

/// Calls job(0) ... job(count - 1), in this order and at most `jobs` at the same time, and returns when all are done.
/// What a job throws comes out as it is, of several the first, when those that had begun are done; no other begins.
/// Errors: memory, when the system allows no more threads; then no job was begun.
void run_concurrently(std::size_t count, int jobs, const std::function<void(std::size_t)>& job);

}  // namespace deepobs
