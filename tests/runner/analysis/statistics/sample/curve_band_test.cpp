#include "runner/analysis/statistics/sample/curve_band.h"

#include "runner/analysis/statistics/numbers/special_functions.h"
#include "tests/error_of.h"
#include "tests/runner/analysis/statistics/golden_statistics.h"

namespace deepobs::test {
namespace {

TEST_CASE("curve band: pointwise and simultaneous bands are those of numpy with the same draws") {
  const json& all = golden("curves");
  const std::vector<Doubles> runs = rows(all["runs"]);
  const CurveBand band = simultaneous_band(runs, all["level"], all["draws"], all["seed"]);
  check_close(band.mean, numbers(all["mean"]), 1e-12, 1);
  check_close(band.low, numbers(all["low"]), 1e-12, 1);
  check_close(band.high, numbers(all["high"]), 1e-12, 1);
  const CurveBand pointwise = pointwise_band(runs, all["level"]);
  const Doubles error = numbers(all["error"]);
  for (std::size_t e = 0; e < error.size(); ++e) {
    check_close(pointwise.high[e] - pointwise.mean[e], all["t_factor"].get<double>() * error[e], 1e-12, 1);
    CHECK(band.high[e] >= pointwise.high[e]);
    CHECK(band.low[e] <= pointwise.low[e]);
  }
  CHECK(pointwise.low[0] == pointwise.high[0]);  // where all begin alike
}

TEST_CASE("curve band: over one epoch the simultaneous band is Student's") {
  const std::vector<Doubles> runs{{1}, {2}, {4}, {3}, {7}};
  const CurveBand simultaneous = simultaneous_band(runs, 0.95, 200000), pointwise = pointwise_band(runs, 0.95);
  check_close(simultaneous.high[0] - simultaneous.mean[0], pointwise.high[0] - pointwise.mean[0], 0.02);
}

TEST_CASE("curve band: runs that diverge are counted, and a single run has no band") {
  const std::vector<Doubles> runs{{3, 2, 1}, {3, 1, not_a_number}, {3, infinity, not_a_number}};
  const CurveBand pointwise = pointwise_band(runs);
  CHECK(pointwise.runs == 3);
  CHECK(pointwise.n_diverged == 2);
  CHECK(pointwise.n == std::vector<std::size_t>{3, 2, 1});
  CHECK(pointwise.mean == Doubles{3, 1.5, 1});
  CHECK(std::isnan(pointwise.low[2]));
  CHECK(has(pointwise.caveat, "2 diverged"));
  const CurveBand simultaneous = simultaneous_band(runs);
  CHECK(simultaneous.mean == Doubles{3, 2, 1});
  CHECK(simultaneous.n == std::vector<std::size_t>{1, 1, 1});
  CHECK(std::isnan(simultaneous.high[0]));
  CHECK(has(simultaneous.caveat, "there is no band"));
  const std::vector<Doubles> lost{{infinity}, {not_a_number}};
  CHECK(std::isnan(simultaneous_band(lost).mean[0]));
  CHECK(std::isnan(pointwise_band(lost).mean[0]));
  const std::vector<Doubles> uneven{{1, 2}, {1}};
  check_error([&] { pointwise_band(uneven); }, Fault::usage, "one has 2 values, another 1");
  check_error([] { simultaneous_band({}); }, Fault::usage, "no runs");
  CHECK(pointwise_band(std::vector<Doubles>{{}, {}}).mean.empty());
}

}  // namespace
}  // namespace deepobs::test
