#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "runner/analysis/reading/finding.h"

namespace deepobs {

/// A folder with runs in it: one choice of hyperparameters, one file a seed. The last three names of its path are those
/// of the problem, the optimizer and the setting.
struct SettingFolder {
  std::filesystem::path path;
  std::string place;  ///< the same, relative to the results
  std::string problem, optimizer, name;
  std::vector<std::string> files;  ///< names of the runs' files, sorted
};

struct FolderWalk {
  std::vector<SettingFolder> settings;  ///< sorted by problem, optimizer, setting
  std::vector<Finding> findings;
  std::int64_t files = 0;        ///< of runs
  std::int64_t other_files = 0;  ///< passed over: logs of tuners, a file of convergence performances
};

/// Looks through a tree of results of any depth and size, and reads no file. `results` may also be the folder of one
/// problem, one optimizer or one setting. A run is a file *.json that is called random_seed__*, or lies in a folder
/// whose name has num_epochs in it, as DeepOBS's settings are called, or in one without folders three levels below the
/// results. A folder without a run is told if it has num_epochs in its name, or has no folders in it and is not part of
/// a setting.
/// Symbolic links are followed, each folder once.
///   errors  missing, where there is no such folder; usage, where it is none
FolderWalk walk_results(const std::filesystem::path& results);

/// What is said of folders that are repeated, empty or unreadable.
Finding folder_finding(FindingKind kind, std::vector<std::string> places);

}  // namespace deepobs
