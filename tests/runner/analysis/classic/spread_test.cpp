#include "runner/analysis/classic/spread.h"

#include <doctest/doctest.h>

#include <cmath>

namespace deepobs {

TEST_CASE("spread: quartiles beside an infinity are values, mean and deviation what arithmetic makes of it") {
  const Spread spread = spread_of(std::vector<double>{HUGE_VAL, 1, 2});
  CHECK(spread.n == 3);
  CHECK(spread.median == 2);
  CHECK(spread.q25 == 1.5);
  CHECK(spread.q75 == HUGE_VAL);
  CHECK(spread.mean == HUGE_VAL);
  CHECK(std::isnan(spread.std));
  CHECK(std::isnan(spread_of(std::vector<double>{1, 2, NAN}).median));
  CHECK(std::isnan(spread_of(std::vector<double>{-HUGE_VAL, HUGE_VAL}).mean));
}

TEST_CASE("spread: the mean curve has the means of the bands") {
  const std::vector<double> a{1, 0.1, NAN}, b{2, 0.2, 1}, c{4, 0.7, 2};
  const std::vector<const std::vector<double>*> lists{&a, &b, &c};
  const std::vector<double> means = mean_curve(lists);
  const Bands bands = bands_of(lists);
  CHECK(bands.n == 3);
  CHECK(means[0] == bands.mean[0]);
  CHECK(means[1] == bands.mean[1]);
  CHECK(std::isnan(means[2]));
  CHECK(std::isnan(bands.mean[2]));
}

}  // namespace deepobs
