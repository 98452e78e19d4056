#include "runner/analysis/statistics/ranks/nemenyi.h"

#include "tests/error_of.h"
#include "tests/runner/analysis/statistics/golden_statistics.h"

namespace deepobs::test {
namespace {

using Bars = std::vector<std::vector<std::size_t>>;

TEST_CASE("nemenyi: critical differences and p values are scipy's and those of scikit-posthocs") {
  for (const json& one : golden("ranks")["tables"]) {
    if (!one.contains("nemenyi")) continue;
    const Nemenyi nemenyi = nemenyi_test(numbers(one["mean_ranks"]), one["values"].size());
    check_close(nemenyi.critical_difference, one["critical_difference"], 1e-8);
    const std::vector<Doubles> p = rows(one["nemenyi"]);
    for (std::size_t i = 0; i < p.size(); ++i)
      check_close(nemenyi.p[i], p[i], 1e-6);  // it takes a finite number of degrees
  }
}

TEST_CASE("nemenyi: bars are the largest sets that are not told apart") {
  // Of 3 optimizers over 40 problems: 0.524.
  const Nemenyi three = nemenyi_test(Doubles{2.6, 1.4, 1.9}, 40);
  check_close(three.critical_difference, 2.3437 * std::sqrt(3 * 4 / (6. * 40)), 1e-4);
  CHECK(three.order == std::vector<std::size_t>{1, 2, 0});
  CHECK(three.groups == Bars{{1, 2}});
  CHECK(three.caveat.empty());
  CHECK(nemenyi_test(Doubles{1, 2, 3}, 1000).groups.empty());
  const Nemenyi all = nemenyi_test(Doubles{1, 3, 2}, 2);
  CHECK(all.groups == Bars{{0, 2, 1}});
  CHECK(has(all.caveat, "No two optimizers"));
  CHECK(nemenyi_test(Doubles{1, 1.5, 2, 4.4, 4.6}, 60).groups == Bars{{0, 1}, {1, 2}, {3, 4}});
  check_error([] { nemenyi_test(Doubles{1}, 3); }, Fault::usage, "two optimizers");
  check_error([] { nemenyi_test(Doubles{1, 2}, 0); }, Fault::usage, "no problems");
  check_error([] { nemenyi_test(Doubles{1, not_a_number}, 3); }, Fault::usage, "nan came");
}

}  // namespace
}  // namespace deepobs::test
