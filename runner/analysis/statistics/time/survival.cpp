#include "runner/analysis/statistics/time/survival.h"

#include <algorithm>
#include <cmath>
#include <iterator>

#include "engine/base/check.h"
#include "runner/analysis/statistics/numbers/special_functions.h"
#include "runner/analysis/statistics/sample/mean_interval.h"

namespace deepobs {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

std::vector<TimeToTarget> sorted(std::span<const TimeToTarget> runs) {
  require(!runs.empty(), Fault::usage, "survival of no runs was asked for");
  for (const TimeToTarget& run : runs)
    require(run.time >= 0 && std::isfinite(run.time), Fault::usage, "a time to target is finite and not negative, and ",
            run.time, " came; give the time that the run was watched for, and that it did not reach the target");
  std::vector<TimeToTarget> result(runs.begin(), runs.end());
  std::ranges::sort(result, {}, &TimeToTarget::time);
  return result;
}

/// What happens at each distinct time.
std::vector<SurvivalStep> steps_of(const std::vector<TimeToTarget>& runs) {
  std::vector<SurvivalStep> steps;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    if (steps.empty() || runs[i].time != steps.back().time)
      steps.push_back({.time = runs[i].time, .at_risk = runs.size() - i});
    ++(runs[i].reached ? steps.back().reached : steps.back().censored);
  }
  return steps;
}

/// The first time at which a share is a half or less, whichever way its last digit was rounded.
double half_time(const std::vector<SurvivalStep>& steps, double SurvivalStep::*share) {
  const auto found =
      std::ranges::find_if(steps, [&](const SurvivalStep& step) { return step.*share <= 0.5 * (1 + 1e-12); });
  return found == steps.end() ? infinity : found->time;
}

void require_known(const SurvivalCurve& curve, double time) {
  const SurvivalStep& last = curve.steps.back();
  require(time <= last.time || last.share == 0, Fault::usage, "what share of runs is on its way at time ", time,
          " nobody knows: the last was watched until ", last.time,
          "; take the smallest number of epochs that is compared");
}

}  // namespace

SurvivalCurve kaplan_meier(std::span<const TimeToTarget> runs, double level) {
  require_level(level);
  SurvivalCurve curve{.steps = steps_of(sorted(runs)), .n = runs.size(), .level = level};
  const double z = standard_normal_quantile((1 + level) / 2);
  long double product = 1;
  double greenwood = 0;
  for (SurvivalStep& step : curve.steps) {
    curve.n_reached += step.reached;
    const auto d = static_cast<double>(step.reached), n = static_cast<double>(step.at_risk);
    product *= (n - d) / static_cast<long double>(n);
    const auto share = static_cast<double>(product);
    if (step.reached < step.at_risk) greenwood += d / (n * (n - d));
    step.share = step.low = step.high = share;
    if (share > 0 && share < 1) {
      const double log_share = std::log(share), half = z * std::sqrt(greenwood) / log_share;  // negative
      step.low = std::exp(-std::exp(std::log(-log_share) - half));
      step.high = std::exp(-std::exp(std::log(-log_share) + half));
    }
  }
  curve.median = half_time(curve.steps, &SurvivalStep::share);
  curve.median_interval = {half_time(curve.steps, &SurvivalStep::low), half_time(curve.steps, &SurvivalStep::high),
                           level};
  curve.rule =
      text("share of ", count_text(curve.n, "run"), " that have not reached the target, Kaplan-Meier with pointwise ",
           percent_text(level), " log-log intervals");
  if (curve.n_reached < curve.n)
    curve.caveat =
        text("Of ", count_text(curve.n, "run"), " ", curve.n - curve.n_reached, " did not reach the target in ",
             "the epochs they had: their times are only known to be longer.");
  if (curve.n_reached < 5)
    add_sentence(curve.caveat, text("With ", count_text(curve.n_reached, "run"),
                                    " that reached the target the intervals are rough."));
  return curve;
}

