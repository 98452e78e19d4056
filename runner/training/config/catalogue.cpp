#include "runner/training/config/catalogue.h"

#include <algorithm>
#include <string>

#include "engine/base/check.h"
#include "engine/base/nearest_name.h"
#include "engine/base/valid_name.h"
#include "runner/training/config/offered_optimizers.h"

namespace deepobs {
namespace {

template <class Named>
bool contains(const std::vector<Named>& all, std::string_view name) {
  return std::ranges::find(all, name, &Named::name) != all.end();
}

/// The program's own, then deepobs', of which an own copy takes the place.
template <class Named>
std::vector<const Named*> all_of(const std::vector<Named>& own, const std::vector<Named>& ours) {
  std::vector<const Named*> all;
  for (const auto& one : own) all.push_back(&one);
  for (const auto& one : ours)
    if (!contains(own, one.name)) all.push_back(&one);
  return all;
}

/// The names of own problems or data sets.
template <class Named>
void check_names(const std::vector<Named>& own, const std::vector<Named>& ours, const char* kind) {
  for (const auto& one : own) {
    check_name(text("a ", kind), one.name);
    require(!contains(ours, one.name), Fault::usage, "there is a ", kind, ' ', one.name,
            " in deepobs already; call yours something else");
    require(std::ranges::count(own, one.name, &Named::name) == 1, Fault::usage, "there are two ", kind, "s called ",
            one.name, "; rename one");
  }
}

void check_problem(const Problem& problem) {
  require(problem.record != nullptr, Fault::usage, "the problem ", problem.name,
          " needs record(), which makes its losses of a mini-batch");
  require(problem.feed != nullptr, Fault::usage, "the problem ", problem.name,
          " needs a feed, which says how steps take records (problems/feeds/feed.h)");
}

void check_data_set(const DatasetInfo& info) {
  require(!info.columns.empty(), Fault::usage, "the data set ", info.name, " needs columns");
  require(info.train > 0 && info.test > 0 && info.valid >= 0, Fault::usage, "the data set ", info.name,
          " needs at least one training and one test record, not ", info.train, " and ", info.test);
  require(info.is_generated() || (info.format != nullptr && !info.files.empty() && !info.folders.empty()), Fault::usage,
          "the data set ", info.name, " needs generate(), or files with their format and folders, or open()");
  require(info.generate == nullptr || info.open == nullptr, Fault::usage, "the data set ", info.name,
          " has generate(), which computes all of it, and open(), which reads record by record; it needs one of them");
}

}  // namespace

Catalogue::Catalogue(Own own) : own_(std::move(own)) {
  check_names(own_.problems, deepobs::problems(), "problem");
  check_names(own_.data_sets, deepobs::data_sets(), "data set");
  for (const auto& info : own_.data_sets) check_data_set(info);
  for (const auto& problem : own_.problems) {
    check_problem(problem);
    data_set(problem.dataset);
  }
  for (const auto& one : own_.optimizers) {
    check_usable(one);
    require(std::ranges::count(own_.optimizers, one.name, &Optimizer::name) == 1, Fault::usage,
            "there are two optimizers called ", one.name, "; rename one");
  }
}

const Problem& Catalogue::problem(std::string_view name) const {
  return find_named_in<Problem>({own_.problems, deepobs::problems()}, "problem", name);
}
const DatasetInfo& Catalogue::data_set(std::string_view name) const {
  return find_named_in<DatasetInfo>({own_.data_sets, deepobs::data_sets()}, "data set", name);
}
const Optimizer& Catalogue::optimizer(std::string_view name) const {
  return find_named_in<Optimizer>({own_.optimizers, deepobs::optimizers()}, "optimizer", name);
}

std::vector<const Problem*> Catalogue::problems() const { return all_of(own_.problems, deepobs::problems()); }
std::vector<const DatasetInfo*> Catalogue::data_sets() const { return all_of(own_.data_sets, deepobs::data_sets()); }
std::vector<const Optimizer*> Catalogue::optimizers() const { return all_of(own_.optimizers, deepobs::optimizers()); }

}  // namespace deepobs
