#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "runner/analysis/statistics/numbers/better.h"
#include "runner/results/json/json_reader.h"

namespace deepobs {

/// The lists over the epochs that DeepOBS has.
enum class ResultMetric {
  train_losses,
  valid_losses,
  test_losses,
  train_accuracies,
  valid_accuracies,
  test_accuracies
};

inline constexpr std::array all_metrics{ResultMetric::train_losses,     ResultMetric::valid_losses,
                                        ResultMetric::test_losses,      ResultMetric::train_accuracies,
                                        ResultMetric::valid_accuracies, ResultMetric::test_accuracies};

/// One value for each metric.
template <class Value>
struct PerMetric {
  std::array<Value, all_metrics.size()> values{};
  Value& operator[](ResultMetric metric) { return values[static_cast<std::size_t>(metric)]; }
  const Value& operator[](ResultMetric metric) const { return values[static_cast<std::size_t>(metric)]; }
};

/// As DeepOBS's files call it: "test_accuracies".
std::string_view name_of(ResultMetric metric);

/// Errors: usage, for a name that is none.
ResultMetric metric_named(std::string_view name);

constexpr bool is_accuracy(ResultMetric metric) { return metric >= ResultMetric::train_accuracies; }

constexpr Better better_of(ResultMetric metric) { return is_accuracy(metric) ? Better::larger : Better::smaller; }

/// Of losses the smaller is better, of accuracies the larger. NaN is not better than anything, nor anything than NaN.
/// This is DeepOBS's rule, which takes infinities for values: as_cost() takes them for diverged runs.
constexpr bool is_better(ResultMetric metric, double a, double than) {
  return is_accuracy(metric) ? a > than : a < than;
}

constexpr bool is_test(ResultMetric metric) {
  return metric == ResultMetric::test_losses || metric == ResultMetric::test_accuracies;
}
constexpr ResultMetric test_metric(bool accuracy) {
  return accuracy ? ResultMetric::test_accuracies : ResultMetric::test_losses;
}
constexpr ResultMetric valid_metric(bool accuracy) {
  return accuracy ? ResultMetric::valid_accuracies : ResultMetric::valid_losses;
}

/// The list of a result, or none.
const std::vector<double>* list_of(const ReadResult& result, ResultMetric metric);

}  // namespace deepobs
