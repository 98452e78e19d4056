#pragma once

#include <string>
#include <vector>

#include "runner/analysis/analysis.h"

namespace deepobs {

/// A file to be written, by its name in a folder.
struct NamedText {
  std::string name, text;
};

/// The analysis as tables for other programs, RFC 4180 with a line of titles, UTF-8, the shortest digits that give the
/// same numbers again, and "nan" for what is no number:
///   performance_table.csv  DeepOBS's table: a row for each problem and quantity, a column for each optimizer
///   settings.csv           a row for each setting, also for sensitivities and final values over tuning ranks
///   runs.csv               a row for each run
///   curves.csv             a row for each epoch and metric of the chosen settings
std::vector<NamedText> analysis_csv(const Analysis& analysis, ChoiceMode mode);

}  // namespace deepobs
