#include <algorithm>
#include <ostream>

#include "engine/check.h"
#include "problems/data/locate.h"
#include "runner/bench/op_bench.h"
#include "runner/bench/profile.h"
#include "runner/bench/report.h"
#include "runner/bench/step_bench.h"
#include "runner/commands.h"
#include "runner/file.h"

namespace deepobs {
namespace {

/// The first with the largest number of threads.
template <class Row>
const Row& widest(const std::vector<Row>& rows) {
  return *std::ranges::max_element(rows, {}, [](const Row& row) { return row.of.threads; });
}

DeviceInfo device_of(const std::vector<BenchCase>& cases) {
  const auto& most = *std::ranges::max_element(cases, {}, &BenchCase::threads);
  return make_device(most.run.device(), {.threads = most.threads, .isa = most.isa})->info();
}

/// Said before everything is measured, not after.
void check_trace_can_be_written(const std::filesystem::path& trace) {
  if (trace.empty()) return;
  const std::filesystem::path folder = trace.has_parent_path() ? trace.parent_path() : ".";
  require(std::filesystem::is_directory(folder), Fault::io, "trace: there is no folder ", folder.string());
  require(!std::filesystem::exists(trace) || std::filesystem::is_regular_file(trace), Fault::io,
          "trace: ", trace.string(), " is there already and is no file that could be replaced");
}

}  // namespace

void bench_command(const BenchOptions& options, const std::vector<Optimizer>& own, std::ostream& out) {
  BenchOptions asked = options;
  std::string said;
  asked.device = resolved_device(options.device, said);
  if (!said.empty() && !options.json) out << said << '\n';
  const auto cases = bench_cases(asked, own);
  check_trace_can_be_written(options.trace);
  BenchHeader header{device_of(cases), bench_effort(options), 0};
  BenchData data(search_places(options.data_dir, options.home), asked.device);
  if (options.ops) {
    const OpBench bench = bench_ops(cases, header.effort, data);
    header.peak_flops = bench.peak_flops;
    out << (options.json ? ops_json(header, bench) + '\n' : ops_text(header, bench));
  } else if (options.profile) {
    const auto profiles = profile_steps(cases, header.effort, data);
    header.peak_flops = widest(profiles).peak_flops;
    out << (options.json ? profiles_json(header, profiles) + '\n' : profiles_text(header, profiles));
    if (!options.trace.empty()) {
      const std::string trace = trace_json(profiles);
      const std::string_view piece = trace;
      replace_file(options.trace, {&piece, 1});
    }
  } else {
    const auto rows = bench_steps(cases, header.effort, data);
    header.peak_flops = widest(rows).peak_flops;
    out << (options.json ? steps_json(header, rows) + '\n' : steps_text(header, rows));
  }
}

}  // namespace deepobs
