#pragma once

#include <string>
#include <vector>

#include "problems/problem.h"

namespace deepobs {

/// A problem's model, recorded for one example just to look at it: without data, and in no time.
struct RecordedModel {
  explicit RecordedModel(const Problem& problem);
  Store store;
  Graph graph{store};
  std::vector<LayerRow> rows;
  std::vector<std::string> metrics;  ///< their names

  bool has_accuracy() const;
};

}  // namespace deepobs
