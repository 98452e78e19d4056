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
  check_close(band.middle, numbers(all["mean"]), 1e-12, 1);
  check_close(band.low, numbers(all["low"]), 1e-12, 1);
  check_close(band.high, numbers(all["high"]), 1e-12, 1);
  const CurveBand pointwise = pointwise_band(runs, all["level"]);
  const Doubles error = numbers(all["error"]);
  for (std::size_t e = 0; e < error.size(); ++e) {
    check_close(pointwise.high[e] - pointwise.middle[e], all["t_factor"].get<double>() * error[e], 1e-12, 1);
    CHECK(band.high[e] >= pointwise.high[e]);
    CHECK(band.low[e] <= pointwise.low[e]);
  }
  CHECK(pointwise.low[0] == pointwise.high[0]);  // where all begin alike
}

TEST_CASE("curve band: mean and deviation, median and quartiles describe the runs as DeepOBS does") {
  const std::vector<Doubles> runs{{3, 2}, {1, not_a_number}, {2, 4}, {6, 3}};
  const CurveBand deviation = deviation_band(runs);
  CHECK(deviation.middle == Doubles{3, 3});
  check_close(deviation.low, {3 - std::sqrt(3.5), 3 - std::sqrt(2. / 3)});
  check_close(deviation.high, {3 + std::sqrt(3.5), 3 + std::sqrt(2. / 3)});
  CHECK(deviation.n == std::vector<std::size_t>{4, 3});
  CHECK(deviation.level == 0);
  CHECK(has(deviation.caveat, "not how sure the mean is"));
  CHECK(has(deviation.caveat, "1 diverged"));
  const CurveBand quartiles = quartile_band(runs, Better::smaller);
  CHECK(quartiles.middle == Doubles{2.5, 3.5});
  CHECK(quartiles.low == Doubles{1.75, 2.75});
  CHECK(quartiles.high == Doubles{3.75, infinity});
  CHECK(quartile_band(runs, Better::larger).middle == Doubles{2.5, 2.5});
  CHECK(deviation_band(std::vector<Doubles>{{5}}).high == Doubles{5});
  check_error([] { deviation_band({}); }, Fault::usage, "no runs");
  check_error([] { quartile_band({}, Better::smaller); }, Fault::usage, "no runs");
}

TEST_CASE("curve band: over one epoch the simultaneous band is Student's") {
  const std::vector<Doubles> runs{{1}, {2}, {4}, {3}, {7}};
  const CurveBand simultaneous = simultaneous_band(runs, 0.95, 200000), pointwise = pointwise_band(runs, 0.95);
  check_close(simultaneous.high[0] - simultaneous.middle[0], pointwise.high[0] - pointwise.middle[0], 0.02);
}

TEST_CASE("curve band: runs that diverge are counted, and a single run has no band") {
  const std::vector<Doubles> runs{{3, 2, 1}, {3, 1, not_a_number}, {3, infinity, not_a_number}};
  const CurveBand pointwise = pointwise_band(runs);
  CHECK(pointwise.runs == 3);
  CHECK(pointwise.n_diverged == 2);
  CHECK(pointwise.n == std::vector<std::size_t>{3, 2, 1});
  CHECK(pointwise.middle == Doubles{3, 1.5, 1});
  CHECK(std::isnan(pointwise.low[2]));
  CHECK(has(pointwise.caveat, "2 diverged"));
  const CurveBand simultaneous = simultaneous_band(runs);
  CHECK(simultaneous.middle == Doubles{3, 2, 1});
  CHECK(simultaneous.n == std::vector<std::size_t>{1, 1, 1});
  CHECK(std::isnan(simultaneous.high[0]));
  CHECK(has(simultaneous.caveat, "there is no band"));
  const std::vector<Doubles> lost{{infinity}, {not_a_number}};
  CHECK(std::isnan(simultaneous_band(lost).middle[0]));
  CHECK(std::isnan(pointwise_band(lost).middle[0]));
  const std::vector<Doubles> uneven{{1, 2}, {1}};
  check_error([&] { pointwise_band(uneven); }, Fault::usage, "one has 2 values, another 1");
  check_error([&] { pointwise_band(runs, 1); }, Fault::usage, "0.95");
  check_error([] { simultaneous_band({}); }, Fault::usage, "no runs");
  CHECK(pointwise_band(std::vector<Doubles>{{}, {}}).middle.empty());
}

}  // namespace
}  // namespace deepobs::test
