#include "engine/cuda/choices/measuring.h"

#include <cuda_runtime_api.h>

#include <algorithm>
#include <cstdio>

#include "engine/cuda/cuda_check.h"
#include "engine/cuda/gpu_setup.h"
#include "engine/cuda/graph/capture.h"

namespace deepobs {
namespace {

std::string in_microseconds(double time) {
  char words[32];
  std::snprintf(words, sizeof words, "%.1f us", time);
  return words;
}

}  // namespace

double measured_microseconds(CUstream_st* stream, const std::function<void()>& work) {
  constexpr int most_calls = 20, launches = 3;
  constexpr double long_enough = 2000;  // to be told from others by one call
  const GpuSetup setup = gpu_setup();
  const Event begin = make_event(true), end = make_event(true);
  const auto measured = [&](const auto& launch) {
    check_cuda(cudaEventRecord(begin.get(), stream), "measuring");
    launch();
    check_cuda(cudaEventRecord(end.get(), stream), "measuring");
    check_cuda(cudaEventSynchronize(end.get()), "measuring");
    float milliseconds = 0;
    check_cuda(cudaEventElapsedTime(&milliseconds, begin.get(), end.get()), "measuring");
    return static_cast<double>(milliseconds) * 1e3;
  };
  work();  // loads what it needs
  const double one = measured(work);
  if (one >= long_enough) return one;
  const int calls = std::clamp(static_cast<int>(long_enough / std::max(one, 1.)), 1, most_calls);
  const ExecutableGraph graph = captured_to_launch(
      stream,
      [&] {
        for (int i = 0; i < calls; ++i) work();
      },
      "a graph to measure");
  const auto launch = [&] { check_cuda(cudaGraphLaunch(graph.get(), stream), "measuring"); };
  launch();
  double least = measured(launch);
  for (int i = 1; i < launches; ++i) least = std::min(least, measured(launch));
  return least / calls;
}

MeasuredChoice Contest::winner() const {
  constexpr double no_difference = 1.03;
  const auto by_time = [](const Entry& a, const Entry& b) { return a.microseconds < b.microseconds; };
  const double least = std::ranges::min_element(entries_, by_time)->microseconds;
  const auto first =
      std::ranges::find_if(entries_, [&](const Entry& each) { return each.microseconds <= least * no_difference; });
  std::vector<Entry> others;
  for (auto each = entries_.begin(); each != entries_.end(); ++each)
    if (each != first) others.push_back(*each);
  std::ranges::stable_sort(others, by_time);
  std::string times = in_microseconds(first->microseconds) + " by " + first->choice;
  for (std::size_t i = 0; i < std::min<std::size_t>(others.size(), 2); ++i)
    times += "; " + in_microseconds(others[i].microseconds) + " by " + others[i].choice;
  return {first->choice, text(times, "; ", entries_.size(), " measured")};
}

}  // namespace deepobs
