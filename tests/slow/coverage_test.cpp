#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "runner/analysis/statistics/hypothesis/paired_differences.h"
#include "runner/analysis/statistics/hypothesis/paired_tests.h"
#include "runner/analysis/statistics/numbers/resampling.h"
#include "runner/analysis/statistics/numbers/special_functions.h"
#include "runner/analysis/statistics/sample/bootstrap.h"
#include "runner/analysis/statistics/sample/curve_band.h"
#include "runner/analysis/statistics/sample/mean_interval.h"
#include "runner/analysis/statistics/scores/improvement.h"
#include "runner/analysis/statistics/scores/interquartile_mean.h"
#include "runner/analysis/statistics/time/survival.h"
#include "runner/analysis/statistics/tuning/cdf_band.h"
#include "runner/analysis/statistics/tuning/median_tuning_curve.h"

// How often intervals and bands hold the true value that they are promised to hold, and tests reject what is true, over
// many studies that are drawn. With 10,000 studies a share near 0.95 is known to 0.0022.

namespace deepobs::test {
namespace {

using Doubles = std::vector<double>;

/// A stream of its own: procedures under test draw with other purposes and seeds.
struct Studies {
  double normal() { return standard_normal_quantile(random.unit()); }
  double exponential() { return -std::log(random.unit()); }
  template <class One>
  Doubles sample(std::size_t n, One one) {
    Doubles values(n);
    for (double& value : values) value = one();
    return values;
  }
  Resampling random{20260101, static_cast<Draw>(99)};
};

template <class Holds>
double share(int studies, Holds holds) {
  int count = 0;
  for (int study = 0; study < studies; ++study) count += holds();
  return static_cast<double>(count) / studies;
}

bool covers(const std::optional<Interval>& interval, double truth) {
  return interval && interval->low <= truth && truth <= interval->high;
}

void check_between(const std::string& what, double least, double covered, double most) {
  INFO(what, ": ", covered);
  CHECK(covered >= least);
  CHECK(covered <= most);
}

TEST_CASE("coverage: t intervals hold a mean of 3, 5 and 10 runs with 95 %") {
  for (const std::size_t n : {3u, 5u, 10u}) {
    INFO("n ", n);
    Studies studies;
    check_between("mean, normal", 0.94,
                  share(10000,
                        [&] {
                          return covers(
                              mean_interval(studies.sample(n, [&] { return 3 + 0.1 * studies.normal(); })).interval, 3);
                        }),
                  0.96);
    // Ten times skewer than any loss: the median of exp(1.5 z) is 1, and so is its geometric mean.
    check_between(
        "geometric mean, log-normal", 0.94,
        share(
            10000,
            [&] {
              return covers(
                  geometric_mean_interval(studies.sample(n, [&] { return std::exp(1.5 * studies.normal()); })).interval,
                  1);
            }),
        0.96);
    check_between("paired difference", 0.94,
                  share(10000,
                        [&] {
                          std::vector<SeededValue> a, b;
                          for (std::size_t seed = 0; seed < n; ++seed) {
                            const double luck = studies.exponential();  // of the seed, for both
                            a.push_back({static_cast<std::int64_t>(seed), luck + 0.1 * studies.normal()});
                            b.push_back({static_cast<std::int64_t>(seed), luck + 0.2 + 0.1 * studies.normal()});
                          }
                          return covers(mean_difference(paired_differences(a, b, Better::smaller)).interval, 0.2);
                        }),
                  0.96);
  }
}

TEST_CASE("coverage: the interval of the median has the level that it states, however skewed the runs are") {
  for (const std::size_t n : {6u, 10u, 25u}) {
    INFO("n ", n);
    Studies studies;
    double level = 0;
    const double covered = share(10000, [&] {
      const Estimate median =
          median_interval(studies.sample(n, [&] { return std::exp(2 * studies.normal()); }), Better::smaller);
      level = median.interval->level;
      return covers(median.interval, 1);
    });
    check_between("median", level - 0.01, covered, level + 0.01);
    CHECK(level >= 0.95);
  }
}

TEST_CASE("coverage: a bootstrap of few runs covers as little as its documentation says") {
  const double documented[] = {0.75, 0.83, 0.90};
  const std::size_t sizes[] = {3, 5, 10};
  for (int i = 0; i < 3; ++i) {
    Studies studies;
    const double covered = share(4000, [&] {
      const Doubles runs = studies.sample(sizes[i], [&] { return studies.normal(); });
      return covers(bootstrap_percentile(runs, mean_statistic(), {.resamples = 2000}).interval, 0);
    });
    check_between("percentile bootstrap", documented[i] - 0.02, covered, documented[i] + 0.02);
  }
}

TEST_CASE("coverage: a simultaneous band holds the whole curve, a pointwise one each epoch") {
  for (const std::size_t n : {3u, 5u, 10u}) {
    INFO("n ", n);
    Studies studies;
    constexpr std::size_t epochs = 30;
    double at_one = 0;
    constexpr int count = 1000;
    const double whole = share(count, [&] {
      std::vector<Doubles> runs(n);
      for (Doubles& run : runs) {
        double value = 0;
        for (std::size_t epoch = 0; epoch < epochs; ++epoch)  // neighbours are much alike
          run.push_back(value = 0.9 * value + studies.normal());
      }
      const CurveBand band = simultaneous_band(runs, 0.95, 1000), pointwise = pointwise_band(runs);
      at_one += pointwise.low[20] <= 0 && 0 <= pointwise.high[20];
      for (std::size_t epoch = 0; epoch < epochs; ++epoch)
        if (band.low[epoch] > 0 || band.high[epoch] < 0) return false;
      return true;
    });
    check_between("simultaneous band", n == 3 ? 0.87 : 0.92, whole, 0.97);
    check_between("pointwise band", 0.93, at_one / count, 0.97);
  }
}

TEST_CASE(
    "coverage: bands of a distribution and of the median tuning curve hold everywhere at once, for skewed values") {
  for (const std::size_t n : {5u, 36u}) {
    INFO("n ", n);
    Studies studies;
    const CdfBand order = order_statistics_band(n, 0.95), dkw = dkw_band(n, 0.95);
    double in_dkw = 0, in_curve = 0;
    constexpr int count = 5000;
    const double in_order = share(count, [&] {
      const Doubles losses = studies.sample(n, [&] { return studies.exponential(); });
      Doubles places;  // their distribution function
      for (const double loss : losses) places.push_back(1 - std::exp(-loss));
      std::ranges::sort(places);
      const auto inside = [&](const CdfBand& band) {
        for (std::size_t i = 0; i < n; ++i)
          if (places[i] < band.low[i] || places[i] > band.high[i]) return false;
        return true;
      };
      in_dkw += inside(dkw);
      const MedianTuningCurve curve = median_tuning_curve(losses, Better::smaller, Search::random, CdfBandKind::dkw,
                                                          std::vector<std::size_t>{1, 2, 4, 8, 16});
      bool holds = true;
      for (std::size_t i = 0; i < curve.budgets.size(); ++i) {
        // The least of k exponential losses has the median ln 2 / k.
        const double truth = std::log(2) / static_cast<double>(curve.budgets[i]);
        holds = holds && curve.low[i] <= truth && truth <= curve.high[i];
      }
      in_curve += holds;
      return inside(order);
    });
    check_between("order statistics", 0.94, in_order, 0.96);
    check_between("Dvoretzky-Kiefer-Wolfowitz", 0.945, in_dkw / count, 1);
    check_between("median tuning curve", 0.945, in_curve / count, 1);
  }
}

TEST_CASE("coverage: survival at a time, with censoring") {
  for (const std::size_t n : {10u, 30u}) {
    INFO("n ", n);
    Studies studies;
    check_between("share of runs on their way", 0.93,
                  share(10000,
                        [&] {
                          std::vector<TimeToTarget> runs;
                          for (std::size_t i = 0; i < n; ++i) {
                            const double reached = studies.exponential(), watched = 3 * studies.exponential();
                            runs.push_back({std::min(reached, watched), reached <= watched});
                          }
                          const SurvivalCurve curve = kaplan_meier(runs);
                          double low = 1, high = 1;
                          for (const SurvivalStep& step : curve.steps)
                            if (step.time <= 0.7) low = step.low, high = step.high;
                          return low <= std::exp(-0.7) && std::exp(-0.7) <= high;
                        }),
                  0.97);
  }
}

TEST_CASE("coverage: stratified bootstraps over 8 problems of 10 seeds") {
  Studies studies;
  constexpr std::size_t problems = 8, seeds = 10;
  check_between(
      "interquartile mean", 0.90,
      share(1000,
            [&] {
              std::vector<Doubles> scores;
              for (std::size_t p = 0; p < problems; ++p)
                scores.push_back(studies.sample(seeds, [&] { return studies.normal(); }));
              return covers(
                  interquartile_mean_interval(scores, Better::larger, Strata::fixed, {.resamples = 1000}).interval, 0);
            }),
      0.97);
  check_between("probability of improvement", 0.90,
                share(1000,
                      [&] {
                        std::vector<TwoSamples> two(problems);
                        for (TwoSamples& problem : two) {
                          problem.a = studies.sample(seeds, [&] { return studies.exponential(); });
                          problem.b = studies.sample(seeds, [&] { return studies.exponential(); });
                        }
                        return covers(
                            improvement_probability(two, Better::smaller, {.resamples = 1000}).probability.interval,
                            0.5);
                      }),
                0.97);
}

TEST_CASE("coverage: tests reject what is true in 5 % of studies at most") {
  for (const std::size_t n : {5u, 10u, 60u}) {
    INFO("n ", n);
    Studies studies;
    double ranks = 0, signs = 0, sums = 0;
    constexpr int count = 2000;
    for (int study = 0; study < count; ++study) {
      const Doubles differences = studies.sample(n, [&] { return studies.exponential() - studies.exponential(); });
      ranks += signed_rank_test(differences).p <= 0.05;
      signs += sign_test(differences).p <= 0.05;
      sums += permutation_test(differences, 500, static_cast<std::uint64_t>(study)).p <= 0.05;
    }
    check_between("signed ranks", n == 5 ? 0 : 0.03, ranks / count, n == 5 ? 0 : 0.062);
    check_between("signs", n == 5 ? 0 : 0.01, signs / count, n == 5 ? 0 : 0.055);
    check_between("permutations", n == 5 ? 0 : 0.03, sums / count, n == 5 ? 0 : 0.062);
  }
  Studies studies;
  check_between("log-rank test", 0.03,
                share(5000,
                      [&] {
                        std::vector<TimeToTarget> a, b;
                        for (int i = 0; i < 20; ++i) {
                          const double x = studies.exponential(), y = studies.exponential();
                          a.push_back({std::min(x, 2.), x <= 2});
                          b.push_back({std::min(y, 2.), y <= 2});
                        }
                        return log_rank_test(a, b).p <= 0.05;
                      }),
                0.065);
}

}  // namespace
}  // namespace deepobs::test
