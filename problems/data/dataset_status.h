#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/check.h"
#include "problems/data/locate.h"

namespace deepobs {

enum class DataState {
  missing,   ///< nothing found, or a part that the set cannot do without is not there
  damaged,   ///< a file that is no such file, or that may not be read
  subset,    ///< can be loaded, with fewer samples than the official set
  complete,  ///< all official samples are there
};

/// The note of a data set that is computed.
inline constexpr std::string_view computed_note = "computed, from a seed of its own";

/// The note of one that a function opens.
inline constexpr std::string_view opened_note = "read record by record, where its own function finds it";

/// "missing", "damaged", "subset", "complete".
std::string_view name_of(DataState state);

struct FileStatus {
  std::filesystem::path file;         ///< on the disk; of an archive: the path inside it
  std::uint64_t bytes = 0;            ///< on the disk; of an archive: unpacked; of a folder of records: 0
  std::int64_t records = 0;           ///< 0 if that cannot be told
  std::int64_t official_records = 0;  ///< of the official file
};

struct DatasetStatus {
  std::string name, title;
  DataState state = DataState::missing;
  std::filesystem::path folder;    ///< as Dataset::folder; empty when nothing was found, too
  std::vector<FileStatus> files;   ///< those that are there
  std::vector<std::string> notes;  ///< why it is not complete; of a missing one, where it could not be looked for; of a
                                   ///< computed or opened one, that it is
  std::optional<Error> error;      ///< what load_dataset() says of it where it is missing or damaged
  std::string how_to_get;          ///< one line per way

  /// What load_dataset() would give, where the set can be loaded.
  std::int64_t train_samples = 0, test_samples = 0, valid_samples = 0;
};

/// How much of a data set is on this machine. Sizes, headers and gzip trailers tell, where they can; an archive is
/// unpacked (about a second), a MAT-file walked through and a text read, because nothing else tells their contents.
/// Contents and checksums are not compared with anything, so load_dataset() may still find damage in a set that is
/// `complete` here. A file that is cut off shows. Errors: usage (unknown name). The result tells what load_dataset()
/// would report as missing, damaged or not readable.
DatasetStatus dataset_status(std::string_view name, std::span<const DataPlace> places);
DatasetStatus dataset_status(const DatasetInfo& info, std::span<const DataPlace> places);

}  // namespace deepobs
