#pragma once

#include <iosfwd>

#include "kernels/update/optimizer.h"
#include "problems/data/dataset_info.h"
#include "problems/problem.h"

namespace deepobs {

// What `deepobs info NAME` prints, for people or as JSON.

/// Layers, parameters, loss, defaults, data.
void describe_problem(const Problem& problem, bool json, std::ostream& out);

/// Hyperparameters with their defaults and ranges, the source, and what the optimizer keeps from step to step.
void describe_optimizer(const Optimizer& optimizer, bool json, std::ostream& out);

/// Columns, records, files, the ways to get them, and the problems that use the set.
void describe_data_set(const DatasetInfo& info, bool json, std::ostream& out);

}  // namespace deepobs
