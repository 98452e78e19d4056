#pragma once

#include <string_view>
#include <vector>

#include "kernels/update/optimizer.h"
#include "problems/data/dataset_info.h"
#include "problems/problem.h"

namespace deepobs {

/// A program's own problems, data sets and optimizers, beside those of deepobs.
struct Own {
  std::vector<Problem> problems = {};
  std::vector<DatasetInfo> data_sets = {};
  std::vector<Optimizer> optimizers = {};
};

/// The problems, data sets and optimizers that configurations name: those of deepobs, and a program's own. It is a
/// value; nothing is registered anywhere.
class Catalogue {
 public:
  /// Catalogue({}) has those of deepobs alone. Errors (usage), for an own thing:
  ///   that has the name of one of deepobs' or of another one (an optimizer may be a copy of one of deepobs'), or a
  ///   name that is empty, begins with '-' or holds control characters
  ///   a problem without a network or a way to take data, or of a data set that there is not
  ///   a data set without columns or records, or with neither a function nor files with their format
  ///   an optimizer that check_usable() of runner/training/config/offered_optimizers.h refuses
  explicit Catalogue(Own own);

  // Errors: an unknown name (usage), with the nearest known one.

  const Problem& problem(std::string_view name) const;
  const DatasetInfo& data_set(std::string_view name) const;
  const Optimizer& optimizer(std::string_view name) const;

  // All that there are, a program's own first.

  std::vector<const Problem*> problems() const;
  std::vector<const DatasetInfo*> data_sets() const;
  std::vector<const Optimizer*> optimizers() const;

 private:
  Own own_;
};

/// The one of that name among those of a catalogue, or null.
template <class Named>
const Named* find_among(const std::vector<const Named*>& all, std::string_view name) {
  for (const Named* one : all)
    if (one->name == name) return one;
  return nullptr;
}

}  // namespace deepobs
