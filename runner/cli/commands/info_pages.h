#pragma once

#include <iosfwd>
#include <vector>

#include "kernels/update/optimizer.h"
#include "problems/data/dataset_info.h"
#include "problems/problem.h"

namespace deepobs {

// What `deepobs info NAME` prints, for people or as JSON.

/// Layers, parameters, loss, defaults, data.
void describe_problem(const Problem& problem, const DatasetInfo& data, bool json, std::ostream& out);

/// Hyperparameters with their defaults and ranges, the source, and what the optimizer keeps from step to step.
void describe_optimizer(const Optimizer& optimizer, bool json, std::ostream& out);

/// Columns, records, files, the ways to get them, and which of the problems use the set.
void describe_data_set(const DatasetInfo& info, const std::vector<const Problem*>& problems, bool json,
                       std::ostream& out);

}  // namespace deepobs
