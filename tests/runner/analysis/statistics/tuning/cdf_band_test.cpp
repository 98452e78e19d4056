#include "runner/analysis/statistics/tuning/cdf_band.h"

#include "tests/error_of.h"
#include "tests/runner/analysis/statistics/golden_statistics.h"

namespace deepobs::test {
namespace {

TEST_CASE("cdf band: the chance that all order statistics are inside is Steck's determinant, and Kolmogorov's") {
  for (const json& one : golden("cdf_bands")["coverages"])
    check_close(band_coverage(numbers(one["low"]), numbers(one["high"])), one["coverage"], 1e-10);
  CHECK(band_coverage(Doubles{0, 0}, Doubles{1, 1}) == doctest::Approx(1).epsilon(1e-12));
  const Doubles zeros(3000, 0), ones(3000, 1);
  check_close(band_coverage(zeros, ones), 1, 1e-11);
  check_close(band_coverage(Doubles{0, 0.5}, Doubles{0.5, 1}), 0.5);
  CHECK(band_coverage(Doubles{0.5}, Doubles{0.5}) == 0);
  CHECK(band_coverage(Doubles{0.6}, Doubles{0.5}) == 0);
  CHECK(band_coverage(Doubles{0.1, 0.2}, Doubles{0.1, 0.3}) == 0);
}

TEST_CASE("cdf band: that of the order statistics holds with its level exactly, and is opda's but for its simulation") {
  for (const std::size_t n : {1u, 2u, 3u, 10u, 36u, 300u})
    for (const double level : {0.5, 0.95, 0.999}) {
      const CdfBand band = order_statistics_band(n, level);
      check_close(band_coverage(band.low, band.high), level, 1e-10);
    }
  for (const json& one : golden("cdf_bands")["simulated"]) {
    const CdfBand band = order_statistics_band(one["n"], 0.95);
    check_close(band.low, numbers(one["low"]), 0.02, 0.1);
    check_close(band.high, numbers(one["high"]), 0.02, 0.1);
  }
}

TEST_CASE("cdf band: bounds that do not ascend, no values and no level are refused") {
  check_error([] { order_statistics_band(0, 0.95); }, Fault::usage, "no values");
  check_error([] { dkw_band(3, 1); }, Fault::usage, "1 came");
  check_error([] { band_coverage(Doubles{0.5, 0.4}, Doubles{0.8, 0.9}); }, Fault::usage, "ascend");
  check_error([] { band_coverage(Doubles{0.5}, Doubles{not_a_number}); }, Fault::usage, "ascend");
  check_error([] { band_coverage(Doubles{0.5}, Doubles{}); }, Fault::usage, "1 and 0");
}

}  // namespace
}  // namespace deepobs::test
