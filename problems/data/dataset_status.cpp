#include "problems/data/dataset_status.h"

#include <system_error>
#include <utility>

#include "engine/base/check.h"
#include "problems/data/data_format.h"
#include "problems/data/datasets.h"
#include "problems/data/formats/file_bytes.h"
#include "problems/data/formats/members.h"

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
    counts[i] = info.format->records_of_size(info, file, reader.name(), entry.size);
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
      std::error_code unknown;  // reading it will tell
      const bool of_many = info.is_streamed() && std::filesystem::is_directory(path, unknown);
      if (!of_many) entry.bytes = FileBytes(path).size_on_disk();
      entry.records = info.format->records(info, file, path);
      counts[i] = entry.records;
    });
  }
  return counts;
}

/// Opening reads no record.
void survey_opened(const DatasetInfo& info, DatasetStatus& status) {
  guarded(status, [&] {
    const Dataset set = load_dataset(info, {});
    status.state = set.complete ? DataState::complete : DataState::subset;
    status.notes = set.notes;
    status.notes.emplace_back(opened_note);
    status.train_samples = set.train.count;
    status.test_samples = set.test.count;
    status.valid_samples = set.valid.count;
  });
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
  return dataset_status(find_data_set(name), places);
}

DatasetStatus dataset_status(const DatasetInfo& info, std::span<const DataPlace> places) {
  DatasetStatus status;
  status.name = info.name;
  status.title = info.title;
  if (info.open) {
    survey_opened(info, status);
    return status;
  }
  if (info.generate) {
    status.state = DataState::complete;
    status.notes = {std::string(computed_note)};
    status.train_samples = info.train;
    status.test_samples = info.test;
    status.valid_samples = info.valid;
    return status;
  }
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
    info.format->check_counts(info, *where, counts);
    status.train_samples = records_of(info, counts, DataPart::train);
    status.test_samples = records_of(info, counts, DataPart::test);
    status.valid_samples = records_of(info, counts, DataPart::valid);
    status.notes = incomplete_notes(info, counts);
    if (!status.notes.empty()) status.state = DataState::subset;
  });
  return status;
}

}  // namespace deepobs
