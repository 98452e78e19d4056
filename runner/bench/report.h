#pragma once

#include <optional>
#include <span>
#include <string>

#include "runner/bench/bench_options.h"
#include "runner/bench/op_bench.h"
#include "runner/bench/profile/launches.h"
#include "runner/bench/profile/profile.h"
#include "runner/bench/step_bench.h"

namespace deepobs {

/// What a bench says of itself beside its rows.
struct BenchHeader {
  DeviceInfo device;  ///< with the largest number of threads that was used; of a GPU with all that was chosen
  BenchEffort effort;
  double peak_flops = 0;  ///< of that many threads, a second; 0: not measured
  ConvAlgorithm conv_algorithm = ConvAlgorithm::automatic;
  std::optional<double> other_load = {};  ///< share of the machine that others used meanwhile, as OtherLoad has it
};

/// Adds what the device chose for one of the rows, what it measured for that, and its warnings.
void add_algorithms(BenchHeader& header, const DeviceInfo& device);

/// "chosen for products and convolutions:" and a line each; then, where something was measured, the times.
std::string algorithms_text(const BenchHeader& header);

// The results as one JSON object, without a line end; and for people, as what was measured how and a table. The objects
// begin alike (machine, threads, simd, versions, effort, peak_gflops, other_load; on a GPU its versions and algorithms)
// and go on with "rows", "bandwidth" and
// "ops", "profiles", or "launches".

std::string steps_json(const BenchHeader& header, std::span<const StepRow> rows);
std::string steps_text(const BenchHeader& header, std::span<const StepRow> rows);

std::string ops_json(const BenchHeader& header, const OpBench& bench);
std::string ops_text(const BenchHeader& header, const OpBench& bench);

std::string profiles_json(const BenchHeader& header, std::span<const Profile> profiles);
std::string profiles_text(const BenchHeader& header, std::span<const Profile> profiles);

std::string launches_json(const BenchHeader& header, std::span<const LaunchRow> rows);
std::string launches_text(const BenchHeader& header, std::span<const LaunchRow> rows);

}  // namespace deepobs
