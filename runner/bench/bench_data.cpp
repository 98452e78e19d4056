#include "runner/bench/bench_data.h"

#include <algorithm>
#include <span>

#include "engine/tensor/random.h"
#include "problems/data/datasets.h"
#include "problems/data/locate.h"

namespace deepobs {
namespace {

/// Random values of a column, `kinds` of them where it has kinds. Numbers lie in [-1, 1).
ColumnValues random_values(const Column& column, std::int64_t records, std::uint32_t sub, std::uint64_t number) {
  ColumnValues values = no_values(column);
  const auto count = static_cast<std::size_t>(records * column.item.elements());
  const auto words = [&](std::size_t i) {
    return random_words(1, Stream::augment, sub, number, static_cast<std::uint32_t>(i));
  };
  if (auto* bytes = std::get_if<std::vector<std::uint8_t>>(&values)) {
    bytes->resize(count);
    for (std::size_t i = 0; i < count; i += 16) {
      const RandomWords random = words(i / 16);
      for (std::size_t byte = 0; byte < 16 && i + byte < count; ++byte)
        (*bytes)[i + byte] = static_cast<std::uint8_t>(random[byte / 4] >> byte % 4 * 8);
    }
  } else if (auto* integers = std::get_if<std::vector<std::int32_t>>(&values)) {
    integers->resize(count);
    const auto kinds = static_cast<std::uint32_t>(std::max<std::int64_t>(column.kinds, 1));
    for (std::size_t i = 0; i < count; ++i) (*integers)[i] = static_cast<std::int32_t>(words(i)[0] % kinds);
  } else {
    auto& floats = std::get<std::vector<float>>(values);
    floats.resize(count);
    for (std::size_t i = 0; i < count; ++i) floats[i] = 2 * uniform(words(i)[0]) - 1;
  }
  return values;
}

Split random_split(std::span<const Column> columns, std::int64_t records, DataPart part) {
  Split split;
  split.count = split.official_count = records;
  for (std::size_t i = 0; i < columns.size(); ++i)
    split.columns.push_back(random_values(columns[i], records, static_cast<std::uint32_t>(part), i));
  return split;
}

/// A set whose part p has `counts(p)` random records.
template <class Counts>
Dataset random_dataset(const std::string& name, const std::vector<Column>& columns, Counts counts) {
  const auto split = [&](DataPart part) { return random_split(columns, counts(part), part); };
  return {.name = name,
          .columns = columns,
          .train = split(DataPart::train),
          .test = split(DataPart::test),
          .valid = split(DataPart::valid),
          .complete = true,
          .notes = {},
          .folder = {}};
}

}  // namespace

Dataset synthetic_dataset(const DatasetInfo& info) {
  return random_dataset(info.name, info.columns, [&](DataPart part) { return official_count(info, part); });
}

Dataset unread_dataset(const DatasetInfo& info) {
  const auto split = [&](DataPart part) {
    const std::int64_t records = official_count(info, part);
    return Split{.count = records, .official_count = records};
  };
  return {.name = info.name,
          .columns = info.columns,
          .train = split(DataPart::train),
          .test = split(DataPart::test),
          .valid = split(DataPart::valid),
          .complete = true,
          .notes = {},
          .folder = {},
          .streamed = true};
}

Dataset synthetic_records(const Dataset& described, std::int64_t records) {
  return random_dataset(described.name, described.columns, [&](DataPart) { return records; });
}

const BenchData::Entry& BenchData::of(const DatasetInfo& info) {
  auto& entry = entries_[info.name];
  if (entry) return *entry;
  const bool present = !info.is_streamed() && (info.is_generated() || locate(info, places_).has_value());
  Dataset loaded = present              ? load_dataset(info, places_)
                   : info.is_streamed() ? unread_dataset(info)
                                        : synthetic_dataset(info);
  const char* origin = !present ? "synthetic" : loaded.complete ? "official" : "subset";
  ResidentData resident(*device_, loaded);
  loaded.drop_values();
  entry.reset(new Entry{std::move(loaded), origin, std::move(resident)});
  return *entry;
}

void BenchData::keep_only(const std::string& name) {
  std::erase_if(entries_, [&](const auto& entry) { return entry.first != name; });
}

}  // namespace deepobs
