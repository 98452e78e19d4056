#include "runner/bench/step_bench.h"

#include <algorithm>
#include <map>

#include "engine/graph/cost.h"
#include "runner/bench/machine/gpu_peak.h"
#include "runner/bench/machine/machine_peak.h"
#include "runner/bench/machine/resident_memory.h"
#include "runner/training/stopwatch.h"

namespace deepobs {
namespace {

PlanBytes plan_bytes(const TrainingGraphs& graphs) {
  const std::int64_t flat = graphs.store.flat_floats() * bytes_of(Type::f32);
  PlanBytes bytes{.parameters = flat, .gradients = flat, .slots = 0, .arena = graphs.train.arena_bytes()};
  for (const auto& buffer : graphs.store.buffers())
    if (buffer.role == Role::optimizer) bytes.slots += buffer.shape.elements() * bytes_of(buffer.type);
  return bytes;
}

/// Trains a few steps of a run that is alone in the process. A step touches all its memory, so more change nothing.
std::optional<std::int64_t> training_memory(const BenchCase& of, BenchData& data) {
  data.keep_only(of.run.data_set->name);
  LiveRun run(of, data.of(*of.run.data_set));
  if (!reset_peak_memory()) return std::nullopt;
  for (int step = 0; step < 3;) step += static_cast<int>(run.train());
  return peak_memory();
}

bool on_gpu(const StepRow& row) { return row.of.run.config.device == "cuda"; }

/// A case with its measurements so far.
class Measured {
 public:
  Measured(const BenchCase& of, const BenchData::Entry& data) : run_(of, data) {}

  Device& device() const { return run_.device(); }

  void warm_up(double seconds) {
    run_.warm_up(seconds);
    run_.evaluate();
  }

  void repeat(double seconds) {
    const Stopwatch watch;
    double before = 0;
    std::int64_t steps = 0;
    do {
      const std::int64_t done = run_.train();
      const double now = watch.seconds();
      step_seconds_.push_back((now - before) / static_cast<double>(done));
      before = now;
      steps += done;
    } while (before < seconds);
    steps_per_second_.push_back(static_cast<double>(steps) / before);
    steps_ += steps;
    evaluate(seconds / 4);
  }

  /// Completes the row by what was measured.
  void report(StepRow& row) {
    row.steps_per_second = summary_of(steps_per_second_);
    row.eval_examples_per_second = summary_of(eval_examples_per_second_);
    row.steps = steps_;
    std::ranges::sort(step_seconds_);
    row.step_seconds = {percentile(step_seconds_, 50), percentile(step_seconds_, 90), percentile(step_seconds_, 99),
                        step_seconds_.back()};
    row.step_flops = flops_of(run_.graphs().train.graph);
    row.plan = plan_bytes(run_.graphs());
    row.device = run_.device_info();
  }

 private:
  void evaluate(double seconds) {
    const Stopwatch watch;
    std::int64_t batches = 0;
    double elapsed = 0;
    do {
      batches += run_.evaluate();
      elapsed = watch.seconds();
    } while (elapsed < seconds);
    eval_examples_per_second_.push_back(static_cast<double>(batches * run_.batch_size()) / elapsed);
  }

  LiveRun run_;
  std::int64_t steps_ = 0;
  std::vector<double> steps_per_second_, eval_examples_per_second_, step_seconds_;
};

}  // namespace

std::vector<StepRow> bench_steps(std::span<const BenchCase> cases, const BenchEffort& effort, BenchData& data) {
  std::vector<StepRow> rows;
  for (const auto& one : cases) rows.push_back({.of = one, .peak_rss = training_memory(one, data)});

  std::vector<std::unique_ptr<Measured>> measured;
  std::map<int, MachinePeak> peaks;  // by threads
  for (auto& row : rows) {
    const auto& entry = data.of(*row.of.run.data_set);
    row.data = entry.origin;
    measured.push_back(std::make_unique<Measured>(row.of, entry));
    measured.back()->warm_up(effort.warmup);
    if (!on_gpu(row)) peaks.try_emplace(row.of.threads, row.of.threads, row.of.isa);
  }
  for (std::int64_t repetition = 0; repetition < effort.repetitions; ++repetition) {
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (!on_gpu(rows[i])) peaks.at(rows[i].of.threads).measure();
      measured[i]->repeat(effort.seconds);
    }
  }
  for (std::size_t i = 0; i < rows.size(); ++i) {
    measured[i]->report(rows[i]);
    rows[i].peak_flops =
        on_gpu(rows[i]) ? gpu_peak_flops(measured[i]->device()) : peaks.at(rows[i].of.threads).flops_per_second();
  }
  return rows;
}

}  // namespace deepobs
