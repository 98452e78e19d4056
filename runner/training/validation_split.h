#pragma once

#include <cstdint>
#include <vector>

#include "runner/training/config/run_config.h"

namespace deepobs {

/// The rows of the training set, cut in two: each row is in one of the lists, once.
struct ValidationSplit {
  std::vector<std::int32_t> training;    ///< trained on and drawn from for train_eval, in file order
  std::vector<std::int32_t> validation;  ///< never trained on, in the order in which they are evaluated
};

/// Holds out `held_out` of `count` rows: random ones, a pure function of the seed, as DeepOBS 1.2 does on PyTorch; with
/// DataOrder::sequential the last ones, so that batch k of an epoch stays rows k*B ... k*B+B-1.
ValidationSplit split_for_validation(std::int64_t count, std::int64_t held_out, std::uint64_t seed, DataOrder order);

}  // namespace deepobs
