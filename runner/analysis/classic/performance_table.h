#pragma once

#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "runner/analysis/analysis.h"

namespace deepobs {

/// What a row of DeepOBS's table says of each optimizer's chosen setting.
enum class Quantity { performance, speed, tuneability };

/// "Performance", "Speed", "Tuneability".
std::string_view name_of(Quantity quantity);

/// A number, a text, or nothing.
using TableCell = std::variant<std::monostate, double, std::string>;

struct TableRow {
  std::string problem;
  Quantity quantity = Quantity::performance;
  bool larger_is_better = false;
  std::vector<TableCell> cells;  ///< one for each optimizer

  /// DeepOBS's colour of each cell, from 0, the worst of the row, to 100, the best; 50 where all are equal. None for
  /// what is no finite number.
  std::vector<std::optional<double>> scores() const;
};

/// The overall performance table of DeepOBS 1.1 and 1.2: Performance is the last value of the mean test curve, in mode
/// best its best; Speed the epochs to the convergence performance; Tuneability the hyperparameters, learning rate first,
/// and the schedule.
struct PerformanceTable {
  std::vector<std::string> optimizers;  ///< GradientDescentOptimizer, MomentumOptimizer, AdamOptimizer, then the others
  std::vector<TableRow> rows;
};

/// Of these problems, or of all.
PerformanceTable performance_table(const Analysis& analysis, ChoiceMode mode,
                                   std::span<const std::string> problems = {});

/// The problems of DeepOBS's two benchmark sets, P1 to P4 and P5 to P8.
std::span<const std::string> small_set();
std::span<const std::string> large_set();

/// "lr: 1.58e-02, momentum: 0.9".
std::string tuneability(const SettingSummary& setting);

}  // namespace deepobs
