#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "problems/data/dataset_parts.h"

namespace deepobs {

/// How the files of a data set become its columns. A format knows no set by name: what it must know of one, the facts
/// of the set tell it.
class DataFormat {
 public:
  virtual ~DataFormat() = default;

  /// Whether sets of this format are too large for memory: load() then gives each part a Split::source.
  virtual bool streams() const { return false; }

  /// Fills the parts of `set`, whose columns are there and empty; returns the records of each file. A format that
  /// streams gives each part its number of records and a source (Split::source), which keeps what it needs of `where`.
  /// Errors: load_dataset().
  virtual Counts load(const DatasetInfo& info, const Location& where, Dataset& set) const = 0;

  /// How many records a file on the disk holds. As little of it is read as can tell. Errors: data, io.
  virtual std::int64_t records(const DatasetInfo& info, const FileInfo& file,
                               const std::filesystem::path& path) const = 0;

  /// The same of a file in an archive, of which the size alone is known. `name`: for messages. Errors: data.
  virtual std::int64_t records_of_size(const DatasetInfo& info, const FileInfo& file, const std::string& name,
                                       std::uint64_t bytes) const;

  /// What is wrong with the numbers of records together, where all files are there. Errors: data.
  virtual void check_counts(const DatasetInfo& /*info*/, const Location& /*where*/, const Counts& /*counts*/) const {}

  /// How many records of a file of several parts belong to `part`. Not asked of other files.
  virtual std::int64_t cut(DataPart part, std::int64_t records) const;

  /// What load(), or reading all records of a set that is streamed, has proved of the content beside checksums:
  /// "labels in range".
  virtual std::string proves() const = 0;
};

}  // namespace deepobs
