#include "runner/analysis/statistics/ranks/rank_stability.h"

#include <algorithm>

#include "engine/base/check.h"
#include "runner/analysis/statistics/numbers/resampling.h"

namespace deepobs {
namespace {

/// Of costs, which it leaves in another order.
double summed_up(std::vector<double>& costs, SummedUpBy by) {
  const std::size_t n = costs.size();
  if (by == SummedUpBy::mean) {
    double sum = 0;
    for (const double cost : costs) sum += cost;
    return sum / static_cast<double>(n);
  }
  const auto middle = costs.begin() + static_cast<std::ptrdiff_t>(n / 2);
  std::ranges::nth_element(costs, middle);
  return n % 2 == 1 ? *middle : (*std::max_element(costs.begin(), middle) + *middle) / 2;
}

/// Calls group(from, to) for each run of optimizers places[from] ... places[to - 1] with equal numbers, the smallest
/// number first. Means of the same values in another order are equal but for rounding, and that must not rank them.
template <class Group>
void for_ranks(const std::vector<double>& numbers, std::vector<std::size_t>& places, Group group) {
  std::ranges::sort(places, {}, [&](std::size_t i) { return numbers[i]; });
  const auto equal = [](double a, double b) {
    return a == b || (std::isfinite(b) && b - a <= 1e-13 * std::max(std::abs(a), std::abs(b)));
  };
  for (std::size_t from = 0, to; from < places.size(); from = to) {
    for (to = from + 1; to < places.size() && equal(numbers[places[from]], numbers[places[to]]);) ++to;
    group(from, to);
  }
}

}  // namespace

RankStability rank_stability(std::span<const std::vector<std::vector<double>>> runs, Better better,
                             SummedUpBy summed_up_by, Strata strata, const BootstrapOptions& options) {
  require_level(options.level);
  require(options.resamples > 0, Fault::usage, "a bootstrap of no resamples was asked for; 10000 are usual");
  const std::size_t optimizers = runs.size();
  require(optimizers >= 2, Fault::usage, "a ranking is that of two optimizers or more, and ", optimizers, " came");
  const std::size_t problems = runs[0].size();
  require(problems > 0, Fault::usage, "optimizers were ranked over no problems");
  RankStability result;
  std::vector<std::vector<std::vector<double>>> costs(optimizers);
  std::size_t fewest = SIZE_MAX;
  for (std::size_t i = 0; i < optimizers; ++i) {
    require(runs[i].size() == problems, Fault::usage, "all optimizers are ranked on all problems; one has ", problems,
            ", another ", runs[i].size());
    Estimate& rank = result.mean_ranks.emplace_back();
    for (const std::vector<double>& values : runs[i]) {
      require(!values.empty(), Fault::usage, "optimizer ", i, " has no runs on a problem; leave the problem out");
      fewest = std::min(fewest, values.size());
      rank.n += values.size();
      std::vector<double>& mine = costs[i].emplace_back();
      for (const double value : values) {
        mine.push_back(as_cost(value, better));
        rank.n_diverged += !std::isfinite(value);
      }
    }
  }

  // One ranking: the mean ranks, in `sums` times the number of problems, which is exact.
  Resampling random(options.seed, Draw::ranks);
  std::vector<double> numbers(optimizers), sums(optimizers), drawn;
  std::vector<std::size_t> places(optimizers);
  for (std::size_t i = 0; i < optimizers; ++i) places[i] = i;
  const auto rank_all = [&](bool draws) {
    std::ranges::fill(sums, 0.);
    for (std::size_t p = 0; p < problems; ++p) {
      const std::size_t problem =
          draws && strata == Strata::resampled ? random.below(static_cast<std::uint32_t>(problems)) : p;
      for (std::size_t i = 0; i < optimizers; ++i) {
        drawn = costs[i][problem];
        if (draws)
          for (double& cost : drawn) cost = costs[i][problem][random.below(static_cast<std::uint32_t>(drawn.size()))];
        numbers[i] = summed_up(drawn, summed_up_by);
      }
      for_ranks(numbers, places, [&](std::size_t from, std::size_t to) {
        for (std::size_t place = from; place < to; ++place)
          sums[places[place]] += static_cast<double>(from + to + 1) / 2;
      });
    }
  };
  rank_all(false);
  for (std::size_t i = 0; i < optimizers; ++i) result.mean_ranks[i].value = sums[i] / static_cast<double>(problems);

  result.probabilities.assign(optimizers, std::vector<double>(optimizers, 0));
  std::vector<std::vector<double>> distributions(optimizers);
  for (std::size_t resample = 0; resample < options.resamples; ++resample) {
    rank_all(true);
    for (std::size_t i = 0; i < optimizers; ++i) distributions[i].push_back(sums[i] / static_cast<double>(problems));
    for_ranks(sums, places, [&](std::size_t from, std::size_t to) {
      const double share = 1 / static_cast<double>(to - from);
      for (std::size_t place = from; place < to; ++place)
        for (std::size_t j = from; j < to; ++j) result.probabilities[places[place]][j] += share;
    });
  }
  for (std::vector<double>& row : result.probabilities)
    for (double& probability : row) probability /= static_cast<double>(options.resamples);

  result.rule = text("ranks by the ", summed_up_by == SummedUpBy::mean ? "mean" : "median", " of the runs, ",
                     percent_text(options.level), " bootstrap intervals, runs resampled within ",
                     count_text(problems, "problem"), strata == Strata::resampled ? ", problems resampled too" : "",
                     " (", options.resamples, " resamples, seed ", options.seed, ")");
  if (fewest < 2)
    result.caveat = "An optimizer has a single run on a problem: the ranking looks more stable than it is.";
  else if (fewest < 5)
    result.caveat = text("An optimizer has ", fewest, " runs on a problem: the ranking looks more stable than it is.");
  for (std::size_t i = 0; i < optimizers; ++i) {
    std::ranges::sort(distributions[i]);
    result.mean_ranks[i].interval = percentile_interval(distributions[i], options.level);
    result.mean_ranks[i].rule = result.rule;
    result.mean_ranks[i].caveat = result.caveat;
  }
  return result;
}

}  // namespace deepobs
