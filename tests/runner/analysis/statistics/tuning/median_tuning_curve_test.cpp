#include "runner/analysis/statistics/tuning/median_tuning_curve.h"

#include "tests/error_of.h"
#include "tests/runner/analysis/statistics/golden_statistics.h"

namespace deepobs::test {
namespace {

TEST_CASE("median tuning curve: medians and the band of Dvoretzky, Kiefer and Wolfowitz are those of opda") {
  for (const json& one : golden("tuning")["curves"]) {
    const Doubles values = numbers(one["values"]);
    const auto budgets = one["budgets"].get<std::vector<std::size_t>>();
    const MedianTuningCurve curve = median_tuning_curve(values, one["minimize"] ? Better::smaller : Better::larger,
                                                        Search::random, CdfBandKind::dkw, budgets);
    check_close(curve.values, numbers(one["median"]));
    check_close(curve.low, numbers(one["low"]));
    check_close(curve.high, numbers(one["high"]));
  }
}

TEST_CASE("median tuning curve: the band of order statistics is the tighter one where trials are many") {
  Doubles values;
  for (int i = 0; i < 200; ++i) values.push_back(i);
  const std::vector<std::size_t> budgets{1, 5, 15, 40};
  const auto dkw = median_tuning_curve(values, Better::smaller, Search::random, CdfBandKind::dkw, budgets);
  const auto order =
      median_tuning_curve(values, Better::smaller, Search::random, CdfBandKind::order_statistics, budgets);
  CHECK(order.values == dkw.values);
  CHECK(dkw.low[2] == -infinity);
  CHECK(order.low[2] > -infinity);
  CHECK(order.high[3] < dkw.high[3]);
  CHECK(order.low[3] <= order.values[3]);
  CHECK(has(dkw.caveat, "cannot tell how good"));
}

TEST_CASE("median tuning curve: diverged trials are the worst, and other searches than random ones are refused") {
  const Doubles values{not_a_number, 2, infinity, 1};
  const auto curve = median_tuning_curve(values, Better::smaller, Search::random);
  CHECK(curve.budgets == std::vector<std::size_t>{1, 2, 3, 4});
  CHECK(curve.values == Doubles{infinity, 2, 1, 1});
  CHECK(curve.n_diverged == 2);
  CHECK(median_tuning_curve(values, Better::larger, Search::random).values[0] == -infinity);
  check_error([&] { median_tuning_curve(values, Better::smaller, Search::grid); }, Fault::usage, "grid");
  check_error([&] { median_tuning_curve(values, Better::smaller, Search::model); }, Fault::usage,
              "depend on those before");
  check_error([] { median_tuning_curve(Doubles{}, Better::smaller, Search::random); }, Fault::usage, "no trials");
}

}  // namespace
}  // namespace deepobs::test
