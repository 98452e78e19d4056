#include "runner/bench/profile/profile.h"

#include <algorithm>
#include <deque>
#include <map>

#include "engine/base/check.h"
#include "runner/bench/machine/gpu_peak.h"
#include "runner/bench/machine/machine_peak.h"
#include "runner/bench/statistics.h"
#include "runner/training/stopwatch.h"

namespace deepobs {
namespace {

constexpr std::size_t traced_steps = 20;

/// The share of steps in which a part of the step is due.
double runs_of(const StepPart& part) {
  constexpr std::int64_t steps = 10'000;
  if (!part.due) return 1;
  std::int64_t due = 0;
  for (std::int64_t t = 1; t <= steps; ++t) due += part.due(t) ? 1 : 0;
  return static_cast<double>(due) / static_cast<double>(steps);
}

/// On a CPU a watched and an unwatched step in turn, so that both see the same machine.
class Profiler {
 public:
  Profiler(const BenchCase& of, const BenchData::Entry& data) : run_(of, data) {
    profile_.of = of;
    profile_.data = data.origin;
    const PlannedStep& step = run_.graphs().train;
    add_graph(step.graph, 1);
    for (const StepPart& part : step.method.parts) add_graph(*part.graph, runs_of(part));
  }

  Device& device() const { return run_.device(); }

  Profile profile(const BenchEffort& effort) {
    const bool captures = profile_.graphs.front().captured.has_value();
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
    profile_.graphs.front().runs = run_.gradients_a_step();
    if (captures)
      measure_alone();
    else
      watch_what_was_not_due(watch);
    return finished();
  }

 private:
  void add_graph(const Graph& graph, double runs) {
    const std::size_t index = profile_.graphs.size();
    profile_.graphs.push_back({runs, run_.steps().program(index).captured_step()});
    for (const Node& node : graph.nodes()) {
      if (node.op->is_alias()) continue;
      row_of_[&node] = profile_.rows.size();
      profile_.rows.push_back(
          {.graph = index, .label = node.label, .op = std::string(node.op->name), .cost = cost_of(node)});
    }
    seconds_.resize(profile_.rows.size());
  }

  void watched_step(const Stopwatch& watch) {
    std::vector<ProfileSpan> spans;
    double begin = 0;
    const auto behind = [&](const Node& node) {
      const double end = watch.seconds();
      const std::size_t row = row_of_.at(&node);
      seconds_[row].push_back(end - begin);
      spans.push_back({row, begin, end});
      begin = watch.seconds();  // what the lines above took is nobody's
    };
    // Between two replays a host may have work of its own, which is no node's.
    run_.steps().run_watched(
        run_.next_step(), [&](std::size_t) { begin = watch.seconds(); }, behind);
    if (spans_.size() == traced_steps) spans_.pop_front();
    spans_.push_back(std::move(spans));
    ++profile_.steps;
  }

  /// A section that was due in none of the steps that were measured runs once, out of turn.
  void watch_what_was_not_due(const Stopwatch& watch) {
    const StepBlock block = run_.next_step();
    for (std::size_t graph = 1; graph < profile_.graphs.size(); ++graph) {
      double begin = watch.seconds();
      const auto first = std::ranges::find(profile_.rows, graph, &ProfileRow::graph);
      if (first == profile_.rows.end() || !seconds_[static_cast<std::size_t>(first - profile_.rows.begin())].empty())
        continue;
      run_.steps().program(graph).run_watched(block, [&](const Node& node) {
        const double end = watch.seconds();
        seconds_[row_of_.at(&node)].push_back(end - begin);
        begin = watch.seconds();
        return true;
      });
    }
  }

  /// Updates at rate 0, since each of them is repeated.
  void measure_alone() {
    StepBlock block = run_.next_step();
    block.learning_rate = 0;
    std::vector<double> all;
    for (std::size_t graph = 0; graph < profile_.graphs.size(); ++graph)
      for (const double each : run_.steps().program(graph).node_seconds(block)) all.push_back(each);
    require(all.size() == seconds_.size(), Fault::internal, "a device measured ", all.size(), " of ", seconds_.size(),
            " ops");
    for (std::size_t row = 0; row < all.size(); ++row) seconds_[row] = {all[row]};
  }

  Profile finished() {
    for (std::size_t row = 0; row < seconds_.size(); ++row) {
      profile_.rows[row].seconds = median_of(seconds_[row]);
      profile_.step_seconds += profile_.step_seconds_of(profile_.rows[row]);
    }
    for (const auto& step : spans_) profile_.spans.insert(profile_.spans.end(), step.begin(), step.end());
    profile_.unwatched_seconds = median_of(unwatched_);
    profile_.device = run_.device_info();
    return std::move(profile_);
  }

  LiveRun run_;
  std::map<const Node*, std::size_t> row_of_;
  std::vector<std::vector<double>> seconds_;    // by row, then by run
  std::deque<std::vector<ProfileSpan>> spans_;  // by step: the last ones
  std::vector<double> unwatched_;
  Profile profile_;
};

}  // namespace

std::vector<Profile> profile_steps(std::span<const BenchCase> cases, const BenchEffort& effort, BenchData& data) {
  std::vector<Profile> profiles;
  for (const auto& one : cases) {
    Profiler profiler(one, data.of(*one.run.data_set));
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
