#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace deepobs {

/// What can be wrong with, or worth knowing about, a tree of results.
enum class FindingKind {
  unreadable,         ///< a file that is no result: cut off, no JSON, a key absent
  incomplete,         ///< a list that has not one value per epoch from 0 to the last
  duplicate,          ///< a run of the same problem, optimizer, setting and seed as another
  mixed_setting,      ///< a run that was made in another way than the others of its setting
  misplaced,          ///< a run whose file names another problem or optimizer than its folders
  missing_list,       ///< a run without lists that others of its setting have
  repeated_folder,    ///< folders of one problem, optimizer and setting in several places of the tree
  empty_folder,       ///< a folder of a problem, an optimizer or a setting without a run in it
  unreadable_folder,  ///< a folder that may not be looked into
  diverged,           ///< runs that diverged, or whose last value is not finite
  mixed_protocol,     ///< runs of one problem that were made in different ways
  mixed_choice,       ///< optimizers of one problem chosen by different metrics
  missing_metric,     ///< optimizers that cannot be chosen by the metric asked for
  no_choice,          ///< an optimizer none of whose settings can be the best
  unchecked,          ///< a file that DeepOBS 1.2's check_output calls corrupted, though it can be used
  note,               ///< not wrong: what a reader of the numbers should know
};

/// "unreadable", "mixed_protocol".
std::string_view name_of(FindingKind kind);

/// One thing found, told in a sentence, and the files or folders that it is about.
struct Finding {
  FindingKind kind = FindingKind::note;
  std::string text;
  std::vector<std::string> places = {};  ///< relative to the results, or below the name of a reference

  /// A note does not make a tree doubtful.
  bool is_warning() const { return kind != FindingKind::note; }
};

/// The sentence with at most `most` of its places, and how many more there are.
std::string finding_text(const Finding& finding, std::size_t most);

}  // namespace deepobs
