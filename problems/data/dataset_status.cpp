#include "problems/data/dataset_status.h"

#include <utility>

#include "engine/check.h"
#include "problems/data/cifar_set.h"
#include "problems/data/file_bytes.h"
#include "problems/data/idx_set.h"

namespace deepobs {
namespace {

/// Runs `look`; what it cannot read is the set's state.
template <class Look>
void guarded(DatasetStatus& status, Look look) {
  try {
    look();
  } catch (const Error& error) {
    status.state = DataState::damaged;
    status.notes.push_back(error.what());
  }
}

Counts survey_archive(const DatasetInfo& info, const Location& where, DatasetStatus& status) {
  Counts counts(info.files.size());
  for_each_member(info, where, [&](std::size_t i, const TarEntry& entry, TarReader& reader) {
    const FileInfo& file = info.files[i];
    counts[i] = cifar_records(info, file, reader.name(), entry.size);
    status.files.push_back({entry.name, entry.size, *counts[i], file.records});
  });
  return counts;
}

Counts survey_folder(const DatasetInfo& info, const Location& where, DatasetStatus& status) {
  Counts counts = files_there(where);
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const std::filesystem::path& path = where.files[i];
    if (path.empty()) continue;
    const FileInfo& file = info.files[i];
    FileStatus& entry = status.files.emplace_back(FileStatus{path, 0, 0, file.records});
    guarded(status, [&] {
      entry.bytes = FileBytes(path).size_on_disk();
      entry.records = file.content == Content::records ? cifar_records(info, file, path.string(), entry.bytes)
                                                       : IdxFile(path, idx_form(info, file)).count();
      counts[i] = entry.records;
    });
  }
  return counts;
}

}  // namespace

DatasetStatus dataset_status(std::string_view name, std::span<const std::filesystem::path> places) {
  const DatasetInfo& info = dataset_info(name);
  DatasetStatus status;
  status.name = info.name;
  status.title = info.title;
  status.how_to_get = info.how_to_get;
  guarded(status, [&] {
    const auto where = locate(info, places);
    if (!where) return;
    status.folder = where->found_in();
    status.state = DataState::complete;
    const Counts counts =
        where->archive.empty() ? survey_folder(info, *where, status) : survey_archive(info, *where, status);
    if (status.state == DataState::damaged) return;
    if (const std::string missing = missing_parts(info, counts); !missing.empty()) {
      status.state = DataState::missing;
      status.notes.push_back(missing + " not there");
      return;
    }
    if (info.files.front().content != Content::records) require_equal_counts(info, *where, counts);
    status.notes = incomplete_notes(info, counts);
    if (!status.notes.empty()) status.state = DataState::subset;
  });
  return status;
}

}  // namespace deepobs
