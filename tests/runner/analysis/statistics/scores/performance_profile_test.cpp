#include "runner/analysis/statistics/scores/performance_profile.h"

#include "tests/error_of.h"
#include "tests/runner/analysis/statistics/golden_statistics.h"

namespace deepobs::test {
namespace {

TEST_CASE("performance profile: scores are the integrals of the step functions") {
  const json& all = golden("profiles");
  const std::vector<Doubles> times = rows(all["times"]);
  for (const json& one : all["scores"])
    check_close(performance_profile(times, one["largest"]).scores, numbers(one["scores"]));
  const PerformanceProfile profile = performance_profile(times);
  CHECK(profile.ratios[0] == Doubles{1, 2, 1, infinity, 1});
  CHECK(profile.ratios[2] == Doubles{3.5, infinity, 4, infinity, infinity});  // 12.1 / 3 is beyond 4
  CHECK(profile.unsolved == std::vector<std::size_t>{3});
  CHECK(has(profile.caveat, "On 1 problem of 5 nobody"));
  CHECK(profile_at(profile, 0, 1) == 0.6);
  CHECK(profile_at(profile, 0, 2) == 0.8);
  CHECK(profile_at(profile, 0, infinity) == 0.8);
  CHECK(profile_at(profile, 2, 0.9) == 0);
}

TEST_CASE("performance profile: intervals of scores are those of numpy with the same resamples") {
  const json& all = golden("profiles");
  std::vector<std::vector<Doubles>> seeds;
  for (const json& optimizer : all["seeds"]) seeds.push_back(rows(optimizer));
  for (const Strata strata : {Strata::fixed, Strata::resampled}) {
    const std::vector<Estimate> scores = profile_scores(seeds, 4, strata, {.resamples = 300, .seed = 4});
    const std::vector<Doubles> intervals = rows(all[strata == Strata::fixed ? "fixed" : "resampled"]);
    for (std::size_t i = 0; i < scores.size(); ++i) {
      check_close(scores[i].value, all["seed_scores"][i]);
      check_close({scores[i].interval->low, scores[i].interval->high}, intervals[i]);
      CHECK(has(scores[i].caveat, "3 times"));
    }
    CHECK(scores[2].n == 6);
    CHECK(scores[2].n_diverged == 2);
  }
  seeds[1][0].clear();
  check_error([&] { profile_scores(seeds); }, Fault::usage, "optimizer 1 has no times");
  check_error([] { profile_scores({}); }, Fault::usage, "no optimizers");
}

TEST_CASE("performance profile: times of zero, NaN, and what is refused") {
  const std::vector<Doubles> times{{0, not_a_number}, {0, 5}, {1, 5}};
  const PerformanceProfile profile = performance_profile(times);
  CHECK(profile.ratios[0] == Doubles{1, infinity});
  CHECK(profile.ratios[1] == Doubles{1, 1});
  CHECK(profile.ratios[2] == Doubles{infinity, 1});
  CHECK(profile.scores == Doubles{0.5, 1, 0.5});
  CHECK(profile.unsolved.empty());
  check_error([] { performance_profile({}); }, Fault::usage, "no optimizers");
  check_error([] { performance_profile(std::vector<Doubles>{{1, 2}, {1}}); }, Fault::usage, "2, another 1");
  check_error([] { performance_profile(std::vector<Doubles>{{-1}}); }, Fault::usage, "-1 came");
  check_error([] { performance_profile(std::vector<Doubles>{{1}}, 1); }, Fault::usage, "above 1");
  check_error([&] { profile_at(profile, 3, 1); }, Fault::usage, "optimizer 3 of 3");
}

}  // namespace
}  // namespace deepobs::test
