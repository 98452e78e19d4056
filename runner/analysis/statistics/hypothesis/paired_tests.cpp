#include "runner/analysis/statistics/hypothesis/paired_tests.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "engine/base/check.h"
#include "runner/analysis/statistics/numbers/resampling.h"
#include "runner/analysis/statistics/numbers/special_functions.h"
#include "runner/analysis/statistics/ranks/midranks.h"

namespace deepobs {
namespace {

constexpr std::size_t most_exact_ranks = 50, most_exact_sums = 32;

std::vector<double> without_zeros(std::span<const double> differences) {
  std::vector<double> rest;
  for (const double difference : differences) {
    require(!std::isnan(difference), Fault::usage,
            "a difference is NaN; paired_differences() counts what diverged as infinite");
    if (difference != 0) rest.push_back(difference);
  }
  return rest;
}

/// What all tests say of too few differences.
TestResult start(std::size_t n, std::size_t all) {
  TestResult result{.n = n};
  if (n < all) result.caveat = text("Of ", count_text(all, "pair"), " ", all - n, " are equal and left out.");
  const double smallest = std::ldexp(1, 1 - static_cast<int>(std::min<std::size_t>(n, 1000)));
  if (n == 0) {
    result.p = 1;
    add_sentence(result.caveat, "There is no difference to test.");
  } else if (smallest > 0.05) {
    add_sentence(result.caveat, text(count_text(n, "pair"), ": no test of them can reach p below ", smallest, "."));
  }
  return result;
}

/// P(sum of the ranks of positive differences <= T), all patterns of signs being as likely. Ranks are counted twice, so
/// that shared ones are whole numbers.
double rank_sum_at_most(double t, const std::vector<double>& ranks) {
  std::vector<double> patterns{1};  // by twice their sum; at most 2^50 of them, exact in double
  for (const double rank : ranks) {
    const auto twice = static_cast<std::size_t>(2 * rank);
    patterns.resize(patterns.size() + twice, 0);
    for (std::size_t sum = patterns.size(); sum-- > twice;) patterns[sum] += patterns[sum - twice];
  }
  double below = 0;
  for (std::size_t sum = 0; sum <= static_cast<std::size_t>(2 * t) && sum < patterns.size(); ++sum)
    below += patterns[sum];
  return std::ldexp(below, -static_cast<int>(ranks.size()));
}

/// The sums of some numbers with all patterns of signs, ascending.
std::vector<double> signed_sums(std::span<const double> numbers) {
  std::vector<double> sums{0};
  for (const double number : numbers) {
    const std::size_t half = sums.size();
    for (std::size_t i = 0; i < half; ++i) sums.push_back(sums[i] + number);
    for (std::size_t i = 0; i < half; ++i) sums[i] -= number;
  }
  std::ranges::sort(sums);
  return sums;
}

/// The share of all patterns of signs whose sum is `least` or more.
double signed_sums_at_least(double least, std::span<const double> numbers) {
  const std::size_t half = numbers.size() / 2;
  const std::vector<double> first = signed_sums(numbers.first(half)), second = signed_sums(numbers.subspan(half));
  double count = 0;
  std::size_t partners = 0;  // of the present sum: the largest ones of `second`, more the larger it is
  for (const double sum : first) {
    while (partners < second.size() && sum + second[second.size() - 1 - partners] >= least) ++partners;
    count += static_cast<double>(partners);
  }
  return std::ldexp(count, -static_cast<int>(numbers.size()));
}

}  // namespace

TestResult signed_rank_test(std::span<const double> differences) {
  const std::vector<double> rest = without_zeros(differences);
  const std::size_t n = rest.size();
  TestResult result = start(n, differences.size());
  const bool exact = n <= most_exact_ranks;
  result.rule = text("Wilcoxon signed rank test, two-sided, ", exact ? "exact" : "normal approximation");
  std::vector<double> sizes;
  for (const double difference : rest) sizes.push_back(std::abs(difference));
  const std::vector<double> ranks = midranks(sizes);
  double positive = 0, all = 0;
  for (std::size_t i = 0; i < n; ++i) {
    all += ranks[i];
    if (rest[i] > 0) positive += ranks[i];
  }
  const double t = result.statistic = std::min(positive, all - positive);
  if (n == 0) return result;
  if (exact) {
    result.p = std::min(1., 2 * rank_sum_at_most(t, ranks));
  } else {
    const auto count = static_cast<double>(n);
    const double variance = count * (count + 1) * (2 * count + 1) / 24 - tie_term(sizes) / 48;
    const double z = (t - count * (count + 1) / 4 + 0.5) / std::sqrt(variance);
    result.p = std::min(1., 2 * normal_below(z));
  }
  return result;
}

TestResult sign_test(std::span<const double> differences) {
  const std::vector<double> rest = without_zeros(differences);
  TestResult result = start(rest.size(), differences.size());
  result.rule = "sign test, two-sided, exact";
  const auto positive = static_cast<std::size_t>(std::ranges::count_if(rest, [](double d) { return d > 0; }));
  result.statistic = static_cast<double>(positive);
  if (!rest.empty())
    result.p = std::min(1., 2 * fair_coin_at_most(std::min(positive, rest.size() - positive), rest.size()));
  return result;
}

TestResult permutation_test(std::span<const double> differences, std::size_t draws, std::uint64_t seed) {
  require(draws > 0, Fault::usage, "a permutation test of no draws was asked for; 100000 are usual");
  const std::vector<double> rest = without_zeros(differences);
  const std::size_t n = rest.size();
  TestResult result = start(n, differences.size());
  const bool exact = n <= most_exact_sums;
  result.rule = text("permutation test of the mean difference, two-sided, ",
                     exact ? std::string("exact") : text(draws, " draws, seed ", seed));
  double sum = 0, sizes = 0;
  for (const double difference : rest) {
    sum += difference;
    sizes += std::abs(difference);
  }
  if (!std::isfinite(sizes)) {
    result.p = result.statistic = std::numeric_limits<double>::quiet_NaN();
    add_sentence(result.caveat, "A run diverged: the mean difference is infinite; take a test of ranks or signs.");
    return result;
  }
  result.statistic = differences.empty() ? 0 : sum / static_cast<double>(differences.size());
  if (n == 0) return result;
  // Sums that are equal but for the order of their additions are equal.
  const double least = std::abs(sum) - 1e-12 * sizes;
  if (exact) {
    result.p = std::min(1., 2 * signed_sums_at_least(least, rest));
    return result;
  }
  Resampling random(seed, Draw::sign_flips);
  std::size_t far = 0;
  for (std::size_t draw = 0; draw < draws; ++draw) {
    double flipped = 0;
    std::uint32_t signs = 0;
    for (std::size_t i = 0; i < n; ++i, signs >>= 1) {
      if (i % 32 == 0) signs = random.word();
      flipped += signs & 1 ? rest[i] : -rest[i];
    }
    far += std::abs(flipped) >= least;
  }
  result.p = static_cast<double>(1 + far) / static_cast<double>(1 + draws);
  return result;
}

}  // namespace deepobs
