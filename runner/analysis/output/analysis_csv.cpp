#include "runner/analysis/output/analysis_csv.h"

#include <limits>

#include "runner/analysis/classic/performance_table.h"
#include "runner/analysis/classic/sensitivity.h"
#include "runner/analysis/output/foreign_text.h"
#include "runner/results/text/parameter_text.h"

namespace deepobs {
namespace {

/// Rows of fields; a number or a text each, nothing where there is none.
class CsvTable {
 public:
  CsvTable& text(std::string_view field) { return put(csv_text(field)); }
  CsvTable& number(double value) { return put(csv_number(value)); }
  CsvTable& number(const std::optional<double>& value) { return value ? number(*value) : put(""); }
  CsvTable& count(std::int64_t value) { return put(std::to_string(value)); }
  CsvTable& titles(std::initializer_list<std::string_view> all) {
    for (const auto each : all) text(each);
    return end();
  }
  CsvTable& end() {
    out_ += "\r\n";
    first_ = true;
    return *this;
  }
  std::string finish() { return std::move(out_); }

 private:
  CsvTable& put(const std::string& field) {
    out_ += (first_ ? "" : ",") + field;
    first_ = false;
    return *this;
  }

  std::string out_;
  bool first_ = true;
};

std::string table_csv(const Analysis& analysis, ChoiceMode mode) {
  const PerformanceTable table = performance_table(analysis, mode);
  CsvTable csv;
  csv.text("problem").text("quantity");
  for (const auto& optimizer : table.optimizers) csv.text(optimizer);
  csv.end();
  for (const auto& row : table.rows) {
    csv.text(row.problem).text(name_of(row.quantity));
    for (const auto& cell : row.cells) {
      if (const auto* number = std::get_if<double>(&cell))
        csv.number(*number);
      else if (const auto* words = std::get_if<std::string>(&cell))
        csv.text(*words);
      else
        csv.text("");
    }
    csv.end();
  }
  return csv.finish();
}

template <class Call>
void for_each_optimizer(const Analysis& analysis, Call call) {
  for (const auto& problem : analysis.problems)
    for (const auto& optimizer : problem.optimizers) call(problem, optimizer);
}

std::string settings_csv(const Analysis& analysis) {
  CsvTable csv;
  csv.titles({"problem",
              "optimizer",
              "reference",
              "setting",
              "learning_rate",
              "hyperparameters",
              "training_parameters",
              "epochs",
              "batch_size",
              "runs",
              "diverged",
              "metric",
              "mean",
              "std",
              "median",
              "q25",
              "q75",
              "low",
              "high",
              "best",
              "best_epoch",
              "speed",
              "chosen_by",
              "rank",
              "relative_final",
              "relative_best"});
  for_each_optimizer(analysis, [&](const ProblemAnalysis& problem, const OptimizerAnalysis& optimizer) {
    const auto& settings = optimizer.settings;
    const auto relative_final = relative_performances(settings, ChoiceMode::final, problem.metric);
    const auto relative_best = relative_performances(settings, ChoiceMode::best, problem.metric);
    const auto order = ranking(settings, ChoiceMode::final, optimizer.chosen_by);
    for (std::size_t rank = 0; rank < order.size(); ++rank) {
      const SettingSummary& setting = settings[order[rank]];
      csv.text(problem.name).text(optimizer.name).text(optimizer.reference).text(setting.name);
      csv.number(setting.learning_rate).text(parameters_text(setting.hyperparameters));
      csv.text(parameters_text(setting.training_parameters)).count(setting.epochs).count(setting.batch);
      csv.count(static_cast<std::int64_t>(setting.runs.size())).count(setting.diverged()).text(name_of(problem.metric));
      const auto& summary = setting.metrics[problem.metric];
      const auto of = [&](auto number) { return summary ? std::optional(number(*summary)) : std::nullopt; };
      csv.number(of([](const MetricSummary& m) { return m.final.mean; }));
      csv.number(of([](const MetricSummary& m) { return m.final.std; }));
      csv.number(of([](const MetricSummary& m) { return m.final.median; }));
      csv.number(of([](const MetricSummary& m) { return m.final.q25; }));
      csv.number(of([](const MetricSummary& m) { return m.final.q75; }));
      const auto interval = setting.final_estimate(problem.metric).interval;
      csv.number(interval ? std::optional(interval->low) : std::nullopt);
      csv.number(interval ? std::optional(interval->high) : std::nullopt);
      csv.number(of([](const MetricSummary& m) { return m.best; }));
      csv.number(of([](const MetricSummary& m) { return static_cast<double>(m.best_epoch); }));
      csv.number(setting.speed(problem.metric))
          .text(name_of(optimizer.chosen_by))
          .count(static_cast<std::int64_t>(rank));
      csv.number(relative_final.empty() ? std::nullopt : std::optional(relative_final[order[rank]]));
      csv.number(relative_best.empty() ? std::nullopt : std::optional(relative_best[order[rank]])).end();
    }
  });
  return csv.finish();
}

std::string runs_csv(const Analysis& analysis) {
  CsvTable csv;
  csv.titles({"problem", "optimizer", "reference", "setting", "seed", "file", "diverged", "train_losses",
              "valid_losses", "test_losses", "train_accuracies", "valid_accuracies", "test_accuracies",
              "epochs_to_convergence", "epoch_seconds", "machine"});
  for_each_optimizer(analysis, [&](const ProblemAnalysis& problem, const OptimizerAnalysis& optimizer) {
    for (const auto& setting : optimizer.settings)
      for (const auto& run : setting.runs) {
        csv.text(problem.name).text(optimizer.name).text(optimizer.reference).text(setting.name).count(run.seed);
        csv.text(run.file).count(run.diverged ? 1 : 0);
        for (const ResultMetric metric : all_metrics) csv.number(run.final[metric]);
        const auto& time = run.convergence[problem.metric];
        csv.text(time ? std::to_string(static_cast<std::int64_t>(legacy_speed({&*time, 1}))) : "");
        csv.number(run.epoch_seconds).text(run.machine).end();
      }
  });
  return csv.finish();
}

std::string curves_csv(const Analysis& analysis) {
  CsvTable csv;
  csv.titles(
      {"problem", "optimizer", "reference", "setting", "metric", "epoch", "n", "mean", "std", "median", "q25", "q75"});
  for_each_optimizer(analysis, [&](const ProblemAnalysis& problem, const OptimizerAnalysis& optimizer) {
    for (const auto& [index, curves] : optimizer.curves)
      for (const ResultMetric metric : all_metrics) {
        if (!curves.bands[metric]) continue;
        const Bands& bands = *curves.bands[metric];
        for (std::size_t e = 0; e < bands.mean.size(); ++e) {
          csv.text(problem.name).text(optimizer.name).text(optimizer.reference).text(optimizer.settings[index].name);
          csv.text(name_of(metric)).count(static_cast<std::int64_t>(e)).count(bands.n).number(bands.mean[e]);
          csv.number(bands.std[e]).number(bands.median[e]).number(bands.q25[e]).number(bands.q75[e]).end();
        }
      }
  });
  return csv.finish();
}

}  // namespace

std::vector<NamedText> analysis_csv(const Analysis& analysis, ChoiceMode mode) {
  return {{"performance_table.csv", table_csv(analysis, mode)},
          {"settings.csv", settings_csv(analysis)},
          {"runs.csv", runs_csv(analysis)},
          {"curves.csv", curves_csv(analysis)}};
}

}  // namespace deepobs
