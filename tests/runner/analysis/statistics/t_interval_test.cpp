#include "runner/analysis/statistics/t_interval.h"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "tests/error_of.h"

namespace deepobs {

// scipy 1.17: stats.t.interval(level, n - 1, mean(x), sem(x)).
TEST_CASE("t_interval: scipy's numbers") {
  const auto two = t_interval(std::vector<double>{1, 3});
  REQUIRE(two);
  CHECK(two->low == doctest::Approx(-10.706204736174698).epsilon(1e-12));
  CHECK(two->high == doctest::Approx(14.706204736174698).epsilon(1e-12));
  const auto five = t_interval(std::vector<double>{0.91, 0.92, 0.905, 0.93, 0.9}, 0.9);
  REQUIRE(five);
  CHECK(five->low == doctest::Approx(0.901519653712071).epsilon(1e-12));
  CHECK(five->high == doctest::Approx(0.9244803462879291).epsilon(1e-12));
}

TEST_CASE("t_interval: none of one value, or of one that is not finite") {
  CHECK_FALSE(t_interval({}));
  CHECK_FALSE(t_interval(std::vector<double>{1}));
  CHECK_FALSE(t_interval(std::vector<double>{1, std::nan(""), 2}));
  CHECK_FALSE(t_interval(std::vector<double>{1, HUGE_VAL}));
  const auto equal = t_interval(std::vector<double>{2, 2, 2});
  REQUIRE(equal);
  CHECK(equal->low == 2);
  CHECK(equal->high == 2);
  check_error([] { (void)t_interval(std::vector<double>{1, 2}, 1); }, Fault::usage, "between 0 and 1");
}

}  // namespace deepobs
