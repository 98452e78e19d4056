#include "runner/training/recorded_model.h"

#include <algorithm>

#include "problems/data/dataset_info.h"

namespace deepobs {

RecordedModel::RecordedModel(const Problem& problem, const DatasetInfo& info) {
  const std::int64_t records = problem.feed->least_records(1);
  std::vector<Value> data;
  for (const Column& column : info.columns)
    data.push_back(graph.input(column.name, column.type, shape_of(column, records)));
  FeedSite site{.columns = info.columns, .data = data, .batch = 1, .count = records};
  if (problem.feed->takes_order()) site.order = graph.input("order", Type::i32, {records});
  Layers layers(graph, Mode::train);
  const Outputs outputs = problem.record(layers, problem.feed->record(graph, site));
  rows = layers.rows();
  for (const Metric& metric : outputs.metrics) metrics.push_back(metric.name);
}

bool RecordedModel::has_accuracy() const { return std::ranges::find(metrics, "accuracy") != metrics.end(); }

}  // namespace deepobs
