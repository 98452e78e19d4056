#include "runner/bench/report.h"

#include <set>

#include "engine/base/check.h"
#include "runner/results/json/device_json.h"
#include "runner/results/json/json_writer.h"
#include "runner/results/text/counted.h"
#include "runner/results/text/text_table.h"
#include "runner/training/config/setting_value.h"
#include "runner/training/records/version.h"

namespace deepobs {
namespace {

constexpr double giga = 1e9, micro = 1e-6;

void add_summary(JsonWriter& json, const char* key, const Summary& summary) {
  json.key(key).begin_object().member("median", summary.median).member("min", summary.min);
  json.member("max", summary.max).member("all", summary.all).end_object();
}

/// Opens the object and writes everything before the rows.
void begin(JsonWriter& json, const BenchHeader& header) {
  json.begin_object().key("machine").begin_object();
  json.member("processor", header.device.name).member("cores", available_cores()).end_object();
  json.member("device", header.device.kind).member("threads", header.device.threads).member("simd", header.device.simd);
  json.member("precision", header.device.precision).member("conv_algorithm", name_of(header.conv_algorithm));
  json.member("version", version()).member("revision", revision());
  json.key("libraries").begin_object();
  for (const auto& [name, number] : library_versions()) json.member(name, number);
  json.end_object();
  json.member("warmup_seconds", header.effort.warmup).member("repetitions", header.effort.repetitions);
  json.member("seconds_per_repetition", header.effort.seconds).member("peak_gflops", header.peak_flops / giga);
  json.member("other_load", header.other_load);
  if (header.device.kind != "cuda") return;
  write_gpu(json, header.device);
  json.key("device_algorithm_times").begin_array();
  for (const auto& line : header.device.algorithm_times) json.value(line);
  json.end_array();
}

void add_case(JsonWriter& json, const BenchCase& of) {
  json.member("problem", of.run.problem->name).member("optimizer", of.optimizer);
  json.key("hyperparameters").begin_object();
  for (const auto& [name, value] : of.run.hyperparameters.values()) {
    json.key(name);
    write_value(json, value);
  }
  json.end_object();
  json.member("batch_size", of.run.batch_size).member("threads", of.threads);
}

void add_shapes(JsonWriter& json, const char* key, const std::vector<Shape>& shapes) {
  json.key(key).begin_array();
  for (const auto& shape : shapes) {
    json.begin_array();
    for (const auto extent : shape.extents()) json.value(extent);
    json.end_array();
  }
  json.end_array();
}

std::string shape_words(const std::vector<Shape>& shapes) {
  constexpr std::size_t most = 3;
  std::string words;
  for (std::size_t i = 0; i < shapes.size() && i < most; ++i) words += (i == 0 ? "" : " ") + text(shapes[i]);
  if (shapes.size() > most) words += text(" and ", shapes.size() - most, " more");
  return words;
}

void add_row(JsonWriter& json, const StepRow& row) {
  json.begin_object();
  add_case(json, row.of);
  json.member("data", row.data);
  add_summary(json, "steps_per_second", row.steps_per_second);
  json.member("examples_per_second", row.examples_per_second());
  json.member("eval_examples_per_second", row.eval_examples_per_second.median);
  json.member("flops_per_step", row.step_flops).member("gflops", row.flops_per_second() / giga);
  json.member("peak_gflops", row.peak_flops / giga).member("percent_of_peak", row.percent_of_peak());
  json.member("plan_bytes", row.plan.total()).key("plan").begin_object();
  json.member("parameters", row.plan.parameters).member("gradients", row.plan.gradients);
  json.member("slots", row.plan.slots).member("arena", row.plan.arena).end_object();
  json.member("peak_rss_bytes", row.peak_rss);
  const auto& times = row.step_seconds;
  json.member("steps", row.steps).key("step_us").begin_object();
  json.member("p50", times.p50 / micro).member("p90", times.p90 / micro).member("p99", times.p99 / micro);
  json.member("max", times.max / micro).end_object().end_object();
}

void add_captured(JsonWriter& json, const CapturedStep& step) {
  json.member("launches", step.launches).member("launches_in_a_row", step.in_a_row);
  json.member("edges", step.edges).member("early_edges", step.early_edges);
}

std::string machine_words(const DeviceInfo& device) {
  if (device.kind != "cpu") return device_words(device);
  return text(device.name, ", ", counted(device.threads, "thread"), ", ", device.simd);
}

std::string machine_line(const BenchHeader& header) {
  const DeviceInfo& device = header.device;
  return text(machine_words(device), "; ", device.precision, " peak ", short_number(header.peak_flops / giga),
              " GFLOP/s\n");
}

/// How the figures were made: GFLOP/s count the products of the definition, also where fewer are computed.
std::string effort_line(const BenchHeader& header) {
  return text("median of ", header.effort.repetitions, " x ", header.effort.seconds,
              " s, all rows in turn; GFLOP/s of the products of direct convolutions, conv_algorithm ",
              name_of(header.conv_algorithm), "\n\n");
}

/// What was profiled, and how its figures came about.
std::string profile_line(const Profile& profile) {
  const std::string of = text(profile.of.run.problem->name, ", ", profile.of.optimizer_words(), ", batch ",
                              profile.of.run.batch_size, ", "),
                    data = profile.data + " data: ", alone = fixed(profile.step_seconds * 1e3, 3),
                    together = fixed(profile.unwatched_seconds * 1e3, 3);
  if (!profile.graphs.front().captured)
    return text(of, counted(profile.of.threads, "thread"), ", ", data, alone, " ms op by op, ", together,
                " ms at a stretch; medians of ", counted(profile.steps, "step"), "\n");
  return text(of, data, together, " ms a step, the median over ", counted(profile.steps, "step"), "; its ops together ",
              alone, " ms,\neach alone: many times in a row in a graph of its own, by the GPU's clock\n");
}

/// What stands above the table of one of the graphs of a step: which it is and how often it runs, unless a step is that
/// graph once; its launches.
std::string graph_lines(const Profile& profile, std::size_t graph) {
  const auto& [runs, captured] = profile.graphs[graph];
  std::string lines;
  if (profile.graphs.size() > 1 || runs != 1)
    lines = text("graph ", graph + 1, " of ", profile.graphs.size(), ", ", runs == 1 ? "once" : text(runs, " times"),
                 " a step\n");
  return captured ? lines + launch_words(*captured) + '\n' : lines;
}

struct OpCost {
  std::string_view op;
  const Cost& cost;
};

/// Which ops have said nothing of their cost, so that their bytes are counted and nothing else.
std::string undeclared_line(std::span<const OpCost> all) {
  std::set<std::string_view> names;
  for (const auto& [op, cost] : all)
    if (!cost.declared) names.insert(op);
  std::string line;
  for (const auto name : names) line += text(line.empty() ? "" : ", ", name);
  return line.empty() ? "" : text("costed by their bytes alone: ", line, "\n");
}

std::string mebibytes(std::int64_t bytes) { return fixed(static_cast<double>(bytes) / (1 << 20), 0); }

}  // namespace

void add_algorithms(BenchHeader& header, const DeviceInfo& device) {
  const auto add = [&](std::vector<std::string> DeviceInfo::*lines) {
    std::set<std::string> all((header.device.*lines).begin(), (header.device.*lines).end());
    all.insert((device.*lines).begin(), (device.*lines).end());
    (header.device.*lines).assign(all.begin(), all.end());
  };
  add(&DeviceInfo::algorithms);
  add(&DeviceInfo::algorithm_times);
  add(&DeviceInfo::warnings);
}

std::string algorithms_text(const BenchHeader& header) {
  std::string all;
  const auto add = [&](const char* title, const std::vector<std::string>& lines) {
    if (lines.empty()) return;
    all += title;
    for (const auto& line : lines) all += "  " + line + '\n';
  };
  add("chosen for products and convolutions:\n", header.device.algorithms);
  add("measured for that, in this program:\n", header.device.algorithm_times);
  return all;
}

std::string steps_json(const BenchHeader& header, std::span<const StepRow> rows) {
  JsonWriter json(2);
  begin(json, header);
  json.key("rows").begin_array();
  for (const auto& row : rows) add_row(json, row);
  json.end_array().end_object();
  return json.finish();
}

std::string steps_text(const BenchHeader& header, std::span<const StepRow> rows) {
  TextTable table({"problem", "optimizer", ">batch", ">threads", ">steps/s", ">min", ">max", ">examples/s",
                   ">eval ex/s", ">GFLOP/s", ">% peak", ">p50 us", ">p90", ">p99", ">max", ">plan MiB", ">RSS MiB",
                   "data"});
  for (const auto& row : rows) {
    const auto& times = row.step_seconds;
    const auto us = [](double seconds) { return short_number(seconds / micro); };
    table.add({row.of.run.problem->name, row.of.optimizer_words(), text(row.of.run.batch_size), text(row.of.threads),
               short_number(row.steps_per_second.median), short_number(row.steps_per_second.min),
               short_number(row.steps_per_second.max), short_number(row.examples_per_second()),
               short_number(row.eval_examples_per_second.median), short_number(row.flops_per_second() / giga),
               fixed(row.percent_of_peak(), 1), us(times.p50), us(times.p90), us(times.p99), us(times.max),
               mebibytes(row.plan.total()), row.peak_rss ? mebibytes(*row.peak_rss) : "?", row.data});
  }
  return machine_line(header) + effort_line(header) + table.text();
}

std::string ops_json(const BenchHeader& header, const OpBench& bench) {
  JsonWriter json(2);
  begin(json, header);
  json.key("bandwidth").begin_array();
  for (const auto& point : bench.bandwidth)
    json.begin_object()
        .member("footprint_bytes", point.footprint)
        .member("read_bytes_per_second", point.read)
        .member("copy_bytes_per_second", point.copy)
        .member("in_place_bytes_per_second", point.in_place)
        .end_object();
  json.end_array().key("ops").begin_array();
  for (const auto& row : bench.rows) {
    json.begin_object().member("op", row.op).member("label", row.label).member("problem", row.problem);
    json.member("threads", row.threads);
    add_shapes(json, "in", row.in);
    add_shapes(json, "out", row.out);
    add_summary(json, "seconds", row.seconds);
    json.member("flops", row.cost.flops).member("gflops", row.flops_per_second() / giga);
    json.member("percent_of_peak", row.percent_of_peak()).member("bytes", row.cost.traffic());
    json.member("footprint_bytes", row.cost.footprint).member("bytes_per_second", row.bytes_per_second());
    json.member("percent_of_bandwidth", row.percent_of_bandwidth()).end_object();
  }
  json.end_array().end_object();
  return json.finish();
}

std::string ops_text(const BenchHeader& header, const OpBench& bench) {
  TextTable bandwidth({">footprint KiB", ">read GB/s", ">copy GB/s", ">in place GB/s"});
  for (const auto& point : bench.bandwidth)
    bandwidth.add({text(point.footprint / 1024), short_number(point.read / giga), short_number(point.copy / giga),
                   short_number(point.in_place / giga)});
  TextTable table({"op", "of", "problem", "operands", "result", ">threads", ">us", ">min", ">max", ">GFLOP/s",
                   ">% peak", ">GB/s", ">% bandwidth"});
  for (const auto& row : bench.rows) {
    const auto us = [](double seconds) { return short_number(seconds / micro); };
    const bool multiplies = row.cost.flops > 0;
    table.add({row.op, row.label, row.problem, shape_words(row.in), shape_words(row.out), text(row.threads),
               us(row.seconds.median), us(row.seconds.min), us(row.seconds.max),
               multiplies ? short_number(row.flops_per_second() / giga) : "",
               multiplies ? fixed(row.percent_of_peak(), 1) : "", short_number(row.bytes_per_second() / giga),
               fixed(row.percent_of_bandwidth(), 1)});
  }
  std::vector<OpCost> costs;
  for (const auto& row : bench.rows) costs.push_back({row.op, row.cost});
  return machine_line(header) + effort_line(header) + bandwidth.text() + '\n' + table.text() + undeclared_line(costs);
}

std::string profiles_json(const BenchHeader& header, std::span<const Profile> profiles) {
  JsonWriter json(2);
  begin(json, header);
  json.key("profiles").begin_array();
  for (const auto& profile : profiles) {
    json.begin_object();
    add_case(json, profile.of);
    json.member("data", profile.data).member("steps", profile.steps);
    json.member("step_us", profile.step_seconds / micro).member("unwatched_step_us", profile.unwatched_seconds / micro);
    json.key("graphs").begin_array();
    for (const auto& [runs, captured] : profile.graphs) {
      json.begin_object().member("runs_per_step", runs);
      if (captured) add_captured(json, *captured);
      json.end_object();
    }
    json.end_array().key("nodes").begin_array();
    for (const auto& row : profile.rows) {
      json.begin_object().member("graph", row.graph).member("label", row.label).member("op", row.op);
      json.member("us", row.seconds / micro);
      json.member("percent", 100 * profile.step_seconds_of(row) / profile.step_seconds).member("flops", row.cost.flops);
      json.member("gflops", static_cast<double>(row.cost.flops) / row.seconds / giga);
      json.member("bytes", row.cost.traffic());
      json.member("bytes_per_second", static_cast<double>(row.cost.traffic()) / row.seconds).end_object();
    }
    json.end_array().end_object();
  }
  json.end_array().end_object();
  return json.finish();
}

std::string profiles_text(const BenchHeader& header, std::span<const Profile> profiles) {
  std::string all = machine_line(header) + '\n';
  for (const auto& profile : profiles) {
    all += profile_line(profile);
    std::vector<OpCost> costs;
    for (std::size_t graph = 0; graph < profile.graphs.size(); ++graph) {
      TextTable table({"layer", "op", ">ms", ">%", ">GFLOP/s", ">% peak", ">GB/s"});
      for (const auto& row : profile.rows) {
        if (row.graph != graph) continue;
        const double flops = static_cast<double>(row.cost.flops) / row.seconds;
        table.add({row.label, row.op, fixed(row.seconds * 1e3, 4),
                   fixed(100 * profile.step_seconds_of(row) / profile.step_seconds, 1),
                   row.cost.flops > 0 ? short_number(flops / giga) : "",
                   row.cost.flops > 0 ? fixed(100 * flops / profile.peak_flops, 1) : "",
                   short_number(static_cast<double>(row.cost.traffic()) / row.seconds / giga)});
        costs.push_back({row.op, row.cost});
      }
      all += (graph > 0 ? "\n" : "") + graph_lines(profile, graph) + table.text();
    }
    all += undeclared_line(costs) + '\n';
  }
  return all;
}

std::string launches_json(const BenchHeader& header, std::span<const LaunchRow> rows) {
  JsonWriter json(2);
  begin(json, header);
  json.key("launches").begin_array();
  for (const auto& row : rows) {
    json.begin_object();
    add_case(json, row.of);
    json.member("ops", row.ops);
    add_captured(json, row.step);
    json.end_object();
  }
  json.end_array().end_object();
  return json.finish();
}

std::string launches_text(const BenchHeader& header, std::span<const LaunchRow> rows) {
  TextTable table({"problem", "optimizer", ">batch", ">ops", ">launches", ">in a row", ">edges", ">early"});
  for (const auto& row : rows)
    table.add({row.of.run.problem->name, row.of.optimizer_words(), text(row.of.run.batch_size), text(row.ops),
               text(row.step.launches), text(row.step.in_a_row), text(row.step.edges), text(row.step.early_edges)});
  return text(machine_words(header.device),
              "\nof the graph that one step is captured as: kernels, copies and fills, the launch that sets the step's "
              "number\nand learning rate among them; the longest chain that waits one for the other; edges, and those "
              "of them that let\na launch begin early\n\n",
              table.text());
}

}  // namespace deepobs
