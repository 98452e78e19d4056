#include "runner/analysis/statistics/tuning/tuning_curve.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "engine/base/check.h"
#include "runner/analysis/statistics/numbers/estimate.h"

namespace deepobs {
namespace {

/// The chance of each trial, from the worst to the best, to be the best of k.
std::vector<double> weights_of(std::size_t trials, std::size_t k, Subsets subsets) {
  const auto n = static_cast<double>(trials), budget = static_cast<double>(k);
  std::vector<double> weights(trials, 0);
  if (subsets == Subsets::with_replacement) {
    for (std::size_t i = 1; i <= trials; ++i) {
      const auto rank = static_cast<double>(i);
      weights[i - 1] = std::pow(rank / n, budget) * -std::expm1(budget * std::log1p(-1 / rank));
    }
  } else {
    double weight = budget / n;  // the best trial is in k of n subsets, and wins all of them
    for (std::size_t i = trials; i >= k; --i) {
      weights[i - 1] = weight;
      if (i > 1) weight *= static_cast<double>(i - k) / static_cast<double>(i - 1);
    }
  }
  return weights;
}

}  // namespace

TuningCurve tuning_curve(const Trials& trials, Subsets subsets, const TuningOptions& options) {
  const std::size_t n = trials.valid.size();
  require(n > 0, Fault::usage, "the tuning curve of no trials was asked for");
  require(trials.test.size() == n, Fault::usage, "each trial has a validation and a test value; there are ", n, " and ",
          trials.test.size());
  TuningCurve curve{.budgets = options.budgets, .n = n};
  if (curve.budgets.empty()) {
    curve.budgets.resize(n);
    std::iota(curve.budgets.begin(), curve.budgets.end(), std::size_t{1});
  }

  // From the worst to the best on the validation set; what each is worth; those that are tied share their mean.
  std::vector<std::size_t> order(n);
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto cost = [&](std::size_t i) { return as_cost(trials.valid[i], trials.valid_better); };
  std::ranges::stable_sort(order, [&](std::size_t i, std::size_t j) { return cost(i) > cost(j); });
  std::vector<double> worth(n);
  const double diverged = options.worth_of_diverged.value_or(worst_value(trials.test_better));
  for (std::size_t i = 0; i < n; ++i) {
    const bool finite = std::isfinite(trials.valid[order[i]]) && std::isfinite(trials.test[order[i]]);
    worth[i] = finite ? trials.test[order[i]] : diverged;
    curve.n_diverged += !finite;
  }
  for (std::size_t from = 0, to; from < n; from = to) {
    for (to = from + 1; to < n && cost(order[to]) == cost(order[from]);) ++to;
    if (to - from == 1) continue;
    const double mean = std::accumulate(worth.begin() + static_cast<std::ptrdiff_t>(from),
                                        worth.begin() + static_cast<std::ptrdiff_t>(to), 0.) /
                        static_cast<double>(to - from);
    std::fill(worth.begin() + static_cast<std::ptrdiff_t>(from), worth.begin() + static_cast<std::ptrdiff_t>(to), mean);
  }

  bool infinite = false;
  for (const std::size_t k : curve.budgets) {
    require(k > 0, Fault::usage, "the best of 0 trials was asked for; budgets begin with 1");
    require(subsets == Subsets::with_replacement || k <= n, Fault::usage, "the best of ", k, " was asked for of ", n,
            " trials without replacement; take budgets up to ", n, ", or draw with replacement");
    const std::vector<double> weights = weights_of(n, k, subsets);
    double value = 0;
    for (std::size_t i = 0; i < n; ++i)
      if (weights[i] > 0) value += weights[i] * worth[i];
    curve.values.push_back(value);
    infinite = infinite || std::isinf(value);
  }
  const bool same = trials.valid.data() == trials.test.data();
  curve.rule = text("expected value of the best of k out of ", count_text(n, "trial"),
                    subsets == Subsets::with_replacement ? ", drawn with replacement (V)" : ", random subsets (U)",
                    same ? "" : ", chosen on the validation set and reported on the test set");
  if (curve.n_diverged > 0) {
    curve.caveat = text("Of ", count_text(n, "trial"), " ", curve.n_diverged, " diverged");
    curve.caveat += options.worth_of_diverged ? text(" and are worth ", *options.worth_of_diverged, ".") : ".";
    if (infinite)
      add_sentence(curve.caveat,
                   "Where such a trial can be the best of k the expectation is infinite: see the median.");
  }
  if (same) add_sentence(curve.caveat, "Trials are chosen and reported by the same values: the curve is optimistic.");
  return curve;
}

}  // namespace deepobs
