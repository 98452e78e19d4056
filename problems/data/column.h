#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "engine/tensor/shape.h"
#include "engine/tensor/view.h"

namespace deepobs {

/// One kind of value that a data set has for every record: an image, a label, a character.
struct Column {
  std::string name;             ///< "images": how feeds and problems ask for it
  Type type = Type::f32;        ///< u8, i32 or f32
  Shape item = {};              ///< of one record; {} is a single number
  std::string axes = {};        ///< what the item's axes are, for people: "[H, W, C]"
  std::int64_t kinds = 0;       ///< of i32: every value lies in [0, kinds)
  std::string kinds_name = {};  ///< what people call these: "classes"
};

/// Images [height, width, channels] of bytes, 0 ... 255.
Column image_column(std::int64_t height, std::int64_t width, std::int64_t channels);

/// A label in [0, classes) for every record.
Column label_column(std::int64_t classes);

/// The values of a column, those of one record behind those of the one before.
using ColumnValues = std::variant<std::vector<std::uint8_t>, std::vector<std::int32_t>, std::vector<float>>;

/// [records, item]: all values of a column for so many records.
Shape shape_of(const Column& column, std::int64_t records);

/// No values yet, of the column's type.
ColumnValues no_values(const Column& column);

/// The place of the column of that name. Errors: internal, if there is none.
std::size_t column_index(const std::vector<Column>& columns, const std::string& name);

/// "images": the columns that records are counted by, "x, y" where those are several. A column of kinds is none of
/// them, unless it stands alone.
///   with_shapes  "images [H, W, C] [28, 28, 1]"
std::string content_words(const std::vector<Column>& columns, bool with_shapes);

}  // namespace deepobs
