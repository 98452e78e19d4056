#include "runner/analysis/statistics/ranks/friedman.h"

#include <limits>

#include "engine/base/check.h"
#include "runner/analysis/statistics/numbers/special_functions.h"
#include "runner/analysis/statistics/ranks/midranks.h"

namespace deepobs {

Friedman friedman_test(std::span<const std::vector<double>> values, Better better) {
  require(!values.empty(), Fault::usage, "optimizers were ranked over no problems");
  const std::size_t problems = values.size(), optimizers = values[0].size();
  require(optimizers >= 2, Fault::usage, "a ranking is that of two optimizers or more, and ", optimizers, " came");
  Friedman result{.mean_ranks = std::vector<double>(optimizers, 0), .problems = problems};
  double ties = 0;
  std::vector<double> costs(optimizers);
  for (const std::vector<double>& row : values) {
    require(row.size() == optimizers, Fault::usage, "all optimizers are ranked on all problems; one has ", optimizers,
            " values, another ", row.size(), ": leave out problems that not all have");
    for (std::size_t i = 0; i < optimizers; ++i) costs[i] = as_cost(row[i], better);
    const std::vector<double> ranks = midranks(costs);
    for (std::size_t i = 0; i < optimizers; ++i) result.mean_ranks[i] += ranks[i];
    ties += tie_term(costs);
  }
  // From the sums of ranks, which are multiples of 1/2 and exact: mean ranks would be rounded.
  const auto n = static_cast<double>(problems), k = static_cast<double>(optimizers);
  double squares = 0;
  for (double& rank : result.mean_ranks) {
    const double distance = rank - n * (k + 1) / 2;
    squares += distance * distance;
    rank /= n;
  }
  const double chi_squared = 12 * squares / (n * k * (k + 1));
  const double left = 1 - ties / (n * (k * k * k - k));  // of the variance without ties

  const auto fill = [&](TestResult& test, const char* rule, double statistic, double p) {
    test = {.statistic = statistic, .p = p, .n = problems, .rule = rule};
  };
  constexpr double none = std::numeric_limits<double>::quiet_NaN();
  fill(result.chi_squared, "Friedman test of ranks over problems, chi-squared, not corrected for ties", chi_squared,
       chi_squared_above(chi_squared, k - 1));
  if (left > 0)
    fill(result.tie_corrected, "Friedman test of ranks over problems, chi-squared, corrected for ties",
         chi_squared / left, chi_squared_above(chi_squared / left, k - 1));
  else
    fill(result.tie_corrected, "Friedman test of ranks over problems, chi-squared, corrected for ties", none, none);
  const double denominator = 12 * (n * n * (k * k * k - k) / 12 - squares) / (n * k * (k + 1));  // N (k - 1) - chi^2
  const double f = problems < 2       ? none
                   : denominator <= 0 ? std::numeric_limits<double>::infinity()
                                      : (n - 1) * chi_squared / denominator;
  fill(result.iman_davenport, "Friedman test of ranks over problems, F of Iman and Davenport", f,
       problems < 2 ? none : f_above(f, k - 1, (k - 1) * (n - 1)));

  std::string caveat = "Ranks change when another optimizer joins: compare pairs by their differences.";
  if (problems < 2)
    add_sentence(caveat, "1 problem gives a ranking, and no test of it.");
  else if (problems < 10)
    add_sentence(caveat, text("With ", problems, " problems only large differences show."));
  if (left <= 0) add_sentence(caveat, "All optimizers are equal on all problems.");
  for (TestResult* test : {&result.chi_squared, &result.tie_corrected, &result.iman_davenport}) test->caveat = caveat;
  return result;
}

}  // namespace deepobs
