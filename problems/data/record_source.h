#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>

#include "engine/base/check.h"
#include "problems/data/column.h"

namespace deepobs {

/// Where one record of a data set is written: a place for each of its columns.
class RecordPlace {
 public:
  /// `places`: for each column memory for one item, aligned for the column's type.
  RecordPlace(std::span<const Column> columns, std::span<std::byte* const> places)
      : columns_(columns), places_(places) {}

  /// The place for the values of column i, as many as its item has.
  /// Errors: internal, if they are of another type or there is no such column.
  template <Number T>
  std::span<T> values(std::size_t i) const {
    require(i < columns_.size() && columns_[i].type == type_of<T>(), Fault::internal, "a record has no column ", i,
            " of ", name_of(type_of<T>()));
    return {reinterpret_cast<T*>(places_[i]), static_cast<std::size_t>(columns_[i].item.elements())};
  }

 private:
  std::span<const Column> columns_;
  std::span<std::byte* const> places_;
};

/// Reads one part of a data set that is too large for memory, record by record, while training goes on.
struct RecordSource {
  std::int64_t count = 0;  ///< records

  /// Writes the values of record `index` (0 ... count - 1), the same ones each time; those that it leaves out are 0.
  /// Many threads call it at once, in any order, and nobody stops a call: so it should take seconds at most.
  /// Errors: data, io, missing, naming the file; the caller adds the record. Anything else may be thrown, too.
  std::function<void(std::int64_t index, const RecordPlace& to)> read = {};
};

}  // namespace deepobs
