#include "runner/analysis/statistics/scores/improvement.h"

#include <algorithm>
#include <cstdint>

#include "engine/base/check.h"
#include "runner/analysis/statistics/numbers/resampling.h"

namespace deepobs {
namespace {

/// One problem's runs as places: equal runs have the same, better ones a smaller. So a resample is compared in a time
/// that grows with the number of runs, and not of pairs.
struct Places {
  std::vector<std::uint32_t> a{}, b{};
  std::size_t count = 0;
};

Places places_of(const TwoSamples& problem, Better better) {
  std::vector<double> a, b;
  for (const double value : problem.a) a.push_back(as_cost(value, better));
  for (const double value : problem.b) b.push_back(as_cost(value, better));
  std::vector<double> distinct = a;
  distinct.insert(distinct.end(), b.begin(), b.end());
  std::ranges::sort(distinct);
  distinct.erase(std::unique(distinct.begin(), distinct.end()), distinct.end());
  const auto place = [&](double cost) {
    return static_cast<std::uint32_t>(std::ranges::lower_bound(distinct, cost) - distinct.begin());
  };
  Places places{.count = distinct.size()};
  for (const double cost : a) places.a.push_back(place(cost));
  for (const double cost : b) places.b.push_back(place(cost));
  return places;
}

/// P(A beats B) of runs that are counted by place.
double share_of_pairs(const std::vector<std::uint32_t>& a, const std::vector<std::uint32_t>& b, double pairs) {
  double won_twice = 0, better_a = 0;
  for (std::size_t place = 0; place < a.size(); ++place) {
    won_twice += b[place] * (2 * better_a + a[place]);
    better_a += a[place];
  }
  return won_twice / (2 * pairs);
}

double share_of_seeds(const Places& problem, const std::vector<std::uint32_t>& seeds) {
  double won_twice = 0;
  for (const std::uint32_t seed : seeds)
    won_twice += 1 + (problem.a[seed] < problem.b[seed]) - (problem.a[seed] > problem.b[seed]);
  return won_twice / (2 * static_cast<double>(seeds.size()));
}

Improvement improvement(std::span<const TwoSamples> problems, Better better, bool paired,
                        const BootstrapOptions& options) {
  require_level(options.level);
  require(options.resamples > 0, Fault::usage, "a bootstrap of no resamples was asked for; 10000 are usual");
  require(!problems.empty(), Fault::usage, "two optimizers were compared on no problems");
  std::vector<Places> all;
  Estimate estimate;
  std::size_t fewest = problems[0].a.size();
  for (const TwoSamples& problem : problems) {
    const std::size_t index = static_cast<std::size_t>(&problem - problems.data());
    require(!problem.a.empty() && !problem.b.empty(), Fault::usage, "on problem ", index, " of ", problems.size(),
            " one of two optimizers has no runs; leave the problem out");
    require(!paired || problem.a.size() == problem.b.size(), Fault::usage,
            "pairs are runs of the same seeds; on problem ", index, " there are ", problem.a.size(), " runs and ",
            problem.b.size());
    all.push_back(places_of(problem, better));
    estimate.n += paired ? problem.a.size() : problem.a.size() + problem.b.size();
    fewest = std::min({fewest, problem.a.size(), problem.b.size()});
    for (const std::vector<double>* runs : {&problem.a, &problem.b})
      for (const double value : *runs) estimate.n_diverged += !std::isfinite(value);
  }

  // One probability: the mean over problems of that of the runs that are drawn; without `random` that of all runs.
  std::vector<std::uint32_t> a, b;
  const auto probability = [&](Resampling* random) {
    const auto drawn = [&](std::size_t i, std::size_t n) {
      return random ? random->below(static_cast<std::uint32_t>(n)) : static_cast<std::uint32_t>(i);
    };
    double sum = 0;
    for (const Places& problem : all) {
      const std::size_t n_a = problem.a.size(), n_b = problem.b.size();
      if (paired) {
        a.resize(n_a);
        for (std::size_t i = 0; i < n_a; ++i) a[i] = drawn(i, n_a);
        sum += share_of_seeds(problem, a);
      } else {
        a.assign(problem.count, 0);
        b.assign(problem.count, 0);
        for (std::size_t i = 0; i < n_a; ++i) ++a[problem.a[drawn(i, n_a)]];
        for (std::size_t i = 0; i < n_b; ++i) ++b[problem.b[drawn(i, n_b)]];
        sum += share_of_pairs(a, b, static_cast<double>(n_a) * static_cast<double>(n_b));
      }
    }
    return sum / static_cast<double>(all.size());
  };
  estimate.value = probability(nullptr);
  estimate.rule =
      text("probability that a run of A is better than ", paired ? "that of B with the same seed" : "one of B",
           ", mean over ", count_text(problems.size(), "problem"), ", ", percent_text(options.level),
           " stratified bootstrap interval (", options.resamples, " resamples, seed ", options.seed, ")");
  if (fewest < 2) {
    estimate.caveat = "A problem has a single run: there is no interval, and no conclusion.";
    return {estimate, false};
  }
  Resampling random(options.seed, Draw::improvement);
  std::vector<double> distribution(options.resamples);
  for (double& one : distribution) one = probability(&random);
  std::ranges::sort(distribution);
  estimate.interval = percentile_interval(distribution, options.level);
  if (fewest < 5)
    estimate.caveat =
        text("A problem has ", count_text(fewest, "run"), ": the interval is narrower than it should be.");
  const bool sure = estimate.interval->low > 0.5, enough = estimate.value >= 0.75;
  if (!sure)
    add_sentence(estimate.caveat, "The interval holds 0.5 or less: it is not shown that A is better.");
  else if (!enough)
    add_sentence(estimate.caveat, "A is better, but below 0.75 not by enough to matter.");
  return {estimate, sure && enough};
}

}  // namespace

Improvement improvement_probability(std::span<const TwoSamples> problems, Better better,
                                    const BootstrapOptions& options) {
  return improvement(problems, better, false, options);
}

Improvement paired_improvement_probability(std::span<const TwoSamples> problems, Better better,
                                           const BootstrapOptions& options) {
  return improvement(problems, better, true, options);
}

}  // namespace deepobs
