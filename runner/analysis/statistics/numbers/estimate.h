#pragma once

#include <cstddef>
#include <limits>
#include <optional>
#include <string>

namespace deepobs {

/// Where the true number lies, as far as the runs can tell.
struct Interval {
  double low = 0, high = 0;
  double level = 0;  ///< the coverage that is aimed at: 0.95
};

/// A number that is estimated from runs, and what a report says beside it.
struct Estimate {
  double value = std::numeric_limits<double>::quiet_NaN();  ///< NaN where there is none
  std::size_t n = 0;                                        ///< the runs (pairs, problems) that it is made of
  std::size_t n_diverged = 0;          ///< those among them without a finite value; `rule` says what became of them
  std::optional<Interval> interval{};  ///< none where the runs cannot give one, and then `caveat` says why
  std::string rule{};                  ///< in words: "mean of the runs, 95 % t interval"
  std::string caveat{};  ///< what must not be concluded, as sentences; empty where there is nothing to say
};

/// What a hypothesis test says of the hypothesis that there is no difference.
struct TestResult {
  double statistic = std::numeric_limits<double>::quiet_NaN();
  double p = std::numeric_limits<double>::quiet_NaN();  ///< two-sided; NaN where the test is not defined
  std::size_t n = 0;                                    ///< the pairs (runs, problems) that count
  std::string rule{};                                   ///< the test in words, and how p was found
  std::string caveat{};                                 ///< as that of Estimate
};

/// "95 %".
std::string percent_text(double share);

/// "1 run", "5 runs".
std::string count_text(std::size_t count, const std::string& thing);

/// Puts a sentence behind those that are there.
void add_sentence(std::string& sentences, const std::string& sentence);

/// Errors: usage, for a level that is not between 0 and 1.
void require_level(double level);

}  // namespace deepobs
