#include "runner/analysis/statistics/scores/interquartile_mean.h"

#include "tests/error_of.h"
#include "tests/runner/analysis/statistics/golden_statistics.h"

namespace deepobs::test {
namespace {

TEST_CASE("interquartile mean: scipy's trimmed mean and rliable's, with the interval of the same resamples") {
  const json& all = golden("scores");
  for (const json& one : all["trimmed"]) {
    check_close(interquartile_mean(numbers(one["values"])), one["iqm"], 1e-12, 1);
    Doubles negated = numbers(one["values"]);
    for (double& value : negated) value = -value;
    check_close(interquartile_mean(negated, Better::smaller), -one["iqm"].get<double>(), 1e-12, 1);
  }
  const std::vector<Doubles> problems = rows(all["problems"]);
  for (const Strata strata : {Strata::fixed, Strata::resampled}) {
    const Estimate iqm = interquartile_mean_interval(problems, Better::larger, strata, {.resamples = 400, .seed = 3});
    check_close(iqm.value, all["iqm"]);
    CHECK(iqm.n == 20);
    check_close({iqm.interval->low, iqm.interval->high}, numbers(all[strata == Strata::fixed ? "fixed" : "resampled"]));
    CHECK(has(iqm.rule, "problems resampled too") == (strata == Strata::resampled));
  }
}

TEST_CASE("interquartile mean: up to a quarter of diverged runs leaves it finite") {
  CHECK(interquartile_mean(Doubles{1, 2, 3, not_a_number}) == 1.5);
  CHECK(interquartile_mean(Doubles{1, 2, 3, not_a_number}, Better::smaller) == 2.5);
  CHECK(interquartile_mean(Doubles{1, 2, infinity, not_a_number}) == -infinity);
  CHECK(interquartile_mean(Doubles{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}) == 5.5);  // 2 + 2 dropped
  CHECK(interquartile_mean(Doubles{7}) == 7);
  check_error([] { interquartile_mean(Doubles{}); }, Fault::usage, "no values");
  const std::vector<Doubles> lost{{1, not_a_number}, {not_a_number, 2}};
  const Estimate iqm = interquartile_mean_interval(lost);
  CHECK(iqm.value == -infinity);
  CHECK(iqm.n_diverged == 2);
  CHECK(has(iqm.caveat, "More than a quarter"));
}

}  // namespace
}  // namespace deepobs::test
