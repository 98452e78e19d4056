#include "runner/bench/profile/profile.h"

#include <algorithm>

#include "engine/base/check.h"
#include "runner/bench/machine/gpu_peak.h"
#include "runner/bench/machine/machine_peak.h"
#include "runner/bench/statistics.h"
#include "runner/training/stopwatch.h"

namespace deepobs {
namespace {

constexpr std::size_t traced_steps = 20;

/// On a CPU a watched and an unwatched step in turn, so that both see the same machine.
class Profiler {
 public:
  Profiler(const BenchCase& of, const BenchData::Entry& data) : run_(of, data) {
    for (const auto& node : run_.graphs().train.graph.nodes())
      if (!node.op->is_alias()) nodes_.push_back(&node);
    seconds_.resize(nodes_.size());
    profile_.of = of;
    profile_.data = data.origin;
    profile_.captured = run_.program().captured_step();
  }

  Device& device() const { return run_.device(); }

  Profile profile(const BenchEffort& effort) {
    const bool captures = profile_.captured.has_value();
    run_.warm_up(effort.warmup);
    const Stopwatch watch;
    do {
      const double begin = watch.seconds();
      const std::int64_t steps = run_.train();
      unwatched_.push_back((watch.seconds() - begin) / static_cast<double>(steps));
      if (captures)
        profile_.steps += steps;
      else
        watched_step(watch);
    } while (watch.seconds() < effort.seconds * static_cast<double>(effort.repetitions));
    if (captures) measure_alone();
    return finished();
  }

 private:
  void watched_step(const Stopwatch& watch) {
    if (profile_.spans.size() == traced_steps * nodes_.size())
      profile_.spans.erase(profile_.spans.begin(), profile_.spans.begin() + static_cast<std::ptrdiff_t>(nodes_.size()));
    const StepBlock block = run_.next_step();
    std::size_t row = 0;
    double begin = watch.seconds();
    run_.program().run_watched(block, [&](const Node&) {
      const double end = watch.seconds();
      seconds_[row].push_back(end - begin);
      profile_.spans.push_back({row, begin, end});
      ++row;
      begin = watch.seconds();  // what the lines above took is nobody's
      return true;
    });
    run_.steps().run_parts(block);
    ++profile_.steps;
  }

  /// Updates at rate 0, since each of them is repeated.
  void measure_alone() {
    StepBlock block = run_.next_step();
    block.learning_rate = 0;
    const auto each = run_.program().node_seconds(block);
    require(each.size() == nodes_.size(), Fault::internal, "a device measured ", each.size(), " of ", nodes_.size(),
            " ops");
    for (std::size_t n = 0; n < nodes_.size(); ++n) seconds_[n] = {each[n]};
  }

  Profile finished() {
    for (std::size_t n = 0; n < nodes_.size(); ++n) {
      profile_.rows.push_back({.label = nodes_[n]->label,
                               .op = std::string(nodes_[n]->op->name),
                               .cost = cost_of(*nodes_[n]),
                               .seconds = median_of(seconds_[n])});
      profile_.step_seconds += profile_.rows.back().seconds;
    }
    profile_.unwatched_seconds = median_of(unwatched_);
    profile_.device = run_.device_info();
    return std::move(profile_);
  }

  LiveRun run_;
  std::vector<const Node*> nodes_;            // that compute something, as they run
  std::vector<std::vector<double>> seconds_;  // by node, then by step
  std::vector<double> unwatched_;
  Profile profile_;
};

}  // namespace

std::vector<Profile> profile_steps(std::span<const BenchCase> cases, const BenchEffort& effort, BenchData& data) {
  std::vector<Profile> profiles;
  for (const auto& one : cases) {
    Profiler profiler(one, data.of(one.run.problem->dataset));
    if (one.run.config.device == "cuda") {
      profiles.push_back(profiler.profile(effort));
      profiles.back().peak_flops = gpu_peak_flops(profiler.device());
      continue;
    }
    MachinePeak peak(one.threads, one.isa);
    peak.measure();
    profiles.push_back(profiler.profile(effort));
    peak.measure();
    profiles.back().peak_flops = peak.flops_per_second();
  }
  return profiles;
}

}  // namespace deepobs
