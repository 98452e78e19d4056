#include "runner/analysis/statistics/sample/moments.h"

#include "tests/error_of.h"
#include "tests/runner/analysis/statistics/golden_statistics.h"

namespace deepobs::test {
namespace {

TEST_CASE("moments: mean, deviations and quantiles are those of numpy") {
  for (const json& one : golden("moments")) {
    const Doubles values = numbers(one["values"]);
    const SampleMoments moments = moments_of(values);
    const double scale = std::abs(moments.mean);  // numpy's deviations have lost the mean's digits
    check_close(moments.mean, number(one["mean"]));
    check_close(moments.population_deviation, number(one["population"]), 1e-12, 1e-4 * scale);
    check_close(moments.sample_deviation, number(one["sample"]), 1e-12, 1e-4 * scale);
    check_close(moments.standard_error, number(one["error"]), 1e-12, 1e-4 * scale);
    for (const json& row : one["quantiles"]) check_close(quantile(values, row[0]), row[1]);
  }
}

TEST_CASE("moments: a diverged run is counted, left out of the mean, and the worst of the quartiles") {
  const SampleSummary losses = summary_of_sample(Doubles{2, not_a_number, 1, 4, -infinity}, Better::smaller);
  CHECK(losses.n == 5);
  CHECK(losses.n_diverged == 2);
  CHECK(losses.finite.n == 3);
  CHECK(losses.finite.mean == doctest::Approx(7. / 3));
  CHECK(losses.lower_quartile == 2);
  CHECK(losses.median == 4);
  CHECK(losses.upper_quartile == infinity);
  const SampleSummary accuracies = summary_of_sample(Doubles{0.5, infinity, 0.75}, Better::larger);
  CHECK(accuracies.lower_quartile == -infinity);
  CHECK(accuracies.median == 0.5);
  CHECK(accuracies.upper_quartile == 0.625);
}

TEST_CASE("moments: huge values do not overflow, and large ones keep their small deviations") {
  const SampleMoments huge = moments_of(Doubles{1e308, 1.5e308, 1.5e308});
  CHECK(huge.mean == doctest::Approx(1e308 + 1e308 / 3).epsilon(1e-15));
  CHECK(huge.population_deviation == doctest::Approx(1e308 / std::sqrt(18)).epsilon(1e-15));
  const SampleMoments offset = moments_of(Doubles{1e9 + 1, 1e9 + 2, 1e9 + 3});
  CHECK(offset.mean == 1e9 + 2);
  CHECK(offset.sample_deviation == 1);
}

TEST_CASE("moments: what few values cannot give is NaN, and what no values can give is refused") {
  CHECK(std::isnan(moments_of({}).mean));
  const SampleMoments one = moments_of(Doubles{3});
  CHECK(one.mean == 3);
  CHECK(one.population_deviation == 0);
  CHECK(std::isnan(one.sample_deviation));
  CHECK(std::isnan(one.standard_error));
  CHECK(std::isnan(summary_of_sample({}, Better::smaller).median));
  check_error([] { moments_of(Doubles{1, infinity}); }, Fault::usage, "one is inf");
  check_error([] { quantile(Doubles{}, 0.5); }, Fault::usage, "no values");
  check_error([] { quantile(Doubles{1, not_a_number}, 0.5); }, Fault::usage, "NaN");
  check_error([] { quantile(Doubles{1}, 1.5); }, Fault::usage, "1.5");
  check_error([] { quantile(Doubles{1}, not_a_number); }, Fault::usage, "nan");
}

TEST_CASE("moments: quantiles next to infinities") {
  CHECK(quantile(Doubles{1, infinity, infinity}, 0.75) == infinity);
  CHECK(quantile(Doubles{1, 2, infinity}, 0.5) == 2);
  CHECK(quantile(Doubles{1, 2, infinity}, 0.51) == infinity);
  CHECK(quantile(Doubles{-infinity, 2, 3}, 0.25) == -infinity);
  CHECK(quantile(Doubles{-infinity, infinity}, 0.5) == infinity);
  CHECK(quantile(Doubles{-1.5e308, 1.5e308}, 0.5) == 0);  // whose difference is no double
}

}  // namespace
}  // namespace deepobs::test
