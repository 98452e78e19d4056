#include "runner/analysis/statistics/ranks/friedman.h"

#include "tests/error_of.h"
#include "tests/runner/analysis/statistics/golden_statistics.h"

namespace deepobs::test {
namespace {

TEST_CASE("friedman: Demsar's statistics, and scipy's with its correction for ties") {
  for (const json& one : golden("ranks")["tables"]) {
    const std::vector<Doubles> values = rows(one["values"]);
    const Friedman friedman = friedman_test(values, Better::larger);
    check_close(friedman.mean_ranks, numbers(one["mean_ranks"]));
    check_close({friedman.chi_squared.statistic, friedman.chi_squared.p}, numbers(one["chi_squared"]), 1e-11);
    check_close({friedman.iman_davenport.statistic, friedman.iman_davenport.p}, numbers(one["f"]), 1e-11);
    if (one.contains("corrected"))
      check_close({friedman.tie_corrected.statistic, friedman.tie_corrected.p}, numbers(one["corrected"]), 1e-11);
  }
  // The example of Demsar 2006, section 3.2.2, in the digits that it is printed in.
  const Friedman demsar = friedman_test(rows(golden("ranks")["tables"][0]["values"]), Better::larger);
  CHECK(std::abs(demsar.chi_squared.statistic - 9.28) < 0.005);
  CHECK(std::abs(demsar.iman_davenport.statistic - 3.69) < 0.005);
  CHECK(std::abs(demsar.mean_ranks[1] - 2.0) < 5e-4);
}

TEST_CASE("friedman: diverged runs rank last, and what is not defined is NaN") {
  const Friedman friedman =
      friedman_test(std::vector<Doubles>{{not_a_number, 1, infinity}, {2, 1, 3}}, Better::smaller);
  CHECK(friedman.mean_ranks == Doubles{2.25, 1, 2.75});
  const Friedman equal = friedman_test(std::vector<Doubles>{{1, 1}, {2, 2}}, Better::smaller);
  CHECK(equal.chi_squared.p == 1);
  CHECK(std::isnan(equal.tie_corrected.p));
  CHECK(equal.iman_davenport.p == 1);
  CHECK(has(equal.chi_squared.caveat, "equal on all problems"));
  const Friedman one = friedman_test(std::vector<Doubles>{{1, 2}}, Better::smaller);
  CHECK(std::isnan(one.iman_davenport.p));
  CHECK(has(one.iman_davenport.caveat, "1 problem"));
  check_error([] { friedman_test({}, Better::smaller); }, Fault::usage, "no problems");
  check_error([] { friedman_test(std::vector<Doubles>{{1}}, Better::smaller); }, Fault::usage, "two optimizers");
  check_error(
      [] {
        friedman_test(std::vector<Doubles>{{1, 2}, {1}}, Better::smaller);
      },
      Fault::usage, "2 values, another 1");
}

}  // namespace
}  // namespace deepobs::test
