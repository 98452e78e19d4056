#include "problems/data/datasets.h"

#include <limits>

#include "engine/base/check.h"
#include "problems/data/data_format.h"

namespace deepobs {
namespace {

constexpr DataPart parts[]{DataPart::train, DataPart::test, DataPart::valid};

/// What was opened of a set that is streamed. Its values are checked when they are read.
void check_source(const DatasetInfo& info, DataPart part, const Split& split) {
  require(
      split.columns.empty() && split.count == split.source.count && (split.count == 0 || split.source.read != nullptr),
      Fault::internal, "data set ", info.name, ": its ", name_of(part), " part of ", split.count,
      " records is streamed; it needs a source of as many with read(), and no values");
  constexpr std::int64_t most = std::numeric_limits<std::int32_t>::max();  // orders name records by such numbers
  require(split.count <= most, Fault::usage, "data set ", info.name, ": its ", name_of(part), " part has ", split.count,
          " records; ", most, " are the most that can be told apart");
}

/// A loaded or computed column must be what the facts say of it. No caller checks that again.
void check_columns(const DatasetInfo& info, const Dataset& set) {
  for (const DataPart part : parts) {
    const Split& split = set.part(part);
    if (set.streamed) {
      check_source(info, part, split);
      continue;
    }
    require(split.columns.size() == info.columns.size(), Fault::internal, "data set ", info.name, ": the ",
            name_of(part), " part has ", split.columns.size(), " columns, not ", info.columns.size());
    for (std::size_t i = 0; i < info.columns.size(); ++i) {
      const Column& column = info.columns[i];
      const auto values =
          std::visit([](const auto& all) { return static_cast<std::int64_t>(all.size()); }, split.columns[i]);
      require(split.columns[i].index() == no_values(column).index() && values == split.count * column.item.elements(),
              Fault::internal, "data set ", info.name, ": the ", name_of(part), " part has ", values, " values of ",
              column.name, " for ", split.count, " records of ", column.item);
    }
  }
}

void generate(const DatasetInfo& info, Dataset& set) {
  for (const DataPart part : parts) {
    if (official_count(info, part) == 0) continue;
    set.part(part).columns = info.generate(part);
    set.part(part).count = official_count(info, part);
  }
}

void open(const DatasetInfo& info, Dataset& set) {
  for (const DataPart part : parts) {
    const std::int64_t official = official_count(info, part);
    if (official == 0) continue;
    Split& split = set.part(part);
    try {
      split.source = info.open(part);
    } catch (const Error&) {
      throw;
    } catch (const std::exception& thrown) {  // a function of a program's own may throw what it likes
      fail(Fault::data, "data set ", info.name, ": its ", name_of(part), " part cannot be opened: ", thrown.what());
    }
    split.count = split.source.count;
    require(split.count > 0 && split.count <= official, Fault::data, "data set ", info.name, ": its ", name_of(part),
            " part has ", split.count, " records, not 1 to ", official);
    if (split.count < official)
      set.notes.push_back(text("the ", name_of(part), " part has ", split.count, " of ", official, " records"));
  }
}

}  // namespace

Dataset load_dataset(std::string_view name, std::span<const DataPlace> places) {
  return load_dataset(find_data_set(name), places);
}

Dataset load_dataset(const DatasetInfo& info, std::span<const DataPlace> places) {
  Dataset set;
  set.name = info.name;
  set.columns = info.columns;
  set.streamed = info.is_streamed();
  for (const DataPart part : parts) {
    set.part(part).official_count = official_count(info, part);
    if (set.streamed) continue;
    for (const Column& column : info.columns) set.part(part).columns.push_back(no_values(column));
  }
  if (info.open) {
    open(info, set);
  } else if (info.generate) {
    generate(info, set);
  } else {
    const auto where = locate(info, places);
    if (!where) fail(Fault::missing, not_found_text(info, places));
    set.folder = where->found_in();
    for (auto& note : incomplete_notes(info, info.format->load(info, *where, set)))
      set.notes.push_back(std::move(note));
  }
  check_columns(info, set);
  set.complete = set.notes.empty();
  return set;
}

}  // namespace deepobs
