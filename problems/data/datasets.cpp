#include "problems/data/datasets.h"

#include "engine/check.h"
#include "problems/data/cifar_set.h"
#include "problems/data/idx_set.h"

namespace deepobs {

Dataset load_dataset(std::string_view name, std::span<const DataPlace> places) {
  const DatasetInfo& info = dataset_info(name);
  const auto where = locate(info, places);
  if (!where) fail(Fault::missing, not_found_text(info, places));

  Dataset set;
  set.name = info.name;
  set.image = info.image;
  set.classes = info.classes;
  set.folder = where->found_in();
  set.train.official_count = official_count(info, Half::train);
  set.test.official_count = official_count(info, Half::test);
  const bool records = info.files.front().content == Content::records;
  const Counts counts = records ? load_cifar_set(info, *where, set) : load_idx_set(info, *where, set);
  for (auto& note : incomplete_notes(info, counts)) set.notes.push_back(std::move(note));
  set.complete = set.notes.empty();
  return set;
}

}  // namespace deepobs
