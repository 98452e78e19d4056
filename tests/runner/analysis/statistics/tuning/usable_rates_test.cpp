#include "runner/analysis/statistics/tuning/usable_rates.h"

#include "tests/error_of.h"
#include "tests/runner/analysis/statistics/golden_statistics.h"

namespace deepobs::test {
namespace {

TEST_CASE("usable rates: the neighbours of the best one that come near it") {
  const std::vector<RateRuns> rates{{0.1, {0.91, 0.89}}, {0.01, {0.89}},  {0.001, {0.87, 0.87}}, {1, {0.5}},
                                    {1e-4, {0.85}},      {1e-5, {0.885}}, {10, {not_a_number}}};
  const UsableRates usable = usable_rates(rates, Better::larger, 0.1);
  CHECK(usable.best == 0.1);
  CHECK(usable.low == 0.001);  // 1e-5 is as good, but beyond one that is not
  CHECK(usable.high == 0.1);
  check_close(usable.decades, 2);
  CHECK_FALSE(usable.at_low_end);
  CHECK_FALSE(usable.at_high_end);
  CHECK(usable.n == 7);
  CHECK(usable.n_diverged == 1);
  CHECK(usable.caveat.empty());
  CHECK(has(usable.rule, "95 %"));
  CHECK(usable_rates(rates, Better::larger, 0.1, 0).decades == 0);
}

TEST_CASE("usable rates: one diverged seed makes a rate unusable, and the end of the grid is told") {
  const std::vector<RateRuns> rates{{0.1, {1.01, infinity}}, {0.01, {1}}, {0.001, {1.02}}};
  const UsableRates usable = usable_rates(rates, Better::smaller, 100);
  CHECK(usable.best == 0.01);
  CHECK(usable.low == 0.001);
  CHECK(usable.high == 0.01);
  CHECK(usable.at_low_end);
  CHECK_FALSE(usable.at_high_end);
  CHECK(has(usable.caveat, "lowest rate that was tried"));
  const UsableRates only = usable_rates(std::vector<RateRuns>{{0.5, {1}}}, Better::smaller, 2);
  CHECK(only.decades == 0);
  CHECK(has(only.caveat, "lowest and the highest"));
  CHECK(has(only.caveat, "A single rate"));
}

TEST_CASE("usable rates: none at all, and what is refused") {
  const UsableRates diverged = usable_rates(std::vector<RateRuns>{{1, {not_a_number}}}, Better::smaller, 2);
  CHECK(std::isnan(diverged.decades));
  CHECK(has(diverged.caveat, "With every learning rate"));
  const UsableRates worse = usable_rates(std::vector<RateRuns>{{1, {3}}}, Better::smaller, 2);
  CHECK(std::isnan(worse.low));
  CHECK(has(worse.caveat, "epoch 0"));
  check_error([] { usable_rates({}, Better::smaller, 2); }, Fault::usage, "no learning rates");
  check_error(
      [] {
        usable_rates(std::vector<RateRuns>{{0, {3}}}, Better::smaller, 2);
      },
      Fault::usage, "0 is among them");
  check_error([] { usable_rates(std::vector<RateRuns>{{1, {}}}, Better::smaller, 2); }, Fault::usage, "no runs");
  check_error(
      [] {
        usable_rates(std::vector<RateRuns>{{1, {3}}, {1, {2}}}, Better::smaller, 2);
      },
      Fault::usage, "twice");
  check_error([] { usable_rates(std::vector<RateRuns>{{1, {3}}}, Better::smaller, infinity); }, Fault::usage, "inf");
  check_error([] { usable_rates(std::vector<RateRuns>{{1, {3}}}, Better::smaller, 2, 1); }, Fault::usage, "0.05");
}

}  // namespace
}  // namespace deepobs::test
