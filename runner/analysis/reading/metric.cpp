#include "runner/analysis/reading/metric.h"

#include <string>

#include "engine/base/nearest_name.h"

namespace deepobs {
namespace {

constexpr std::array<std::string_view, all_metrics.size()> names{
    "train_losses", "valid_losses", "test_losses", "train_accuracies", "valid_accuracies", "test_accuracies"};

}  // namespace

std::string_view name_of(ResultMetric metric) { return names[static_cast<std::size_t>(metric)]; }

ResultMetric metric_named(std::string_view name) {
  for (const ResultMetric metric : all_metrics)
    if (name_of(metric) == name) return metric;
  fail(Fault::usage, unknown_name_text("metric", name, std::vector<std::string>(names.begin(), names.end())));
}

const std::vector<double>* list_of(const ReadResult& result, ResultMetric metric) {
  const auto held = [](const std::optional<std::vector<double>>& list) { return list ? &*list : nullptr; };
  switch (metric) {
    case ResultMetric::train_losses:
      return &result.train_losses;
    case ResultMetric::valid_losses:
      return held(result.valid_losses);
    case ResultMetric::test_losses:
      return &result.test_losses;
    case ResultMetric::train_accuracies:
      return held(result.train_accuracies);
    case ResultMetric::valid_accuracies:
      return held(result.valid_accuracies);
    default:
      return held(result.test_accuracies);
  }
}

}  // namespace deepobs
