#include "runner/bench/statistics.h"

#include <doctest/doctest.h>

#include <numeric>

#include "tests/error_of.h"

namespace deepobs {
namespace {

using Doubles = std::vector<double>;

TEST_CASE("bench statistics: median, extremes, and the values in their order") {
  const Summary odd = summary_of({5, 1, 9});
  CHECK(odd.median == 5);
  CHECK(odd.min == 1);
  CHECK(odd.max == 9);
  CHECK(odd.all == Doubles{5, 1, 9});
  CHECK(median_of(Doubles{4, 1, 3, 2}) == 2.5);
  CHECK(median_of(Doubles{7}) == 7);
}

TEST_CASE("bench statistics: percentiles are the nearest rank") {
  Doubles hundred(100);
  std::iota(hundred.begin(), hundred.end(), 1.);  // 1 ... 100
  CHECK(percentile(hundred, 50) == 50);
  CHECK(percentile(hundred, 90) == 90);
  CHECK(percentile(hundred, 99) == 99);
  CHECK(percentile(hundred, 99.5) == 100);
  CHECK(percentile(hundred, 100) == 100);
  CHECK(percentile(hundred, 0.1) == 1);
  CHECK(percentile(Doubles{15, 20, 35, 40, 50}, 30) == 20);
  CHECK(percentile(Doubles{3}, 50) == 3);
}

TEST_CASE("bench statistics: of nothing there are none") {
  check_error([] { summary_of({}); }, Fault::internal, "no values");
  check_error([] { percentile({}, 50); }, Fault::internal, "of 0 values");
  check_error([] { percentile(Doubles{1}, 101); }, Fault::internal, "percentile 101");
}

}  // namespace
}  // namespace deepobs
