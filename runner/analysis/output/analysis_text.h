#pragma once

#include <string>

#include "runner/analysis/analysis.h"

namespace deepobs {

/// How the text is to look.
struct TextStyle {
  int columns = 100;            ///< of the terminal
  bool is_bold = false;         ///< the best of a problem in bold, as terminals have it
  std::size_t most_places = 5;  ///< files that a finding names
};

/// The warnings first; then for each problem a row for every optimizer, best first: the value of the setting
/// that the mode chooses, the 95 % t interval of its mean (from two runs on), runs, speed, hyperparameters and the mean
/// curve in blocks. A star marks the best mean. At the end the rules in words, and
/// the notes.
std::string analysis_text(const Analysis& analysis, ChoiceMode mode, const TextStyle& style = {});

/// DeepOBS 1.2's check_output: what was found, and how many settings have how many seeds.
std::string check_text(const Analysis& analysis, const TextStyle& style = {});

/// Seconds an epoch, and how many times SGD's.
std::string runtime_text(const Analysis& analysis);

}  // namespace deepobs
