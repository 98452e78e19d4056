#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "runner/analysis/reading/bulk_reader.h"
#include "runner/analysis/reading/finding.h"
#include "runner/analysis/reading/folder_walk.h"

namespace deepobs {

/// A run that may be counted.
struct SettingRun {
  std::string file;  ///< name in the setting's folder
  ReadResult result;
};

/// The runs of one setting that are peers: made in the same way, each with a seed of its own and lists of full length.
struct SettingRuns {
  const SettingFolder* folder = nullptr;
  std::vector<SettingRun> runs;  ///< sorted by seed; empty where no file can be used
};

/// How many files there were, and what became of them.
struct FileCounts {
  std::int64_t found = 0, used = 0;
  std::int64_t unreadable = 0, incomplete = 0, duplicates = 0, mixed = 0;  ///< left out, and why
  std::int64_t other = 0;                                                  ///< no runs, by name and place
};

/// The regulariser's factor that the file gives, in digits; empty where it gives none, which is the problem's.
std::string given_decay(const ReadResult& result);

/// Reads the runs of settings one after the other, and says of each file that is left out why. Left out are
/// - files that cannot be read, and runs whose lists have not one value per epoch from 0 to the last;
/// - runs whose problem, optimizer, epochs, batch size, regulariser, hyperparameters or schedule are not those of most
///   runs of the folder (of equally many those of the first file);
/// - of several runs with one seed all but the newest, by the time in their names.
class SettingReader {
 public:
  /// `strict`: every file is read by read_result(), which also looks into the lists that BulkReader passes over, and
  /// what DeepOBS 1.2's check_output would say is found, too.
  explicit SettingReader(bool strict = false) : strict_(strict) {}

  SettingRuns read(const SettingFolder& folder);

  const FileCounts& counts() const { return counts_; }

  /// What was found so far, one finding for each kind; and begins anew.
  std::vector<Finding> take_findings();

 private:
  void leave_out(FindingKind kind, const SettingFolder& folder, const std::string& file, const std::string& why);
  void keep_peers(const SettingFolder& folder, std::vector<SettingRun>& runs);
  void keep_newest(const SettingFolder& folder, std::vector<SettingRun>& runs);
  void look_at(const SettingFolder& folder, const std::vector<SettingRun>& runs);

  bool strict_;
  BulkReader reader_;
  FileCounts counts_;
  std::vector<std::pair<FindingKind, std::string>> found_;  // kind, and the place with the reason
};

}  // namespace deepobs
