// A parallel loop with a data race in it, or, with the argument "clean", without: shows that ThreadSanitizer sees into
// the executor of plain threads, and that the executor itself gives it nothing to report. planted_race.sh runs both.

#include <cstdio>
#include <string_view>
#include <vector>

#include "engine/run/executor.h"

int main(int count, char** arguments) {
  const bool clean = count > 1 && std::string_view(arguments[1]) == "clean";
  constexpr std::int64_t tasks = 10'000;
  const auto executor = deepobs::std_thread_executor(4);
  std::vector<std::int64_t> sums(clean ? 4 : 1);
  for (int round = 0; round < 20; ++round)
    executor->run(tasks, [&](std::int64_t i, deepobs::Worker& worker) {
      sums[clean ? static_cast<std::size_t>(worker.id) : 0] += i;  // one sum for all workers is the race
    });
  std::int64_t sum = 0;
  for (const auto part : sums) sum += part;
  std::printf("sum %lld\n", static_cast<long long>(sum));
  return clean && sum != 20 * (tasks * (tasks - 1) / 2);
}
