#include "runner/analysis/output/analysis_json.h"

#include <cmath>
#include <optional>

#include "engine/base/check.h"
#include "runner/analysis/classic/runtime.h"
#include "runner/analysis/classic/sensitivity.h"
#include "runner/results/json/json_writer.h"

namespace deepobs {
namespace {

constexpr std::size_t places_in_a_warning = 10;

void number(JsonWriter& json, std::string_view key, std::optional<double> value) {
  json.key(key);
  value&& std::isfinite(*value) ? json.value(*value) : json.null();
}

void numbers(JsonWriter& json, std::string_view key, const std::vector<double>& values) {
  json.key(key).begin_array();
  for (const double value : values) std::isfinite(value) ? json.value(value) : json.null();
  json.end_array();
}

void parameter(JsonWriter& json, const ReadParameter& parameter) {
  const std::string name = utf8_text(parameter.name);
  if (const auto* list = std::get_if<std::vector<double>>(&parameter.value)) return numbers(json, name, *list);
  if (const auto* value = std::get_if<double>(&parameter.value)) return number(json, name, *value);
  json.key(name);
  if (const auto* value = std::get_if<bool>(&parameter.value))
    json.value(*value);
  else if (const auto* whole = std::get_if<std::int64_t>(&parameter.value))
    json.value(*whole);
  else if (const auto* text = std::get_if<std::string>(&parameter.value))
    json.value(utf8_text(*text));
  else
    json.null();
}

void parameters(JsonWriter& json, std::string_view key, const std::vector<ReadParameter>& all) {
  json.key(key).begin_object();
  for (const auto& each : all) parameter(json, each);
  json.end_object();
}

/// "n", "mean", ... of the last values of the runs, and what must not be concluded from them.
void final_values(JsonWriter& json, const SettingSummary& setting, ResultMetric metric) {
  json.key("final").begin_object();
  const auto& summary = setting.metrics[metric];
  const Spread spread =
      summary ? summary->final : Spread{.n = 0, .mean = NAN, .std = NAN, .median = NAN, .q25 = NAN, .q75 = NAN};
  const Estimate estimate = setting.final_estimate(metric);
  const auto& interval = estimate.interval;
  json.member("n", spread.n);
  number(json, "mean", spread.mean);
  number(json, "std", spread.std);
  number(json, "median", spread.median);
  number(json, "q25", spread.q25);
  number(json, "q75", spread.q75);
  number(json, "low", interval ? std::optional(interval->low) : std::nullopt);
  number(json, "high", interval ? std::optional(interval->high) : std::nullopt);
  json.key("caveat");
  estimate.caveat.empty() ? json.null() : json.value(estimate.caveat);
  json.end_object();
}

void setting_members(JsonWriter& json, const SettingSummary& setting, ResultMetric metric) {
  json.member("folder", utf8_text(setting.name)).member("path", utf8_text(setting.place));
  number(json, "learning_rate", setting.learning_rate);
  parameters(json, "hyperparameters", setting.hyperparameters);
  parameters(json, "training_parameters", setting.training_parameters);
  json.key("seeds").begin_array();
  for (const auto& run : setting.runs) json.value(run.seed);
  json.end_array();
  json.member("diverged", setting.diverged());
  final_values(json, setting, metric);
  json.key("best").begin_object();
  const auto& summary = setting.metrics[metric];
  number(json, "value", setting.best_value(metric));
  json.key("epoch");
  summary && !std::isnan(summary->best) ? json.value(summary->best_epoch) : json.null();
  json.end_object();
  number(json, "speed", setting.speed(metric));
}

void chosen(JsonWriter& json, const OptimizerAnalysis& optimizer, ResultMetric metric) {
  json.key("chosen").begin_object();
  for (const ChoiceMode mode : {ChoiceMode::final, ChoiceMode::best, ChoiceMode::most}) {
    json.key(name_of(mode));
    const SettingSummary* setting = optimizer.setting(mode);
    if (setting == nullptr) {
      json.null();
      continue;
    }
    json.begin_object();
    setting_members(json, *setting, metric);
    json.end_object();
  }
  json.end_object();
}

/// All settings by their tuning rank: what sensitivities and curves of final value over rank are made of.
void ranked(JsonWriter& json, const OptimizerAnalysis& optimizer, ResultMetric metric) {
  const auto& settings = optimizer.settings;
  const auto relative_final = relative_performances(settings, ChoiceMode::final, metric);
  const auto relative_best = relative_performances(settings, ChoiceMode::best, metric);
  json.key("ranking").begin_array();
  for (const std::size_t i : ranking(settings, ChoiceMode::final, optimizer.chosen_by)) {
    json.begin_object();
    setting_members(json, settings[i], metric);
    numbers(json, "finals", settings[i].finals(metric));
    number(json, "relative_final", relative_final.empty() ? std::nullopt : std::optional(relative_final[i]));
    number(json, "relative_best", relative_best.empty() ? std::nullopt : std::optional(relative_best[i]));
    json.end_object();
  }
  json.end_array();
}

void file_counts(JsonWriter& json, std::string_view key, const FileCounts& files) {
  json.key(key).begin_object();
  json.member("found", files.found).member("used", files.used).member("unreadable", files.unreadable);
  json.member("incomplete", files.incomplete).member("duplicates", files.duplicates).member("mixed", files.mixed);
  json.member("other", files.other).end_object();
}

void findings(JsonWriter& json, const std::vector<Finding>& all) {
  json.key("warnings").begin_array();
  for (const auto& finding : all)
    if (finding.is_warning()) json.value(utf8_text(finding_text(finding, places_in_a_warning)));
  json.end_array();
  json.key("findings").begin_array();
  for (const auto& finding : all) {
    json.begin_object().member("kind", name_of(finding.kind)).member("warning", finding.is_warning());
    json.member("text", utf8_text(finding.text)).key("places").begin_array();
    for (const auto& place : finding.places) json.value(utf8_text(place));
    json.end_array().end_object();
  }
  json.end_array();
}

void runtimes(JsonWriter& json, const Analysis& analysis) {
  json.key("runtime").begin_array();
  for (const auto& row : runtime_overheads(analysis)) {
    json.begin_object().member("problem", utf8_text(row.problem)).member("optimizer", utf8_text(row.optimizer));
    json.member("machine", utf8_text(row.machine)).member("runs", row.runs).member("sgd_runs", row.sgd_runs);
    number(json, "epoch_seconds", row.epoch_seconds);
    number(json, "overhead", row.overhead);
    number(json, "overhead_std", row.overhead_std);
    json.end_object();
  }
  json.end_array();
}

}  // namespace

std::string analysis_json(const Analysis& analysis, bool runtime) {
  JsonWriter json(2);
  json.begin_object().key("problems").begin_object();
  for (const auto& problem : analysis.problems) {
    json.key(utf8_text(problem.name)).begin_object().member("metric", name_of(problem.metric));
    number(json, "convergence_performance", problem.convergence);
    json.key("optimizers").begin_object();
    for (const auto& optimizer : problem.optimizers) {
      json.key(utf8_text(optimizer.name)).begin_object();
      json.member("settings", static_cast<std::int64_t>(optimizer.settings.size())).member("runs", optimizer.runs());
      json.key("reference");
      optimizer.reference.empty() ? json.null() : json.value(utf8_text(optimizer.reference));
      json.member("chosen_by", name_of(optimizer.chosen_by));
      chosen(json, optimizer, problem.metric);
      ranked(json, optimizer, problem.metric);
      json.end_object();
    }
    json.end_object().end_object();
  }
  json.end_object();
  if (runtime) runtimes(json, analysis);
  file_counts(json, "files", analysis.files);
  file_counts(json, "reference_files", analysis.reference_files);
  findings(json, analysis.findings);
  json.end_object();
  return json.finish() + "\n";
}

}  // namespace deepobs
