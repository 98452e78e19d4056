#include "problems/data/dataset_parts.h"

#include "engine/check.h"

namespace deepobs {

const char* half_name(Half half) { return half == Half::train ? "training" : "test"; }

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
    bool needed = !counts[i].has_value();
    if (file.content == Content::records)
      for (std::size_t j = 0; j < counts.size(); ++j)
        if (info.files[j].half == file.half && counts[j].has_value()) needed = false;
    if (needed) missing += (missing.empty() ? "" : ", ") + file.spellings.front();
  }
  return missing;
}

void require_parts(const DatasetInfo& info, const Location& where, const Counts& counts) {
  const std::string missing = missing_parts(info, counts);
  require(missing.empty(), Fault::missing, "data set ", info.name, " in ", where.found_in().string(), ": ", missing,
          " not there", get_it_text(info, where.folder));
}

std::vector<std::string> incomplete_notes(const DatasetInfo& info, const Counts& counts) {
  std::vector<std::string> notes;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const FileInfo& file = info.files[i];
    if (file.content == Content::labels) continue;  // there are as many as images
    if (!counts[i])
      notes.push_back(
          text(file.spellings.front(), " is not there (", file.records, ' ', half_name(file.half), " samples)"));
    else if (*counts[i] < file.records)
      notes.push_back(text(file.spellings.front(), " has ", *counts[i], " of ", file.records, ' ', half_name(file.half),
                           " samples"));
  }
  return notes;
}

}  // namespace deepobs
