#include "problems/data/dataset_parts.h"

#include <algorithm>

#include "engine/base/check.h"
#include "problems/data/data_format.h"

namespace deepobs {
namespace {

/// Whether a file's records are counted: each record once, though several files may hold columns of it.
bool counts_records(const DatasetInfo& info, const FileInfo& file) {
  return std::ranges::find(file.columns, info.columns.front().name) != file.columns.end();
}

/// "training samples"; of a file that is cut into parts only "samples".
std::string samples_words(const FileInfo& file) {
  return file.part ? std::string(name_of(*file.part)) + " samples" : "samples";
}

}  // namespace

Counts files_there(const Location& where) {
  Counts counts(where.files.size());
  for (std::size_t i = 0; i < counts.size(); ++i)
    if (!where.files[i].empty()) counts[i] = 0;
  return counts;
}

std::string missing_parts(const DatasetInfo& info, const Counts& counts) {
  std::string missing;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const FileInfo& file = info.files[i];
    bool needed = true;
    for (std::size_t j = 0; j < counts.size(); ++j)
      if (counts[j] && info.files[j].part == file.part && info.files[j].columns == file.columns) needed = false;
    if (needed) missing += (missing.empty() ? "" : ", ") + file.spellings.front();
  }
  return missing;
}

void require_parts(const DatasetInfo& info, const Location& where, const Counts& counts) {
  const std::string missing = missing_parts(info, counts);
  require(missing.empty(), Fault::missing, "data set ", info.name, " in ", where.found_in().string(), ": ", missing,
          " not there", get_it_text(info, where.folder));
}

std::int64_t records_of(const DatasetInfo& info, const Counts& counts, DataPart part) {
  std::int64_t sum = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const FileInfo& file = info.files[i];
    if (!counts_records(info, file)) continue;
    const std::int64_t records = counts[i].value_or(0);
    if (!file.part)
      sum += info.format->cut(part, records);
    else if (*file.part == part)
      sum += records;
  }
  return sum;
}

std::vector<std::string> incomplete_notes(const DatasetInfo& info, const Counts& counts) {
  std::vector<std::string> notes;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const FileInfo& file = info.files[i];
    if (!counts_records(info, file)) continue;
    if (!counts[i])
      notes.push_back(text(file.spellings.front(), " is not there (", file.records, ' ', samples_words(file), ")"));
    else if (*counts[i] < file.records)
      notes.push_back(
          text(file.spellings.front(), " has ", *counts[i], " of ", file.records, ' ', samples_words(file)));
  }
  return notes;
}

}  // namespace deepobs
