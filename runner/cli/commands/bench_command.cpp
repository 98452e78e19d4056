#include <algorithm>
#include <iostream>
#include <set>

#include "engine/base/check.h"
#include "problems/data/dataset_info.h"
#include "problems/data/locate.h"
#include "runner/bench/machine/other_load.h"
#include "runner/bench/op_bench.h"
#include "runner/bench/profile/profile.h"
#include "runner/bench/report.h"
#include "runner/bench/step_bench.h"
#include "runner/cli/commands/commands.h"
#include "runner/results/files/file.h"
#include "runner/training/records/data_warnings.h"

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

/// Says before everything is measured, not after, that --data_dir is of no use.
void warn_of_passed_over_data(const std::vector<BenchCase>& cases, const BenchOptions& options) {
  if (options.data_dir.empty()) return;
  std::set<std::string> seen;
  for (const auto& one : cases) {
    const DatasetInfo& info = *one.run.data_set;
    if (!seen.insert(info.name).second) continue;
    const auto where = locate(info, search_places(options.data_dir, options.home));
    const auto warning = passed_over_text(info, options.data_dir, where ? where->found_in() : "");
    if (!warning.empty()) std::cerr << warning << std::endl;
  }
}

}  // namespace

void bench_command(const BenchOptions& options, const Catalogue& catalogue, std::ostream& out) {
  BenchOptions asked = options;
  std::string said;
  asked.device = resolved_device(options.device, said);
  if (!said.empty() && !options.json) out << said << '\n';
  const auto cases = bench_cases(asked, catalogue);
  BenchHeader header{device_of(cases), bench_effort(options), 0, cases.front().run.config.conv_algorithm};
  if (!options.trace.empty()) check_replaceable(options.trace, "trace");
  warn_of_passed_over_data(cases, options);
  BenchData data(search_places(options.data_dir, options.home), asked.device);
  const OtherLoad others;
  if (options.ops) {
    const OpBench bench = bench_ops(cases, header.effort, data);
    header.peak_flops = bench.peak_flops;
    header.other_load = others.share();
    out << (options.json ? ops_json(header, bench) + '\n' : ops_text(header, bench));
  } else if (options.launches) {
    const auto rows = bench_launches(cases, data);  // nothing is measured, so others do not matter
    for (const auto& row : rows) add_algorithms(header, row.device);
    out << (options.json ? launches_json(header, rows) + '\n' : launches_text(header, rows));
  } else if (options.profile) {
    const auto profiles = profile_steps(cases, header.effort, data);
    header.peak_flops = widest(profiles).peak_flops;
    for (const auto& profile : profiles) add_algorithms(header, profile.device);
    header.other_load = others.share();
    out << (options.json ? profiles_json(header, profiles) + '\n' : profiles_text(header, profiles));
    if (!options.trace.empty()) {
      const std::string trace = trace_json(profiles);
      const std::string_view piece = trace;
      replace_file(options.trace, {&piece, 1});
    }
  } else {
    const auto rows = bench_steps(cases, header.effort, data);
    header.peak_flops = widest(rows).peak_flops;
    for (const auto& row : rows) add_algorithms(header, row.device);
    header.other_load = others.share();
    out << (options.json ? steps_json(header, rows) + '\n' : steps_text(header, rows));
  }
  if (options.algorithms && !options.json) out << '\n' << algorithms_text(header);
  out.flush();  // warnings are to stand below
  for (const auto& warning : header.device.warnings) std::cerr << warning << std::endl;
  if (const auto warning = other_load_warning(header.other_load); !warning.empty()) std::cerr << warning << std::endl;
}

}  // namespace deepobs
