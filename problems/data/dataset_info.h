#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "problems/data/dataset.h"

namespace deepobs {

class DataFormat;

/// A file of an official distribution.
struct FileInfo {
  std::vector<std::string> spellings;  ///< names the file may have; the first is the official one
  std::optional<DataPart> part;        ///< nothing: its format cuts it into the parts
  std::vector<std::string> columns;    ///< those that it holds. Files of one part with equal columns follow one another
  std::int64_t records;                ///< official number
  std::optional<std::uint32_t> crc;    ///< CRC-32 of the unpacked official file; nothing where none is known
};

/// The facts of a data set: what its records are, and either the files of its official distribution or a function that
/// computes or opens it. One file problems/data/sets/NAME.cpp each, which defines DatasetInfo NAME(); the build finds it.
struct DatasetInfo {
  std::string name;   ///< DeepOBS's: "cifar10"
  std::string title;  ///< "CIFAR-10"
  std::vector<Column> columns;
  std::int64_t train = 0, test = 0, valid = 0;  ///< official numbers of records; valid 0: it has no part of its own

  /// The values of one part of a set that is computed; such a set has no files.
  std::function<std::vector<ColumnValues>(DataPart part)> generate = {};

  /// Or how to read one part record by record: of a set that is too large for memory, and that this function finds by
  /// itself. It may have fewer records than officially. (A set whose files deepobs is to find has a format that
  /// streams.) Errors: missing, data, io, if the part cannot be read.
  std::function<RecordSource(DataPart part)> open = {};

  std::shared_ptr<const DataFormat> format = {};  ///< how the files become the columns
  std::vector<std::string> folders = {};          ///< where the files lie below a place, first choice first
  std::vector<FileInfo> files = {};               ///< in the order of the records
  std::string archive = {};                       ///< a .tar.gz that holds the files; empty: there is none
  std::string archive_folder = {};                ///< the folder inside it
  std::uint64_t archive_bytes = 0;                ///< more than the official archive unfolds to is not read
  std::string how_to_get = {};                    ///< one line per way; FOLDER stands for where the files should be put

  /// Tells apart what a program's own data set of this name was at different times, so that results on them are not
  /// averaged: a checksum, for example. Empty for those of deepobs.
  std::string version = {};

  /// Whether a function gives it, and deepobs looks for no files.
  bool is_generated() const { return generate != nullptr || open != nullptr; }

  /// Whether its records are read while training goes on, and never all of them are in memory.
  bool is_streamed() const;
};

/// Official number of records of one part.
std::int64_t official_count(const DatasetInfo& info, DataPart part);

/// All data sets, in alphabetical order.
const std::vector<DatasetInfo>& data_sets();

/// Errors: usage, with the nearest known one, if there is no such set.
const DatasetInfo& find_data_set(std::string_view name);

}  // namespace deepobs
