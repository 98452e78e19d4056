#include "runner/bench/bench_data.h"

#include <algorithm>

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

Split random_split(const DatasetInfo& info, DataPart part) {
  Split split;
  split.count = split.official_count = official_count(info, part);
  for (std::size_t i = 0; i < info.columns.size(); ++i)
    split.columns.push_back(random_values(info.columns[i], split.count, static_cast<std::uint32_t>(part), i));
  return split;
}

}  // namespace

Dataset synthetic_dataset(const DatasetInfo& info) {
  return {.name = info.name,
          .columns = info.columns,
          .train = random_split(info, DataPart::train),
          .test = random_split(info, DataPart::test),
          .valid = random_split(info, DataPart::valid),
          .complete = true,
          .notes = {},
          .folder = {}};
}

const BenchData::Entry& BenchData::of(const DatasetInfo& info) {
  auto& entry = entries_[info.name];
  if (entry) return *entry;
  const bool present = info.is_generated() || locate(info, places_).has_value();
  Dataset loaded = present ? load_dataset(info, places_) : synthetic_dataset(info);
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
