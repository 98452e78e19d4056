#pragma once

#include <string>

#include "runner/analysis/classic/performance_table.h"

namespace deepobs {

/// DeepOBS 1.1's table as LaTeX, for a document with booktabs, graphicx and colortbl (xcolor's option table): each
/// number in the colour command \cca{score}{number}, green where it is the row's best and red where it is its worst, with
/// four decimals. What DeepOBS strips from the hyperparameters (braces, quotes, underscores) is stripped here.
std::string performance_latex(const PerformanceTable& table);

}  // namespace deepobs
