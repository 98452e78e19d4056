#pragma once

#include <functional>
#include <string>
#include <vector>

#include "runner/training/config/run_config.h"

namespace deepobs {

/// A setting and the values that it takes in turn.
struct Axis {
  struct Choice {
    std::string text;  ///< "0.1"
    std::function<void(RunConfig&)> apply;
  };
  std::string name;  ///< "learning_rate"
  std::vector<Choice> choices;
};

/// Every combination of several settings.
struct Sweep {
  struct Member {
    RunConfig config;
    std::vector<std::string> values;  ///< in the order of `names`
  };
  std::vector<std::string> names;
  std::vector<bool> differs;  ///< by name: whether it tells runs apart
  std::vector<Member> runs;

  /// "learning_rate 0.1, random_seed 3": the settings that tell a run from the others; all when there is but one.
  std::string described(std::size_t run) const;
};

/// More runs than anybody means. So many can be described and, each with a plan of its own, prepared in seconds and
/// with half a gigabyte; ten times as many in hours.
inline constexpr std::size_t most_runs = 10'000;

/// The product of the axes over a base, the last axis changing fastest. "{learning_rate}" or "{lr}" in the name of the
/// file for the parameters becomes that run's value, and likewise "{seed}" and every axis by its name.
///   errors  usage: more than most_runs; a value twice on an axis; several runs and one file for all their parameters;
///           a "{name}" in that file's name that is no axis
Sweep product(const RunConfig& base, const std::vector<Axis>& axes);

}  // namespace deepobs
