#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/graph/cost.h"
#include "runner/bench/bench_options.h"
#include "runner/bench/live_run.h"

namespace deepobs {

/// One of the graphs that a step runs, one behind the other: the one with the gradients, then the further parts of the
/// optimizer's method.
struct ProfileGraph {
  /// How often it runs in a step: of a section the share of the first 10,000 steps in which it is due, of a graph that a
  /// loop on the host asks for the mean of those that were measured.
  double runs = 1;
  std::optional<CapturedStep> captured = {};  ///< on a GPU
};

/// One op of a training step.
struct ProfileRow {
  std::size_t graph = 0;  ///< of Profile::graphs
  std::string label, op;  ///< "conv1", "conv2d_weight_gradient"
  Cost cost;
  double seconds = 0;  ///< of each run: on a CPU the median, on a GPU of the op alone, many times in a row
};

/// When an op ran: seconds since the profile began.
struct ProfileSpan {
  std::size_t row = 0;
  double begin = 0, end = 0;
};

/// A training step, op by op: its graphs in the order in which they run, and so the ops of each.
struct Profile {
  BenchCase of;
  std::string data;
  std::int64_t steps = 0;  ///< that were measured; on a GPU those that nobody watched
  std::vector<ProfileGraph> graphs;
  std::vector<ProfileRow> rows;
  double step_seconds = 0;         ///< of the rows together, each as often as its graph runs
  double unwatched_seconds = 0;    ///< of a step that nobody watches: the median
  double peak_flops = 0;           ///< of the machine, a second
  std::vector<ProfileSpan> spans;  ///< of the last steps, for a trace; on a CPU
  DeviceInfo device;               ///< with what it chose for this case

  /// What a row adds to step_seconds.
  double step_seconds_of(const ProfileRow& row) const { return row.seconds * graphs[row.graph].runs; }
};

/// Profiles the cases one after the other, with as many seconds each as all repetitions together. On a CPU steps are
/// watched op by op, in turn with others that nobody watches. A GPU captures a step, in which ops run beside each other
/// and which nobody can watch: there every op is measured alone, by Program::node_seconds().
std::vector<Profile> profile_steps(std::span<const BenchCase> cases, const BenchEffort& effort, BenchData& data);

/// The spans in Chrome's trace format (JSON array), which Perfetto and chrome://tracing open: a process for each
/// profile, an event for each op.
std::string trace_json(std::span<const Profile> profiles);

}  // namespace deepobs
