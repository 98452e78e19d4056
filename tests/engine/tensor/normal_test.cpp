#include "engine/tensor/normal.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

namespace deepobs {
namespace {

TEST_CASE("normal: quantiles of the normal distribution to 1e-14 of their value") {
  struct Known {
    double p, x;
  };
  // Newton's method on Phi with 60 digits, from exactly these doubles p: the centre, both sides of each seam between
  // the three approximations (|p - 0.5| = 0.425, and p = exp(-25)), and the far tail.
  const std::vector<Known> all{{0.5 + 0x1p-20, 0.0000023905070062955740}, {0.6, 0.2533471031357997413246},
                               {0.75, 0.6744897501960817432022},          {0.9, 1.2815515655446005934874},
                               {0.925, 1.4395314709384562290633},         {0.95, 1.6448536269514722842763},
                               {0.975, 1.9599639845400538556044},         {0.99, 2.3263478740408407676371},
                               {0.999, 3.0902323061678132777582},         {0.075, -1.439531470938455934949},
                               {0.0749, -1.440238267527963663112},        {0.01, -2.326347874040841093075},
                               {0.001, -3.090232306167813535358},         {1e-05, -4.264890793922824610233},
                               {1.4e-11, -6.656723091518183635597},       {1.3e-11, -6.667611456510740834662},
                               {1e-10, -6.361340902404056199100},         {1e-20, -9.262340089798407579572},
                               {1e-50, -14.93333753478848898065},         {1e-100, -21.27345356096532429417},
                               {1e-300, -37.04709629936119923654}};
  for (const auto& known : all) {
    CAPTURE(known.p);
    CHECK(std::abs(normal_quantile(known.p) - known.x) <= 1e-14 * std::abs(known.x));
  }
}

TEST_CASE("normal: the median is exactly zero, and the two sides mirror each other bit for bit") {
  CHECK(normal_quantile(0.5) == 0.);
  for (int k = 1; k < 4096; ++k) {
    const double p = k * 0x1p-13;  // 1 - p is exact
    CHECK(normal_quantile(1. - p) == -normal_quantile(p));
  }
  CHECK(normal_quantile(0x1p-53) == -normal_quantile(1. - 0x1p-53));
}

TEST_CASE("normal: quantiles grow with p, across the seams too") {
  double last = -std::numeric_limits<double>::infinity();
  int falls = 0;
  for (int k = 1; k < 100'000; ++k) {
    const double x = normal_quantile(k * 1e-5);
    falls += x <= last;
    last = x;
  }
  for (double p = 1e-12; p < 1e-10; p *= 1.001) falls += normal_quantile(p * 1.001) <= normal_quantile(p);
  CHECK(falls == 0);
}

TEST_CASE("normal: there is no quantile outside 0 to 1") {
  const double nan = std::numeric_limits<double>::quiet_NaN(), infinity = std::numeric_limits<double>::infinity();
  for (const double p : {0., 1., -0.1, 1.1, infinity, -infinity, nan}) CHECK(std::isnan(normal_quantile(p)));
  CHECK(std::isfinite(normal_quantile(std::numeric_limits<double>::denorm_min())));
}

}  // namespace
}  // namespace deepobs