double survival_at(const SurvivalCurve& curve, double time) {
  require_known(curve, time);
  const auto next = std::ranges::upper_bound(curve.steps, time, {}, &SurvivalStep::time);
  return next == curve.steps.begin() ? 1 : std::prev(next)->share;
}

Estimate restricted_mean_time(std::span<const TimeToTarget> runs, double horizon, double level) {
  require(horizon > 0 && std::isfinite(horizon), Fault::usage,
          "the horizon of a mean time is positive and finite, and ", horizon, " came");
  const SurvivalCurve curve = kaplan_meier(runs, level);
  require_known(curve, horizon);

  const bool all_watched =
      std::ranges::all_of(runs, [&](const TimeToTarget& run) { return run.reached || run.time >= horizon; });
  if (all_watched) {
    std::vector<double> times;
    for (const TimeToTarget& run : runs) times.push_back(std::min(run.time, horizon));
    Estimate estimate = mean_interval(times, level);
    estimate.rule = text("mean time to the target, ", horizon, " at most, of ", count_text(runs.size(), "run"), ", ",
                         percent_text(level), " t interval");
    return estimate;
  }
  // The area under S from each time on to the horizon, the last one first, and Greenwood's variance of the whole.
  double area = 0, variance = 0, end = horizon;
  for (std::size_t i = curve.steps.size(); i-- > 0;) {
    const SurvivalStep& step = curve.steps[i];
    if (step.time >= horizon) continue;
    area += step.share * (end - step.time);
    end = step.time;
    const auto d = static_cast<double>(step.reached), n = static_cast<double>(step.at_risk);
    if (step.reached < step.at_risk) variance += area * area * d / (n * (n - d));
  }
  area += end;
  const double half = standard_normal_quantile((1 + level) / 2) * std::sqrt(variance);
  Estimate estimate{.value = area, .n = runs.size()};
  estimate.interval = Interval{std::max(area - half, 0.), std::min(area + half, horizon), level};
  estimate.rule =
      text("mean time to the target, ", horizon, " at most, of ", count_text(runs.size(), "run"),
           ", area under the Kaplan-Meier curve, ", percent_text(level), " interval by Greenwood's formula");
  estimate.caveat = "Runs were censored before the horizon: the interval is that of many runs, and too narrow for few.";
  return estimate;
}

TestResult log_rank_test(std::span<const TimeToTarget> a, std::span<const TimeToTarget> b) {
  const std::vector<SurvivalStep> of_a = steps_of(sorted(a));
  std::vector<TimeToTarget> pool = sorted(b);
  pool.insert(pool.end(), a.begin(), a.end());
  double difference = 0, variance = 0, events = 0;
  auto mine = of_a.begin();
  for (const SurvivalStep& step : steps_of(sorted(pool))) {
    while (mine != of_a.end() && mine->time < step.time) ++mine;
    const bool now = mine != of_a.end() && mine->time == step.time;
    const double n_a = mine == of_a.end() ? 0 : static_cast<double>(mine->at_risk);
    const auto d = static_cast<double>(step.reached), n = static_cast<double>(step.at_risk);
    if (d == 0) continue;
    events += d;
    difference += (now ? static_cast<double>(mine->reached) : 0) - d * n_a / n;
    if (step.at_risk > 1) variance += d * (n_a / n) * (1 - n_a / n) * (n - d) / (n - 1);
  }
  TestResult result{.n = a.size() + b.size()};
  result.rule = "log-rank test of times to the target, chi-squared with 1 degree of freedom";
  if (variance == 0) {
    result.caveat = events == 0
                        ? "No run reached the target: nothing can be compared."
                        : "No run reached the target while runs of both were on their way: nothing can be compared.";
    return result;
  }
  result.statistic = difference * difference / variance;
  result.p = chi_squared_above(result.statistic, 1);
  if (events < 10)
    result.caveat = text("With ", events, " runs that reached the target p is rough: it is that of many runs.");
  return result;
}

}  // namespace deepobs
