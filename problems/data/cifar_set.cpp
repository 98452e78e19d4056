#include "problems/data/cifar_set.h"

#include <cstring>

#include "engine/check.h"
#include "problems/data/cifar.h"
#include "problems/data/file_bytes.h"

namespace deepobs {
namespace {

/// The official archives unfold to 184.4 and 184.5 MB.
constexpr std::uint64_t archive_limit = 256'000'000;

CifarForm cifar_form(const DatasetInfo& info) {
  return {.classes = info.classes, .coarse_classes = info.coarse_classes};
}

/// Where the samples of file i begin when all files before it in its half are whole.
std::int64_t official_begin(const DatasetInfo& info, std::size_t i) {
  std::int64_t begin = 0;
  for (std::size_t j = 0; j < i; ++j)
    if (info.files[j].half == info.files[i].half) begin += info.files[j].records;
  return begin;
}

/// Every file's samples lie at their official place, because an archive gives the files in any order; this moves them
/// together where a file before them is short or not there.
void close_gaps(const DatasetInfo& info, const Counts& counts, Half half, Split& split) {
  const auto image_bytes = static_cast<std::size_t>(info.image.elements());
  std::size_t to = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (info.files[i].half != half || !counts[i]) continue;
    const auto from = static_cast<std::size_t>(official_begin(info, i)), count = static_cast<std::size_t>(*counts[i]);
    if (from != to) {
      std::memmove(split.images.data() + to * image_bytes, split.images.data() + from * image_bytes,
                   count * image_bytes);
      std::memmove(split.labels.data() + to, split.labels.data() + from, count * sizeof split.labels[0]);
    }
    to += count;
  }
  split.images.resize(to * image_bytes);
  split.labels.resize(to);
  split.count = static_cast<std::int64_t>(to);
}

}  // namespace

std::int64_t cifar_records(const DatasetInfo& info, const FileInfo& file, const std::string& name,
                           std::uint64_t bytes) {
  const auto record = static_cast<std::uint64_t>(cifar_form(info).record_bytes());
  require(bytes > 0 && bytes % record == 0 && bytes / record <= static_cast<std::uint64_t>(file.records), Fault::data,
          name, ": has ", bytes, " bytes; expected are 1 ... ", file.records, " records of ", record, " bytes");
  return static_cast<std::int64_t>(bytes / record);
}

void for_each_member(const DatasetInfo& info, const Location& where,
                     const std::function<void(std::size_t, const TarEntry&, TarReader&)>& visit) {
  FileBytes archive(where.archive, archive_limit);
  TarReader reader(archive);
  std::vector<bool> seen(info.files.size());
  while (const auto entry = reader.next()) {
    const std::string name = entry->name.starts_with("./") ? entry->name.substr(2) : entry->name;
    for (std::size_t i = 0; i < seen.size(); ++i) {
      if (name != info.archive_folder + '/' + info.files[i].spellings.front()) continue;
      require(!seen[i], Fault::data, reader.name(), " is there twice; which of them is meant cannot be told");
      seen[i] = true;
      visit(i, *entry, reader);
    }
  }
}

Counts load_cifar_set(const DatasetInfo& info, const Location& where, Dataset& set) {
  Counts counts(info.files.size());
  const auto read = [&](std::size_t i, ByteSource& source) {
    const FileInfo& file = info.files[i];
    Split& split = file.half == Half::train ? set.train : set.test;
    // One request for the whole half: nothing is moved while it fills, and only what is written uses memory.
    split.images.reserve(static_cast<std::size_t>(official_count(info, file.half) * info.image.elements()));
    counts[i] = read_cifar(source, cifar_form(info), file.records, split, official_begin(info, i));
  };
  if (where.archive.empty()) {
    require_parts(info, where, files_there(where));
    for (std::size_t i = 0; i < counts.size(); ++i) {
      if (where.files[i].empty()) continue;
      FileBytes source(where.files[i]);
      read(i, source);
    }
  } else {
    for_each_member(info, where, [&](std::size_t i, const TarEntry&, TarReader& reader) { read(i, reader); });
    require_parts(info, where, counts);
  }
  for (const Half half : {Half::train, Half::test}) {
    Split& split = half == Half::train ? set.train : set.test;
    close_gaps(info, counts, half, split);
    if (split.count == official_count(info, half))
      if (const auto note = imbalance(split, info.classes); !note.empty())
        set.notes.push_back(text("the ", half_name(half), " half is not the official one: ", note));
  }
  return counts;
}

}  // namespace deepobs
