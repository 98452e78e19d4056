#include "problems/data/formats/idx_format.h"

#include <span>

#include "engine/base/check.h"
#include "problems/data/formats/idx.h"
#include "problems/data/formats/official_crc.h"

namespace deepobs {
namespace {

const Column& column_of(const DatasetInfo& info, const FileInfo& file) {
  return info.columns[column_index(info.columns, file.columns.front())];
}

/// What a file of the set must be. The extents of a last axis of 1 (the single channel of a grey image) are not
/// written.
IdxForm form_of(const DatasetInfo& info, const FileInfo& file) {
  IdxForm form{.item = {}, .max_count = file.records};
  const auto extents = column_of(info, file).item.extents();
  form.item.assign(extents.begin(), extents.end());
  if (!form.item.empty() && form.item.back() == 1) form.item.pop_back();
  return form;
}

std::vector<std::int32_t> checked_kinds(const Column& column, const IdxFile& file,
                                        std::span<const std::uint8_t> bytes) {
  constexpr std::size_t header = 8;
  for (std::size_t i = 0; i < bytes.size(); ++i)
    if (bytes[i] >= column.kinds)
      fail(Fault::data, file.name(), ": sample ", i, " (byte ", header + i, ") has the label ",
           static_cast<int>(bytes[i]), "; ", column.name, " lie in 0 ... ", column.kinds - 1);
  return {bytes.begin(), bytes.end()};
}

class IdxFormat final : public DataFormat {
 public:
  Counts load(const DatasetInfo& info, const Location& where, Dataset& set) const override {
    Counts counts = files_there(where);
    require_parts(info, where, counts);

    // All headers before all contents, and labels before images: what is wrong shows early.
    std::vector<IdxFile> files;
    for (std::size_t i = 0; i < counts.size(); ++i) {
      files.emplace_back(where.files[i], form_of(info, info.files[i]));
      counts[i] = files[i].count();
    }
    check_counts(info, where, counts);
    for (const Type type : {Type::i32, Type::u8})
      for (std::size_t i = 0; i < files.size(); ++i) {
        const FileInfo& file = info.files[i];
        const Column& column = column_of(info, file);
        if (column.type != type) continue;
        Split& split = set.part(file.part.value());
        std::vector<std::uint8_t> bytes = files[i].read();
        check_official_crc(info, file, files[i].name(), files[i].count(), files[i].crc());
        const std::size_t at = column_index(info.columns, column.name);
        if (type == Type::i32)
          split.values<std::int32_t>(at) = checked_kinds(column, files[i], bytes);
        else
          split.values<std::uint8_t>(at) = std::move(bytes);
        split.count = files[i].count();
      }
    return counts;
  }

  std::int64_t records(const DatasetInfo& info, const FileInfo& file,
                       const std::filesystem::path& path) const override {
    IdxFile idx(path, form_of(info, file));
    const std::int64_t count = idx.count();
    idx.check_length();
    return count;
  }

  /// Each record has one value of every column.
  void check_counts(const DatasetInfo& info, const Location& where, const Counts& counts) const override {
    for (std::size_t i = 0; i < counts.size(); ++i)
      for (std::size_t j = i + 1; j < counts.size(); ++j)
        require(info.files[i].part != info.files[j].part || counts[i] == counts[j], Fault::data,
                where.files[i].string(), " has ", counts[i].value_or(0), ' ', info.files[i].columns.front(), ", but ",
                where.files[j].string(), " has ", counts[j].value_or(0), ' ', info.files[j].columns.front(), "; the ",
                name_of(info.files[i].part.value()), " part needs one label per image");
  }

  std::string proves() const override { return "labels in range"; }
};

/// "train-images-idx3-ubyte": as .gz and plain, and both with the dot of the older spelling "train-images.idx3-ubyte".
/// The compressed file is preferred because it carries a checksum of its own.
FileInfo mnist_file(const std::string& part_name, const std::string& column, DataPart part, std::int64_t records,
                    std::uint32_t crc) {
  const std::string rank = column == "images" ? "idx3-ubyte" : "idx1-ubyte";
  const std::string name = part_name + '-' + column + '-' + rank, older = part_name + '-' + column + '.' + rank;
  return {{name + ".gz", name, older + ".gz", older}, part, {column}, records, crc};
}

}  // namespace

std::shared_ptr<const DataFormat> idx_format() { return std::make_shared<IdxFormat>(); }

std::vector<FileInfo> mnist_files(const std::array<std::uint32_t, 4>& crcs) {
  return {mnist_file("train", "images", DataPart::train, 60000, crcs[0]),
          mnist_file("train", "labels", DataPart::train, 60000, crcs[1]),
          mnist_file("t10k", "images", DataPart::test, 10000, crcs[2]),
          mnist_file("t10k", "labels", DataPart::test, 10000, crcs[3])};
}

}  // namespace deepobs
