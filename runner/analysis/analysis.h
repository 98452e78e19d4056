#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "runner/analysis/classic/convergence.h"
#include "runner/analysis/classic/ranking.h"
#include "runner/analysis/classic/setting_summary.h"
#include "runner/analysis/reading/finding.h"
#include "runner/analysis/reading/setting_reader.h"

namespace deepobs {

/// What is asked.
struct AnalysisQuestion {
  std::filesystem::path results;
  std::vector<std::filesystem::path> references = {};  ///< baselines, in the same kind of tree
  /// By which settings are chosen; where not all runs of an optimizer have it, valid_losses or else test_losses, as in
  /// DeepOBS 1.2. Empty: the usual one, of the validation set where all runs have one.
  std::string metric = {};
  std::vector<std::string> problems = {}, optimizers = {};  ///< these alone; empty: all
  /// DeepOBS's convergence_performance.json; empty: the one in the results or in the first reference that has one.
  std::filesystem::path convergence = {};
  bool strict = false;  ///< every file is read by the strict reader
  /// Called before each setting with the number of files read so far and of all.
  std::function<void(std::int64_t done, std::int64_t all)> progress = {};
};

/// A chosen setting's runs with their curves, and what the seeds have in common.
struct SettingCurves {
  std::vector<SettingRun> runs;
  PerMetric<std::optional<Bands>> bands;
};

/// An optimizer on one problem: all its settings, and which of them are chosen.
struct OptimizerAnalysis {
  std::string name;
  std::string reference = {};  ///< the folder it was read from, where that is not the results'
  ResultMetric chosen_by = ResultMetric::test_losses;
  std::vector<SettingSummary> settings = {};  ///< sorted by name, each with a run
  std::array<std::optional<std::size_t>, all_modes.size()> chosen = {};
  std::map<std::size_t, SettingCurves> curves = {};  ///< of the chosen settings

  const SettingSummary* setting(ChoiceMode mode) const {
    const auto& index = chosen[static_cast<std::size_t>(mode)];
    return index ? &settings[*index] : nullptr;
  }
  std::int64_t runs() const;
};

struct ProblemAnalysis {
  std::string name;
  ResultMetric metric = ResultMetric::test_losses;  ///< the usual one of the test set, which is reported
  std::optional<double> convergence = {};           ///< the performance that counts as solved
  std::vector<OptimizerAnalysis> optimizers = {};   ///< sorted by name, those of references last
};

/// Everything that is said of a tree of results; texts, tables, figures and files are made of it.
struct Analysis {
  FileCounts files;                       ///< of the results
  FileCounts reference_files;             ///< of all references together
  std::vector<Finding> findings;          ///< warnings first
  std::vector<ProblemAnalysis> problems;  ///< sorted by name

  std::size_t warnings() const;
};

/// Reads the results, setting by setting: at no time more curves are in memory than those of one setting and of the
/// chosen ones. What is wrong is a finding, and no error.
///   errors  missing, for a folder that is not there or has no results; usage, for names that are unknown, or a folder
///           that is given twice; io, data for a convergence file that cannot be read
Analysis analyze(const AnalysisQuestion& question);

}  // namespace deepobs
