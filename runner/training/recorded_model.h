#pragma once

#include <string>
#include <vector>

#include "problems/data/dataset_info.h"
#include "problems/problem.h"

namespace deepobs {

/// A problem's model, recorded for one example just to look at it: without data, and in no time.
struct RecordedModel {
  RecordedModel(const Problem& problem, const DatasetInfo& data);
  Store store;
  Graph graph{store};
  std::vector<LayerRow> rows;
  std::vector<std::string> metrics;  ///< their names

  bool has_accuracy() const;
};

}  // namespace deepobs
