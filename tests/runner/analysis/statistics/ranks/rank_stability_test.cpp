#include "runner/analysis/statistics/ranks/rank_stability.h"

#include "tests/error_of.h"
#include "tests/runner/analysis/statistics/golden_statistics.h"

namespace deepobs::test {
namespace {

using Runs = std::vector<std::vector<Doubles>>;

TEST_CASE("rank stability: probabilities and intervals are those of numpy with the same resamples") {
  const json& all = golden("ranks");
  Runs runs;
  for (const json& optimizer : all["runs"]) runs.push_back(rows(optimizer));
  for (const json& one : all["stability"]) {
    const RankStability stability =
        rank_stability(runs, Better::larger, one["by"] == "mean" ? SummedUpBy::mean : SummedUpBy::median,
                       one["strata"] == "fixed" ? Strata::fixed : Strata::resampled, {.resamples = 400, .seed = 2});
    const std::vector<Doubles> probabilities = rows(one["probabilities"]), intervals = rows(one["intervals"]);
    for (std::size_t i = 0; i < runs.size(); ++i) {
      check_close(stability.probabilities[i], probabilities[i]);
      const Interval& interval = *stability.mean_ranks[i].interval;
      check_close({interval.low, interval.high}, intervals[i]);
    }
    CHECK(has(stability.caveat, "3 runs"));
  }
}

TEST_CASE("rank stability: a clear winner is first in every resample, and equal ones share their places") {
  const Doubles good{1, 1.1, 1.2, 1.05, 1.15}, bad{2, 2.1, 2.2, 2.3, 2.4};
  const RankStability stability = rank_stability(Runs{{bad, bad}, {good, good}}, Better::smaller);
  CHECK(stability.probabilities[1] == Doubles{1, 0});
  CHECK(stability.mean_ranks[1].value == 1);
  CHECK(stability.mean_ranks[0].interval->low == 2);
  CHECK(stability.mean_ranks[0].n == 10);
  CHECK(stability.caveat.empty());
  const Doubles same{1, 1, 1, 1, 1};
  const RankStability tied = rank_stability(Runs{{same}, {same}}, Better::smaller);
  CHECK(tied.mean_ranks[0].value == 1.5);
  check_close(tied.probabilities[0], {0.5, 0.5});
}

TEST_CASE("rank stability: a diverged run is worse than all others, and what cannot be ranked is refused") {
  const RankStability stability = rank_stability(Runs{{{not_a_number, 1}}, {{9, 9}}}, Better::smaller);
  CHECK(stability.mean_ranks[0].value == 2);
  CHECK(stability.mean_ranks[0].n_diverged == 1);
  check_close(stability.probabilities[0][0], 0.25, 0.1);  // where the diverged run is not drawn
  check_error([] { rank_stability(Runs{{{1}}}, Better::smaller); }, Fault::usage, "two optimizers");
  check_error([] { rank_stability(Runs{{{1}}, {{1}, {2}}}, Better::smaller); }, Fault::usage, "one has 1, another 2");
  check_error([] { rank_stability(Runs{{{1}}, {{}}}, Better::smaller); }, Fault::usage, "optimizer 1");
  check_error([] { rank_stability(Runs{{}, {}}, Better::smaller); }, Fault::usage, "no problems");
}

}  // namespace
}  // namespace deepobs::test
