#include "runner/bench/op_bench.h"

#include <algorithm>
#include <functional>
#include <map>
#include <set>

#include "kernels/ops/activation/relu.h"
#include "kernels/ops/random/dropout.h"
#include "runner/bench/isolated_op.h"
#include "runner/bench/machine/machine_peak.h"
#include "runner/training/stopwatch.h"

namespace deepobs {
namespace {

/// What tells ops apart that have to be measured one by one.
std::string identity(const Node& node, const std::string& label, int threads) {
  std::string all = text(node.op->name, ' ', threads);
  for (const auto* values : {&node.in, &node.out})
    for (const auto& value : *values) all += text(' ', static_cast<int>(value.type()), value.shape());
  return node.out.empty() ? all + label : all;  // updates of equal shape are of different optimizers
}

std::vector<Value> results(const Node& node) {
  std::vector<Value> all;
  for (std::size_t i = 0; i < node.out.size(); ++i)
    if (!node.op->is_scratch(i)) all.push_back(node.out[i]);
  return all;
}

/// Whether a product ends in a relu. (With winners beside it the result is that of a pool behind the relu.)
bool has_relu_inside(const Graph& graph, const Node& node) {
  const auto made = results(node);
  return made.size() == 1 && graph.info(made[0]).rectified && cost_of(node).flops > 0;
}

bool changes_parameters(const Graph& graph, const Node& node) {
  for (std::size_t i = 0; i < node.in.size(); ++i)
    if (node.op->changes_operand(i) && graph.info(node.in[i]).buffer == Store::parameters_id) return true;
  return false;
}

/// The machine with a number of threads: what it can do, and a device to run on.
struct Machine {
  Machine(int threads, Isa isa) : device(cpu_device({.threads = threads, .isa = isa})), peak(threads, isa) {}
  std::unique_ptr<Device> device;
  MachinePeak peak;
  std::optional<Bandwidth> bandwidth;
  std::int64_t most_bytes = 0;  // footprint of its largest op
};

/// An op and its measurements so far.
class Measured {
 public:
  Measured(Machine& machine, const std::function<void(Graph&)>& record) : op_(*machine.device, record) {}

  const Node& node() const { return op_.node(); }

  /// Finds how many replays are long enough to be timed together, too.
  void warm_up(double seconds) {
    constexpr double enough = 100e-6;
    const Stopwatch warmup;
    do {
      const Stopwatch watch;
      for (std::int64_t i = 0; i < replays_; ++i) op_.run();
      if (watch.seconds() < enough) replays_ *= 2;
    } while (warmup.seconds() < seconds);
  }

  void repeat(double seconds) {
    const Stopwatch watch;
    std::int64_t count = 0;
    double elapsed = 0;
    do {
      for (std::int64_t i = 0; i < replays_; ++i) op_.run();
      count += replays_;
      elapsed = watch.seconds();
    } while (elapsed < seconds);
    seconds_.push_back(elapsed / static_cast<double>(count));
  }

  Summary seconds() const { return summary_of(seconds_); }

 private:
  IsolatedOp op_;
  std::int64_t replays_ = 1;
  std::vector<double> seconds_;
};

class Collection {
 public:
  OpBench measure(std::span<const BenchCase> cases, const BenchEffort& effort, BenchData& data) {
    for (const auto& one : cases) add_ops_of(one, data.of(*one.run.data_set).described);
    data.keep_only("");
    for (auto& [threads, machine] : machines_) machine.bandwidth.emplace(threads, cases[0].isa, machine.most_bytes);
    for (auto& op : measured_) op->warm_up(effort.warmup);
    for (std::int64_t repetition = 0; repetition < effort.repetitions; ++repetition) {
      for (auto& [threads, machine] : machines_) machine.bandwidth->measure();
      for (std::size_t i = 0; i < rows_.size(); ++i) {
        if (i % 8 == 0)
          for (auto& [threads, machine] : machines_) machine.peak.measure();
        measured_[i]->repeat(effort.seconds);
      }
    }
    return result();
  }

 private:
  void add_ops_of(const BenchCase& one, const Dataset& described) {
    const TrainingGraphs graphs(one.run, described);
    const Graph& graph = graphs.train.graph;
    for (const auto& node : graph.nodes()) {
      if (node.op->is_alias()) continue;
      std::string label = node.label;
      if (changes_parameters(graph, node)) label += label.empty() ? one.optimizer : ' ' + one.optimizer;
      add(one, label, [&](Graph& alone) { record_alone(node, alone); });
      if (!has_relu_inside(graph, node)) continue;
      const auto on_output = [&](auto record) {
        add(one, label, [&](Graph& alone) { record(alone.input("x", Type::f32, node.out[0].shape())); });
      };
      on_output([](Value x) { relu(x); });
      on_output([](Value x) { dropout(x, 0.5, 0); });
    }
  }

  /// A row for the op, unless there is one like it.
  void add(const BenchCase& one, const std::string& label, const std::function<void(Graph&)>& record) {
    Store store;
    Graph graph(store);
    record(graph);
    const Cost cost = cost_of(graph.nodes().front());
    if (cost.traffic() < 256 || !known_.insert(identity(graph.nodes().front(), label, one.threads)).second) return;

    Machine& machine = machines_.try_emplace(one.threads, one.threads, one.isa).first->second;
    machine.most_bytes = std::max(machine.most_bytes, cost.footprint);
    measured_.push_back(std::make_unique<Measured>(machine, record));
    const Node& node = measured_.back()->node();
    OpRow row{.op = std::string(node.op->name),
              .label = label,
              .problem = one.run.problem->name,
              .in = {},
              .threads = one.threads,
              .cost = cost};
    for (const auto& value : node.in) row.in.push_back(value.shape());
    for (const auto& value : results(node)) row.out.push_back(value.shape());
    rows_.push_back(std::move(row));
  }

  OpBench result() {
    OpBench bench;
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      const Machine& machine = machines_.at(rows_[i].threads);
      rows_[i].seconds = measured_[i]->seconds();
      rows_[i].peak_flops = machine.peak.flops_per_second();
      rows_[i].floor_seconds = floor_seconds(rows_[i].cost, machine.bandwidth->points());
    }
    bench.rows = std::move(rows_);
    const Machine& widest = machines_.rbegin()->second;
    bench.bandwidth = widest.bandwidth->points();
    bench.peak_flops = widest.peak.flops_per_second();
    return bench;
  }

  std::map<int, Machine> machines_;  // by threads
  std::set<std::string> known_;
  std::vector<OpRow> rows_;
  std::vector<std::unique_ptr<Measured>> measured_;  // by row
};

}  // namespace

OpBench bench_ops(std::span<const BenchCase> cases, const BenchEffort& effort, BenchData& data) {
  return Collection().measure(cases, effort, data);
}

}  // namespace deepobs
