#include "problems/data/idx_set.h"

#include <iomanip>
#include <span>
#include <sstream>

#include "engine/check.h"

namespace deepobs {
namespace {

std::string hex(std::uint32_t value) {
  std::ostringstream out;
  out << std::hex << std::setw(8) << std::setfill('0') << value;
  return out.str();
}

/// A file with the official number of records must be the official file; one with fewer must not be another one's.
void check_crc(const DatasetInfo& info, const FileInfo& file, const IdxFile& content) {
  if (!file.crc || content.crc() == *file.crc) return;
  std::string hint = "get the file again";
  bool known = false;
  for (const DatasetInfo& other : dataset_infos())
    for (const FileInfo& candidate : other.files)
      if (candidate.crc == content.crc()) {
        hint = "it is the content of " + candidate.spellings.front() + " of " + other.title;
        known = true;
      }
  require(!known && content.count() < file.records, Fault::data, content.name(), ": is not the official ",
          file.spellings.front(), " of ", info.title, ": the CRC-32 of its content is ", hex(content.crc()), ", not ",
          hex(*file.crc), "; ", hint);
}

std::vector<std::int32_t> checked_labels(const DatasetInfo& info, const IdxFile& file,
                                         std::span<const std::uint8_t> bytes) {
  constexpr std::size_t header = 8;
  for (std::size_t i = 0; i < bytes.size(); ++i)
    if (bytes[i] >= info.classes)
      fail(Fault::data, file.name(), ": sample ", i, " (byte ", header + i, ") has the label ",
           static_cast<int>(bytes[i]), "; labels lie in 0 ... ", info.classes - 1);
  return {bytes.begin(), bytes.end()};
}

}  // namespace

IdxForm idx_form(const DatasetInfo& info, const FileInfo& file) {
  IdxForm form{.item = {}, .max_count = file.records};
  if (file.content == Content::images) form.item = {info.image[0], info.image[1]};
  return form;
}

void require_equal_counts(const DatasetInfo& info, const Location& where, const Counts& counts) {
  for (std::size_t i = 0; i + 1 < counts.size(); i += 2)  // images, then the labels of the same half
    require(counts[i] == counts[i + 1], Fault::data, where.files[i].string(), " has ", counts[i].value_or(0),
            " images, but ", where.files[i + 1].string(), " has ", counts[i + 1].value_or(0), " labels; the ",
            half_name(info.files[i].half), " half needs one label per image");
}

Counts load_idx_set(const DatasetInfo& info, const Location& where, Dataset& set) {
  Counts counts = files_there(where);
  require_parts(info, where, counts);

  // All headers before all contents, and labels before images: what is wrong shows early.
  std::vector<IdxFile> files;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    files.emplace_back(where.files[i], idx_form(info, info.files[i]));
    counts[i] = files[i].count();
  }
  require_equal_counts(info, where, counts);
  for (const Content content : {Content::labels, Content::images})
    for (std::size_t i = 0; i < files.size(); ++i) {
      const FileInfo& file = info.files[i];
      if (file.content != content) continue;
      Split& split = file.half == Half::train ? set.train : set.test;
      std::vector<std::uint8_t> bytes = files[i].read();
      check_crc(info, file, files[i]);
      if (content == Content::labels)
        split.labels = checked_labels(info, files[i], bytes);
      else
        split.images = std::move(bytes);
      split.count = files[i].count();
    }
  return counts;
}

}  // namespace deepobs
