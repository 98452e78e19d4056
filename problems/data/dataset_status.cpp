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
    status.state = error.fault() == Fault::missing ? DataState::missing : DataState::damaged;
    if (status.state == DataState::damaged) status.notes.push_back(error.what());
    if (!status.error) status.error = error;
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
      if (file.content == Content::records) {
        entry.records = cifar_records(info, file, path.string(), entry.bytes);
      } else {
        IdxFile idx(path, idx_form(info, file));
        entry.records = idx.count();
        idx.check_length();
      }
      counts[i] = entry.records;
    });
  }
  return counts;
}

std::int64_t samples_of(const DatasetInfo& info, const Counts& counts, Half half) {
  std::int64_t sum = 0;
  for (std::size_t i = 0; i < counts.size(); ++i)
    if (info.files[i].half == half && info.files[i].content != Content::labels) sum += counts[i].value_or(0);
  return sum;
}

}  // namespace

std::string_view name_of(DataState state) {
  switch (state) {
    case DataState::complete:
      return "complete";
    case DataState::subset:
      return "subset";
    case DataState::damaged:
      return "damaged";
    default:
      return "missing";
  }
}

DatasetStatus dataset_status(std::string_view name, std::span<const DataPlace> places) {
  const DatasetInfo& info = dataset_info(name);
  DatasetStatus status;
  status.name = info.name;
  status.title = info.title;
  status.how_to_get = how_to_get(info, folder_to_make(info, places));
  guarded(status, [&] {
    const auto where = locate(info, places);
    if (!where) {
      status.notes = passed_over(info, places);
      fail(Fault::missing, not_found_text(info, places));
    }
    status.folder = where->found_in();
    status.how_to_get = how_to_get(info, where->folder);
    status.state = DataState::complete;
    const Counts counts =
        where->archive.empty() ? survey_folder(info, *where, status) : survey_archive(info, *where, status);
    if (status.state == DataState::damaged) return;
    if (const std::string missing = missing_parts(info, counts); !missing.empty()) {
      status.notes.push_back(missing + " not there");
      require_parts(info, *where, counts);
    }
    if (info.files.front().content != Content::records) require_equal_counts(info, *where, counts);
    status.train_samples = samples_of(info, counts, Half::train);
    status.test_samples = samples_of(info, counts, Half::test);
    status.notes = incomplete_notes(info, counts);
    if (!status.notes.empty()) status.state = DataState::subset;
  });
  return status;
}

}  // namespace deepobs
