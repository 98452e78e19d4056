#include "runner/analysis/statistics/sample/bootstrap.h"

#include <algorithm>

#include "runner/analysis/statistics/sample/moments.h"
#include "tests/error_of.h"
#include "tests/runner/analysis/statistics/golden_statistics.h"

namespace deepobs::test {
namespace {

Statistic statistic_of(const std::string& name) {
  if (name == "mean") return mean_statistic();
  return {"median", [](std::span<const double> values) { return quantile(values, 0.5); }};
}

TEST_CASE("bootstrap: percentile and BCa intervals are scipy's, of the same resamples") {
  for (const json& one : golden("bootstraps")) {
    const Doubles values = numbers(one["values"]);
    INFO("n ", values.size(), ", ", one["statistic"].get<std::string>());
    BootstrapOptions options{.seed = one["seed"]};
    if (one["resamples"] != 0) options.resamples = one["resamples"];
    const Statistic statistic = statistic_of(one["statistic"]);
    const Estimate percentile = bootstrap_percentile(values, statistic, options);
    REQUIRE(percentile.interval);
    check_close(percentile.value, one["value"]);
    check_close({percentile.interval->low, percentile.interval->high}, numbers(one["percentile"]));
    // Where many resamples are equal, which of them are below the statistic depends on the last digit of a mean.
    const Estimate bca = bootstrap_bca(values, statistic, options);
    const Doubles expected = numbers(one["BCa"]);
    REQUIRE(bca.interval.has_value() == !std::isnan(expected[0]));
    if (bca.interval) check_close({bca.interval->low, bca.interval->high}, expected, 1e-11);
  }
}

TEST_CASE("bootstrap: of few values all resamples are enumerated, so that the seed is of no matter") {
  const Doubles five{3, 1, 4, 1, 5};
  CHECK(bootstrap_distribution(five, mean_statistic()).size() == 3125);
  CHECK(bootstrap_distribution(five, mean_statistic(), {.seed = 1}) == bootstrap_distribution(five, mean_statistic()));
  CHECK(has(bootstrap_percentile(five, mean_statistic()).rule, "all 3125 resamples"));
  const Doubles six{3, 1, 4, 1, 5, 9};
  CHECK(bootstrap_distribution(six, mean_statistic()).size() == 10000);
  CHECK(bootstrap_distribution(six, mean_statistic(), {.seed = 1}) != bootstrap_distribution(six, mean_statistic()));
  CHECK(bootstrap_distribution(six, mean_statistic(), {.seed = 1}) ==
        bootstrap_distribution(six, mean_statistic(), {.seed = 1}));
  CHECK(has(bootstrap_percentile(six, mean_statistic(), {.seed = 8}).rule, "10000 resamples, seed 8"));
}

TEST_CASE("bootstrap: what few, equal or diverged values cannot give is told or refused") {
  CHECK_FALSE(bootstrap_percentile(Doubles{2}, mean_statistic()).interval);
  CHECK_FALSE(bootstrap_bca(Doubles{2}, mean_statistic()).interval);
  CHECK(has(bootstrap_percentile(Doubles{2, 3}, mean_statistic()).caveat, "covers less than it says"));
  const Estimate equal = bootstrap_bca(Doubles{2, 2, 2}, mean_statistic());
  CHECK_FALSE(equal.interval);
  CHECK(has(equal.caveat, "no BCa interval"));
  const Estimate infinite = bootstrap_percentile(Doubles{1, 2, infinity}, mean_statistic());
  CHECK(infinite.value == infinity);
  CHECK(infinite.n_diverged == 1);
  CHECK(infinite.interval->high == infinity);
  check_error([] { bootstrap_percentile(Doubles{1, not_a_number}, mean_statistic()); }, Fault::usage, "mean");
  check_error([] { bootstrap_percentile(Doubles{}, mean_statistic()); }, Fault::usage, "no values");
  check_error([] { bootstrap_percentile(Doubles{1, 2}, mean_statistic(), {.resamples = 0}); }, Fault::usage, "10000");
  check_error([] { stratified_bootstrap({}, {"x", {}}); }, Fault::usage, "no problems");
  const std::vector<Doubles> hole{{1, 2}, {}};
  check_error([&] { stratified_bootstrap(hole, {"x", {}}); }, Fault::usage, "problem 1");
}

}  // namespace
}  // namespace deepobs::test
