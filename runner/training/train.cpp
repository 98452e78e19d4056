#include "runner/training/train.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numeric>
#include <optional>

#include "engine/program.h"
#include "runner/results/counted.h"
#include "runner/training/batch_orders.h"
#include "runner/training/diagnosis.h"

namespace deepobs {
namespace {

class Stopwatch {
 public:
  double seconds() const { return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count(); }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

std::vector<float> read_log(const Storage& storage, int buffer) {
  std::vector<float> log(
      static_cast<std::size_t>(storage.store().buffers()[static_cast<std::size_t>(buffer)].shape.elements()));
  storage.read(buffer, std::span(log));
  return log;
}

/// Mean over batches, summed in double.
double mean_of(const std::vector<float>& log) {
  return std::accumulate(log.begin(), log.end(), 0.) / static_cast<double>(log.size());
}

class Training {
 public:
  Training(const Run& run, const TrainingGraphs& graphs, Storage& storage, Observer& observer, RunResult& result)
      : run_(run),
        graphs_(graphs),
        storage_(storage),
        observer_(observer),
        result_(result),
        train_(graphs.train.graph, graphs.train.plan, storage),
        train_eval_(graphs.train_eval.graph, graphs.train_eval.plan, storage),
        test_(graphs.test.graph, graphs.test.plan, storage),
        orders_(run, graphs),
        epoch_start_(storage.device(), graphs.store) {
    if (graphs.valid) valid_.emplace(graphs.valid->graph, graphs.valid->plan, storage);
    result.validation_examples = graphs.valid ? graphs.valid->examples : 0;
    result.held_out = graphs.held_out;
  }

  void all() {
    orders_.write_fixed(storage_);
    for (std::int64_t epoch = 0;; ++epoch) {
      evaluate(epoch);
      if (epoch == run_.num_epochs) return;
      if (run_.schedule.changes_at(epoch)) observer_.learning_rate_set(run_.schedule.rate(epoch));
      train_epoch(epoch);
      if (result_.divergence) return pad_to_full_length(epoch);
    }
  }

 private:
  std::uint64_t seed() const { return static_cast<std::uint64_t>(run_.config.random_seed); }

  void evaluate(std::int64_t epoch) {
    observer_.evaluating(epoch, run_.num_epochs);
    const Stopwatch watch;
    orders_.write_train_eval(storage_, epoch);
    evaluate(epoch, Phase::train_eval, train_eval_, graphs_.train_eval, result_.train);
    if (valid_) evaluate(epoch, Phase::valid, *valid_, *graphs_.valid, result_.valid);
    evaluate(epoch, Phase::test, test_, graphs_.test, result_.test);
    const double seconds = watch.seconds();
    const auto batches =
        graphs_.train_eval.batches + graphs_.test.batches + (graphs_.valid ? graphs_.valid->batches : 0);
    result_.eval_seconds.push_back(seconds);
    result_.eval_examples_per_second.push_back(static_cast<double>(batches * run_.batch_size) / seconds);
  }

  void evaluate(std::int64_t epoch, Phase phase, Program& program, const EvaluationGraph& graph, Curve& curve) {
    const std::int64_t at_once = storage_.device().steps_at_once();
    for (std::int64_t batch = 0; batch < graph.batches; batch += at_once) {
      check_for_stop(epoch);
      program.run_several({.seed = seed(), .step = epoch * graph.batches + batch, .batch = batch},
                          std::min(at_once, graph.batches - batch));
    }
    curve.plain_losses.push_back(mean_of(read_log(storage_, graph.losses)));
    curve.losses.push_back(mean_of(read_log(storage_, graph.objectives)));
    for (const MetricLog& metric : graph.metrics)
      curve.metric(metric.name).push_back(mean_of(read_log(storage_, metric.buffer)));
    const bool has_accuracy = !curve.accuracies.empty();
    observer_.evaluated(phase, curve.losses.back(), has_accuracy ? curve.accuracies.back() : 0, has_accuracy);
  }

