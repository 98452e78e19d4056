#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/graph/graph.h"

namespace deepobs {

/// One mini-batch, as values of a graph by name: the columns of the data set, or what a feed makes of them. The first
/// axis of each is the example.
class Batch {
 public:
  Batch(std::vector<std::pair<std::string, Value>> values) : values_(std::move(values)) {}

  /// Errors: usage, with the names that there are, if none is called so.
  Value operator[](std::string_view name) const;

 private:
  std::vector<std::pair<std::string, Value>> values_;
};

}  // namespace deepobs
