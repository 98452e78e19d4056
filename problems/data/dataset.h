#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/check.h"
#include "problems/data/column.h"
#include "problems/data/record_source.h"

namespace deepobs {

/// The parts that a data set may come in.
enum class DataPart { train, test, valid };

/// "training", "test", "validation".
std::string_view name_of(DataPart part);

/// One part of a data set, as its files hold it: bytes of images are not yet scaled.
struct Split {
  std::int64_t count = 0;                  ///< records
  std::int64_t official_count = 0;         ///< how many the official part has; `count` is never larger
  std::vector<ColumnValues> columns = {};  ///< one for each of Dataset::columns, `count` items each
  RecordSource source = {};                ///< of a streamed set, which has no `columns`

  /// The values of column i. Errors: internal, if they are of another type or not there.
  template <class T>
  std::vector<T>& values(std::size_t i) {
    auto* found = i < columns.size() ? std::get_if<std::vector<T>>(&columns[i]) : nullptr;
    require(found != nullptr, Fault::internal, "a split has no column ", i, " of the type asked for");
    return *found;
  }
  template <class T>
  const std::vector<T>& values(std::size_t i) const {
    return const_cast<Split*>(this)->values<T>(i);
  }
};

/// A data set: named columns, one item of each for every record. Records are in the order of the official files. It is
/// in memory, or, where it is too large for that, streamed: its records are read when a run needs them.
struct Dataset {
  std::string name;  ///< DeepOBS's name: "mnist"
  std::vector<Column> columns;
  Split train, test;
  Split valid;                     ///< of a set that comes with one; else it has no records
  bool complete = false;           ///< all parts have their official number of records
  std::vector<std::string> notes;  ///< why it is not complete, one line per reason; empty when it is
  std::filesystem::path folder;    ///< where it was found: the folder of the files, or the archive that holds them;
                                   ///< empty: it is computed
  bool streamed = false;           ///< the parts have sources, and no values

  Split& part(DataPart which) { return which == DataPart::train ? train : which == DataPart::test ? test : valid; }
  const Split& part(DataPart which) const { return const_cast<Dataset*>(this)->part(which); }

  /// Gives the memory of all values back: what is left describes a set whose values lie elsewhere.
  void drop_values() {
    for (Split* split : {&train, &test, &valid}) split->columns.clear();
  }
};

}  // namespace deepobs
