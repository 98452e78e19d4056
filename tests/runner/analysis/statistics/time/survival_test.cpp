#include "runner/analysis/statistics/time/survival.h"

#include "runner/analysis/statistics/numbers/special_functions.h"
#include "runner/analysis/statistics/sample/mean_interval.h"
#include "tests/error_of.h"
#include "tests/runner/analysis/statistics/golden_statistics.h"

namespace deepobs::test {
namespace {

std::vector<TimeToTarget> runs_of(const json& times, const json& reached) {
  std::vector<TimeToTarget> runs;
  for (std::size_t i = 0; i < times.size(); ++i) runs.push_back({times[i], reached[i] != 0});
  return runs;
}

TEST_CASE("survival: curve, intervals, medians and restricted means are those of lifelines") {
  for (const json& one : golden("survival")["curves"]) {
    const std::vector<TimeToTarget> runs = runs_of(one["times"], one["reached"]);
    const SurvivalCurve curve = kaplan_meier(runs);
    REQUIRE(curve.steps.size() == one["steps"].size());
    for (std::size_t i = 0; i < curve.steps.size(); ++i) {
      const SurvivalStep& step = curve.steps[i];
      const json& row = one["steps"][i];
      INFO("time ", step.time);
      CHECK(step.time == row[0].get<double>());
      CHECK(step.at_risk == row[1].get<std::size_t>());
      CHECK(step.reached == row[2].get<std::size_t>());
      CHECK(step.censored == row[3].get<std::size_t>());
      check_close({step.share, step.low, step.high}, {number(row[4]), number(row[5]), number(row[6])}, 1e-12, 1e-3);
      check_close(survival_at(curve, step.time), step.share);
      if (step.time > 1) check_close(survival_at(curve, step.time - 0.5), i == 0 ? 1 : curve.steps[i - 1].share);
    }
    check_close(curve.median, number(one["median"]));
    check_close({curve.median_interval.low, curve.median_interval.high}, numbers(one["median_interval"]));
    for (const json& row : one["means"]) {
      const Estimate mean = restricted_mean_time(runs, row[0]);
      check_close(mean.value, row[1]);
      if (has(mean.rule, "Greenwood")) {
        const double half = standard_normal_quantile(0.975) * row[2].get<double>();
        check_close({mean.interval->low, mean.interval->high},
                    {std::max(mean.value - half, 0.), std::min(mean.value + half, row[0].get<double>())});
      }
    }
  }
}

TEST_CASE("survival: without censoring before the horizon the restricted mean is a mean, with its t interval") {
  const std::vector<TimeToTarget> runs{{5, true}, {9, true}, {20, false}, {14, true}};
  const Estimate mean = restricted_mean_time(runs, 12), expected = mean_interval(Doubles{5, 9, 12, 12});
  check_close(mean.value, expected.value);
  check_close({mean.interval->low, mean.interval->high}, {expected.interval->low, expected.interval->high});
  CHECK(has(mean.rule, "t interval"));
}

TEST_CASE("survival: the log-rank test is that of lifelines") {
  for (const json& one : golden("survival")["log_rank"]) {
    const auto a = runs_of(one["a"][0], one["a"][1]), b = runs_of(one["b"][0], one["b"][1]);
    const TestResult test = log_rank_test(a, b), other = log_rank_test(b, a);
    check_close(test.statistic, number(one["statistic"]), 1e-12, 1e-3);
    check_close(test.p, number(one["p"]), 1e-11);
    check_close(other.p, test.p);
  }
  const std::vector<TimeToTarget> never{{50, false}, {50, false}}, early{{1, true}}, late{{9, false}};
  CHECK(std::isnan(log_rank_test(never, never).p));
  CHECK(has(log_rank_test(never, never).caveat, "No run reached"));
  CHECK(log_rank_test(early, late).p < 1);
}

TEST_CASE("survival: figures of a small study, by hand") {
  std::vector<TimeToTarget> runs;
  for (const int time : {12, 15, 15, 20, 33, 41, 27}) runs.push_back({static_cast<double>(time), true});
  for (int i = 0; i < 3; ++i) runs.push_back({100, false});
  const SurvivalCurve curve = kaplan_meier(runs);
  check_close(survival_at(curve, 41), 0.3);
  CHECK(curve.median == 27);
  check_close(restricted_mean_time(runs, 100).value, 46.3);
  CHECK(legacy_speed(runs) == doctest::Approx(46.6));
  CHECK(has(curve.caveat, "Of 10 runs 3 did not reach"));
}

TEST_CASE("survival: what nobody knows is refused") {
  const std::vector<TimeToTarget> runs{{5, true}, {9, false}};
  check_error([&] { survival_at(kaplan_meier(runs), 10); }, Fault::usage, "until 9");
  check_error([&] { restricted_mean_time(runs, 10); }, Fault::usage, "nobody knows");
  check_error([&] { restricted_mean_time(runs, 0); }, Fault::usage, "positive");
  check_error([] { kaplan_meier({}); }, Fault::usage, "no runs");
  check_error([] { kaplan_meier(std::vector<TimeToTarget>{{infinity, false}}); }, Fault::usage, "inf came");
  check_error([&] { log_rank_test(runs, {}); }, Fault::usage, "no runs");
  CHECK(kaplan_meier(runs).median == 5);
  CHECK(kaplan_meier(std::vector<TimeToTarget>{{9, false}}).median == infinity);
  CHECK(survival_at(kaplan_meier(std::vector<TimeToTarget>{{9, true}}), 1000) == 0);
}

}  // namespace
}  // namespace deepobs::test
