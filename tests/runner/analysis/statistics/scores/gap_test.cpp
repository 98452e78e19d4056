#include "runner/analysis/statistics/scores/gap.h"

#include "tests/error_of.h"
#include "tests/runner/analysis/statistics/golden_statistics.h"

namespace deepobs::test {
namespace {

TEST_CASE(
    "gap: accuracies are measured as they are, losses by their logarithms, and what is better than the best is above "
    "1") {
  const GapScale accuracy = gap_scale(0.1, 0.9, Better::larger);
  CHECK_FALSE(accuracy.logarithmic);
  check_close(gap_closed(0.1, accuracy), 0);
  check_close(gap_closed(0.5, accuracy), 0.5);
  check_close(gap_closed(0.98, accuracy), 1.1);
  check_close(gap_closed(0.02, accuracy), -0.1);
  const GapScale loss = gap_scale(100, 0.01, Better::smaller);
  CHECK(loss.logarithmic);
  check_close(gap_closed(1, loss), 0.5);
  check_close(gap_closed(0.001, loss), 1.25);
  CHECK(gap_closed(not_a_number, loss) == -infinity);
  CHECK(gap_closed(-infinity, loss) == -infinity);
  const GapScale extreme = gap_scale(1e300, 1e-300, Better::smaller);  // whose ratio is no double
  check_close(gap_closed(1e-150, extreme), 0.75);
}

TEST_CASE("gap: a loss that is not positive makes the scale linear") {
  CHECK_FALSE(gap_scale(1, -1, Better::smaller).logarithmic);
  CHECK_FALSE(gap_scale(1, 0.5, Better::smaller, Doubles{0.7, 0, not_a_number}).logarithmic);
  CHECK(gap_scale(1, 0.5, Better::smaller, Doubles{0.7, infinity, not_a_number, -infinity}).logarithmic);
  check_close(gap_closed(0, gap_scale(1, 0.5, Better::smaller, Doubles{0})), 2);
  check_error([] { gap_closed(0, gap_scale(1, 0.5, Better::smaller)); }, Fault::usage, "give all values");
  check_error([] { gap_scale(1, 1, Better::smaller); }, Fault::usage, "no gap to close");
  check_error([] { gap_scale(0.5, 0.4, Better::larger); }, Fault::usage, "not better");
  check_error([] { gap_scale(not_a_number, 0.4, Better::larger); }, Fault::usage, "nan");
}

TEST_CASE("gap: a value at a share is the inverse, exact at both ends") {
  for (const GapScale& scale : {gap_scale(2.303, 0.0071, Better::smaller), gap_scale(0.1, 0.93, Better::larger)}) {
    CHECK(value_at_gap(0, scale) == scale.start);
    CHECK(value_at_gap(1, scale) == scale.best);
    for (const double share : {0.05, 0.5, 0.95, 1.2}) check_close(gap_closed(value_at_gap(share, scale), scale), share);
  }
  const GapScale extreme = gap_scale(1e300, 1e-300, Better::smaller);  // whose ratio is no double
  check_close(value_at_gap(0.75, extreme) / 1e-150, 1);
  const GapScale wide = gap_scale(-1.5e308, 1.5e308, Better::larger);  // whose difference is none
  check_close(value_at_gap(0.75, wide), 0.75e308);
  check_close(gap_closed(0.75e308, wide), 0.75);
}

TEST_CASE("gap: the optimality gap is rliable's; diverged runs are counted and no part of it") {
  const json& all = golden("scores");
  Doubles pool;
  for (const Doubles& runs : rows(all["problems"])) pool.insert(pool.end(), runs.begin(), runs.end());
  check_close(optimality_gap(pool).value, all["optimality_gap"]);
  const Estimate gap = optimality_gap(Doubles{2, 0.5, -infinity});
  CHECK(gap.value == 0.25);
  CHECK(gap.n == 3);
  CHECK(gap.n_diverged == 1);
  CHECK(has(gap.caveat, "1 diverged"));
  CHECK(std::isnan(optimality_gap(Doubles{-infinity}).value));
  check_error([] { optimality_gap(Doubles{}); }, Fault::usage, "no scores");
}

}  // namespace
}  // namespace deepobs::test
