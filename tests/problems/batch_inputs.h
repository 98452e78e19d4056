#pragma once

#include <string>
#include <utility>
#include <vector>

#include "problems/data/dataset_info.h"
#include "problems/problem.h"

namespace deepobs {

/// A mini-batch of a problem's data set as inputs of a graph, images as floats: what rows() makes of it.
inline Batch batch_inputs(Graph& graph, const Problem& problem, std::int64_t batch) {
  std::vector<std::pair<std::string, Value>> values;
  for (const Column& column : find_data_set(problem.dataset).columns) {
    const Type type = column.type == Type::u8 ? Type::f32 : column.type;
    values.emplace_back(column.name, graph.input(column.name, type, shape_of(column, batch)));
  }
  return values;
}

}  // namespace deepobs