  void train_epoch(std::int64_t epoch) {
    const Stopwatch watch;
    orders_.write_train(storage_, epoch);
    epoch_start_.copy_from(storage_);

    std::int64_t step = 0;
    const std::function<double()> objective = [&] {
      return read_log(storage_, graphs_.objectives)[static_cast<std::size_t>(step)];
    };
    const std::int64_t at_once = storage_.device().steps_at_once();
    while (step < graphs_.steps_per_epoch) {
      check_for_stop(epoch);
      const std::int64_t end = std::min(step + at_once, graphs_.steps_per_epoch);
      train_.run_several(step_block(epoch, step), end - step);
      for (; step < end; ++step) {
        observer_.stepped({epoch, step, graphs_.steps_per_epoch, run_.batch_size, objective});
        if (run_.config.print_train_iter && step % run_.config.train_log_interval == 0)
          observer_.logged(epoch, step, objective());
      }
    }

    const auto objectives = read_log(storage_, graphs_.objectives);
    const double seconds = watch.seconds();
    result_.learning_rates.push_back(run_.schedule.rate(epoch));
    result_.train_seconds.push_back(seconds);
    result_.train_examples_per_second.push_back(static_cast<double>(graphs_.steps_per_epoch * run_.batch_size) /
                                                seconds);
    for (std::size_t s = 0; s < objectives.size(); s += static_cast<std::size_t>(run_.config.train_log_interval))
      result_.minibatch_train_losses.push_back(objectives[s]);
    if (!std::isfinite(objectives.back())) note_divergence(epoch, objectives);
  }

  StepBlock step_block(std::int64_t epoch, std::int64_t step) const {
    return {.seed = seed(),
            .step = epoch * graphs_.steps_per_epoch + step,
            .batch = step,
            .learning_rate = run_.schedule.rate(epoch)};
  }

  /// The first step whose objective is not finite, and which tensor became so first: found by repeating the epoch up to
  /// there from its start, which gives the same bits.
  void note_divergence(std::int64_t epoch, const std::vector<float>& objectives) {
    std::int64_t step = 0;
    while (std::isfinite(objectives[static_cast<std::size_t>(step)])) ++step;
    std::vector<StepBlock> steps;
    for (std::int64_t s = 0; s <= step; ++s) steps.push_back(step_block(epoch, s));
    result_.divergence = {epoch, step, epoch * graphs_.steps_per_epoch + step,
                          first_bad_tensor(graphs_.train, epoch_start_, steps)};
    observer_.diverged(epoch, step, result_.divergence->first_bad_tensor);
  }

  /// DeepOBS 1.2: every remaining epoch repeats the initial performance, and the first mini-batch loss once.
  void pad_to_full_length(std::int64_t epoch) {
    const auto repeat_first = [](std::vector<double>& list) {
      if (!list.empty()) list.push_back(list.front());
    };
    for (; epoch < run_.num_epochs; ++epoch) {
      for (Curve* curve : {&result_.train, &result_.valid, &result_.test}) {
        for (auto* list : {&curve->losses, &curve->plain_losses, &curve->accuracies}) repeat_first(*list);
        for (auto& [name, values] : curve->further_metrics) repeat_first(values);
      }
      repeat_first(result_.minibatch_train_losses);
    }
  }

  void check_for_stop(std::int64_t epoch) const {
    require(!run_.config.stop.stop_requested(), Fault::interrupted, "stopped after ", epoch, " of ",
            counted(run_.num_epochs, "epoch"), "; nothing was written");
  }

  const Run& run_;
  const TrainingGraphs& graphs_;
  Storage& storage_;
  Observer& observer_;
  RunResult& result_;
  Program train_, train_eval_, test_;
  std::optional<Program> valid_;
  BatchOrders orders_;
  Storage epoch_start_;  // what note_divergence() starts again from
};

}  // namespace

void train(const Run& run, const TrainingGraphs& graphs, Storage& storage, Observer& observer, RunResult& result) {
  Training(run, graphs, storage, observer, result).all();
}

}  // namespace deepobs
