#include "runner/bench/bench_data.h"

#include "engine/random.h"
#include "problems/data/datasets.h"
#include "problems/data/locate.h"

namespace deepobs {
namespace {

Split random_split(const DatasetInfo& info, Half half) {
  Split split;
  split.count = split.official_count = official_count(info, half);
  const auto sub = static_cast<std::uint32_t>(half);
  split.images.resize(static_cast<std::size_t>(split.count * info.image.elements()));
  for (std::size_t i = 0; i < split.images.size(); i += 16) {
    const RandomWords words = random_words(1, Stream::augment, sub, 0, static_cast<std::uint32_t>(i / 16));
    for (std::size_t byte = 0; byte < 16 && i + byte < split.images.size(); ++byte)
      split.images[i + byte] = static_cast<std::uint8_t>(words[byte / 4] >> byte % 4 * 8);
  }
  split.labels.resize(static_cast<std::size_t>(split.count));
  for (std::size_t i = 0; i < split.labels.size(); ++i)
    split.labels[i] =
        static_cast<std::int32_t>(random_words(1, Stream::augment, sub, 1, static_cast<std::uint32_t>(i))[0] %
                                  static_cast<std::uint32_t>(info.classes));
  return split;
}

/// All of it but the images and labels.
Dataset description_of(const Dataset& data) {
  const auto without_content = [](const Split& split) {
    return Split{.images = {}, .labels = {}, .count = split.count, .official_count = split.official_count};
  };
  return {.name = data.name,
          .image = data.image,
          .classes = data.classes,
          .train = without_content(data.train),
          .test = without_content(data.test),
          .complete = data.complete,
          .notes = data.notes,
          .folder = data.folder};
}

}  // namespace

Dataset synthetic_dataset(const std::string& name) {
  const DatasetInfo& info = dataset_info(name);
  return {.name = info.name,
          .image = info.image,
          .classes = info.classes,
          .train = random_split(info, Half::train),
          .test = random_split(info, Half::test),
          .complete = true,
          .notes = {},
          .folder = {}};
}

const BenchData::Entry& BenchData::of(const std::string& name) {
  auto& entry = entries_[name];
  if (entry) return *entry;
  const bool present = locate(dataset_info(name), places_).has_value();
  const Dataset loaded = present ? load_dataset(name, places_) : synthetic_dataset(name);
  const char* origin = !present ? "synthetic" : loaded.complete ? "official" : "subset";
  entry.reset(new Entry{description_of(loaded), origin, ResidentData(*device_, loaded)});
  return *entry;
}

void BenchData::keep_only(const std::string& name) {
  std::erase_if(entries_, [&](const auto& entry) { return entry.first != name; });
}

}  // namespace deepobs
