#include "problems/data/formats/cifar_format.h"

#include <cstring>

#include "engine/base/check.h"
#include "problems/data/formats/cifar.h"
#include "problems/data/formats/file_bytes.h"
#include "problems/data/formats/members.h"

namespace deepobs {
namespace {

/// Where the samples of file i begin when all files before it in its part are whole.
std::int64_t official_begin(const DatasetInfo& info, std::size_t i) {
  std::int64_t begin = 0;
  for (std::size_t j = 0; j < i; ++j)
    if (info.files[j].part == info.files[i].part) begin += info.files[j].records;
  return begin;
}

class CifarFormat final : public DataFormat {
 public:
  explicit CifarFormat(int coarse_classes) : coarse_classes_(coarse_classes) {}

  Counts load(const DatasetInfo& info, const Location& where, Dataset& set) const override {
    const Columns at(info);
    Counts counts(info.files.size());
    const auto read = [&](std::size_t i, ByteSource& source) {
      const FileInfo& file = info.files[i];
      Split& split = set.part(file.part.value());
      auto& images = split.values<std::uint8_t>(at.images);
      // One request for the whole part: nothing is moved while it fills, and only what is written uses memory.
      images.reserve(static_cast<std::size_t>(official_count(info, *file.part) * at.image_bytes));
      counts[i] = read_cifar(source, form(info), file.records, images, split.values<std::int32_t>(at.labels),
                             official_begin(info, i));
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
    for (const DataPart part : {DataPart::train, DataPart::test}) {
      Split& split = set.part(part);
      close_gaps(info, counts, part, split);
      if (split.count != official_count(info, part)) continue;
      const auto note = imbalance(split.values<std::int32_t>(at.labels), form(info).classes);
      if (!note.empty()) set.notes.push_back(text("the ", name_of(part), " part is not the official one: ", note));
    }
    return counts;
  }

  std::int64_t records(const DatasetInfo& info, const FileInfo& file,
                       const std::filesystem::path& path) const override {
    return records_of_size(info, file, path.string(), FileBytes(path).size_on_disk());
  }

  std::int64_t records_of_size(const DatasetInfo& info, const FileInfo& file, const std::string& name,
                               std::uint64_t bytes) const override {
    const auto record = static_cast<std::uint64_t>(form(info).record_bytes());
    require(bytes > 0 && bytes % record == 0 && bytes / record <= static_cast<std::uint64_t>(file.records), Fault::data,
            name, ": has ", bytes, " bytes; expected are 1 ... ", file.records, " records of ", record, " bytes");
    return static_cast<std::int64_t>(bytes / record);
  }

  std::string proves() const override {
    return "labels in range, classes counted; no checksums are published for the .bin files";
  }

 private:
  struct Columns {
    explicit Columns(const DatasetInfo& info)
        : images(column_index(info.columns, "images")),
          labels(column_index(info.columns, "labels")),
          image_bytes(info.columns[images].item.elements()) {}
    std::size_t images, labels;
    std::int64_t image_bytes;
  };

  CifarForm form(const DatasetInfo& info) const {
    return {.classes = static_cast<int>(info.columns[column_index(info.columns, "labels")].kinds),
            .coarse_classes = coarse_classes_};
  }

  /// Every file's samples lie at their official place, because an archive gives the files in any order; this moves them
  /// together where a file before them is short or not there.
  static void close_gaps(const DatasetInfo& info, const Counts& counts, DataPart part, Split& split) {
    const Columns at(info);
    auto& images = split.values<std::uint8_t>(at.images);
    auto& labels = split.values<std::int32_t>(at.labels);
    const auto image_bytes = static_cast<std::size_t>(at.image_bytes);
    std::size_t to = 0;
    for (std::size_t i = 0; i < counts.size(); ++i) {
      if (info.files[i].part != part || !counts[i]) continue;
      const auto from = static_cast<std::size_t>(official_begin(info, i)), count = static_cast<std::size_t>(*counts[i]);
      if (from != to) {
        std::memmove(images.data() + to * image_bytes, images.data() + from * image_bytes, count * image_bytes);
        std::memmove(labels.data() + to, labels.data() + from, count * sizeof labels[0]);
      }
      to += count;
    }
    images.resize(to * image_bytes);
    labels.resize(to);
    split.count = static_cast<std::int64_t>(to);
  }

  int coarse_classes_;
};

}  // namespace

std::shared_ptr<const DataFormat> cifar_format(int coarse_classes) {
  return std::make_shared<CifarFormat>(coarse_classes);
}

}  // namespace deepobs
