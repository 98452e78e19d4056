#include "runner/analysis/statistics/sample/mean_interval.h"

#include "tests/error_of.h"
#include "tests/runner/analysis/statistics/golden_statistics.h"

namespace deepobs::test {
namespace {

TEST_CASE("mean interval: t intervals of the mean and of the logarithms, and of the median, are scipy's") {
  for (const json& one : golden("mean_intervals")) {
    const Doubles values = numbers(one["values"]);
    const double level = one["level"];
    if (one.contains("mean")) {
      const Estimate mean = mean_interval(values, level);
      REQUIRE(mean.interval);
      check_close({mean.interval->low, mean.interval->high}, numbers(one["mean"]), 1e-12, std::abs(mean.value));
      CHECK(mean.interval->level == level);
    }
    if (one.contains("geometric")) {
      const Estimate mean = geometric_mean_interval(values, level);
      REQUIRE(mean.interval);
      check_close(mean.value, one["geometric_value"]);
      check_close({mean.interval->low, mean.interval->high}, numbers(one["geometric"]), 1e-10);  // exp of up to 221
    }
    const Estimate median = median_interval(values, Better::smaller, level);
    REQUIRE(median.interval.has_value() == !one["median"].is_null());
    if (median.interval)
      check_close({median.interval->low, median.interval->high, median.interval->level}, numbers(one["median"]));
  }
}

TEST_CASE("mean interval: too few runs, equal ones and diverged ones are told") {
  const Estimate none = mean_interval(Doubles{});
  CHECK(std::isnan(none.value));
  CHECK_FALSE(none.interval);
  const Estimate one = mean_interval(Doubles{3});
  CHECK(one.value == 3);
  CHECK_FALSE(one.interval);
  CHECK(has(one.caveat, "1 run cannot tell"));
  const Estimate equal = mean_interval(Doubles{3, 3, 3});
  REQUIRE(equal.interval);
  CHECK(equal.interval->low == 3);
  CHECK(has(equal.caveat, "same value"));
  const Estimate diverged = mean_interval(Doubles{1, not_a_number, 3, infinity});
  CHECK(diverged.value == 2);
  CHECK(diverged.n == 4);
  CHECK(diverged.n_diverged == 2);
  CHECK(has(diverged.rule, "mean of 2 runs, 95 % t interval"));
  CHECK(has(diverged.caveat, "Of 4 runs 2 diverged"));
  CHECK(mean_interval(Doubles{1, 2}).caveat.empty());
  check_error([] { mean_interval(Doubles{1, 2}, 1); }, Fault::usage, "0.95");
  check_error([] { geometric_mean_interval(Doubles{1, 0}); }, Fault::usage, "0 is among them");
}

TEST_CASE("mean interval: that of the median says what few runs can have") {
  const Estimate five = median_interval(Doubles{5, 1, 4, 2, 3}, Better::smaller);
  CHECK(five.value == 3);
  CHECK_FALSE(five.interval);
  CHECK(has(five.caveat, "93.75 %"));
  const Estimate six = median_interval(Doubles{5, 1, not_a_number, 2, 3, 4}, Better::smaller);
  REQUIRE(six.interval);
  CHECK(six.interval->low == 1);
  CHECK(six.interval->high == infinity);
  CHECK(six.interval->level == 0.96875);
  CHECK(six.n_diverged == 1);
  CHECK_FALSE(median_interval(Doubles{1}, Better::larger).interval);
  check_error([] { median_interval(Doubles{}, Better::larger); }, Fault::usage, "no runs");
}

}  // namespace
}  // namespace deepobs::test
