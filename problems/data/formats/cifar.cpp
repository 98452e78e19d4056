#include "problems/data/formats/cifar.h"

#include <algorithm>
#include <vector>

#include "engine/base/check.h"

namespace deepobs {
namespace {

constexpr std::int64_t pixels = 32 * 32, image_bytes = 3 * pixels;
constexpr std::int64_t records_at_once = 64;  // 192 KiB: small beside the set, large beside a read

void interleave(const std::uint8_t* planes, std::uint8_t* image) {
  for (std::int64_t p = 0; p < pixels; ++p)
    for (std::int64_t c = 0; c < 3; ++c) image[3 * p + c] = planes[c * pixels + p];
}

void require_label(int label, int classes, const char* kind, const ByteSource& source, std::int64_t record,
                   std::int64_t offset) {
  if (label >= classes)
    fail(Fault::data, source.name(), ": record ", record, " (byte ", offset, ") has the ", kind, ' ', label,
         "; they lie in 0 ... ", classes - 1);
}

template <class T>
void grow(std::vector<T>& values, std::int64_t size) {
  if (values.size() < static_cast<std::size_t>(size)) values.resize(static_cast<std::size_t>(size));
}

}  // namespace

std::int64_t read_cifar(ByteSource& source, const CifarForm& form, std::int64_t max_records,
                        std::vector<std::uint8_t>& images, std::vector<std::int32_t>& labels, std::int64_t first) {
  const std::int64_t record_bytes = form.record_bytes(), label_bytes = record_bytes - image_bytes;
  std::vector<std::uint8_t> chunk(static_cast<std::size_t>(records_at_once * record_bytes));
  std::int64_t count = 0;
  while (true) {
    const auto came = static_cast<std::int64_t>(source.read(chunk));
    const std::int64_t whole = came / record_bytes, rest = came % record_bytes;
    require(rest == 0, Fault::data, source.name(), ": ends after ", count * record_bytes + came, " bytes, ", rest,
            " bytes into record ", count + whole, " of ", record_bytes, " bytes; the file is cut off, get it again");
    require(count + whole <= max_records, Fault::data, source.name(), ": holds more than the ", max_records,
            " records (", max_records * record_bytes, " bytes) of the official file");
    grow(images, (first + count + whole) * image_bytes);
    grow(labels, first + count + whole);
    for (std::int64_t r = 0; r < whole; ++r, ++count) {
      const std::uint8_t* record = chunk.data() + r * record_bytes;
      const std::int64_t offset = count * record_bytes;
      if (form.coarse_classes > 0) require_label(record[0], form.coarse_classes, "coarse label", source, count, offset);
      const int label = record[label_bytes - 1];
      require_label(label, form.classes, "label", source, count, offset + label_bytes - 1);
      labels[static_cast<std::size_t>(first + count)] = label;
      interleave(record + label_bytes, images.data() + (first + count) * image_bytes);
    }
    if (came < static_cast<std::int64_t>(chunk.size())) break;
  }
  require(count > 0, Fault::data, source.name(), ": holds 0 records");
  return count;
}

std::string imbalance(const std::vector<std::int32_t>& labels, int classes) {
  std::vector<std::int64_t> counts(static_cast<std::size_t>(classes));
  for (const std::int32_t label : labels) ++counts[static_cast<std::size_t>(label)];
  const auto all = static_cast<std::int64_t>(labels.size());
  for (int label = 0; label < classes; ++label)
    if (counts[static_cast<std::size_t>(label)] * classes != all)
      return text("class ", label, " occurs ", counts[static_cast<std::size_t>(label)], " times, ", all / classes,
                  " times in the official set");
  return "";
}

}  // namespace deepobs
