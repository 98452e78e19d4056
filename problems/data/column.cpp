#include "problems/data/column.h"

#include <algorithm>

#include "engine/base/check.h"

namespace deepobs {

Column image_column(std::int64_t height, std::int64_t width, std::int64_t channels) {
  return {.name = "images", .type = Type::u8, .item = {height, width, channels}, .axes = "[H, W, C]"};
}

Column label_column(std::int64_t classes) {
  return {.name = "labels", .type = Type::i32, .kinds = classes, .kinds_name = "classes"};
}

Shape shape_of(const Column& column, std::int64_t records) {
  std::vector<std::int64_t> extents{records};
  extents.insert(extents.end(), column.item.extents().begin(), column.item.extents().end());
  return Shape(extents);
}

ColumnValues no_values(const Column& column) {
  if (column.type == Type::u8) return std::vector<std::uint8_t>();
  if (column.type == Type::i32) return std::vector<std::int32_t>();
  require(column.type == Type::f32, Fault::internal, "column ", column.name,
          ": a data set holds uint8, int32 or float32, not ", name_of(column.type));
  return std::vector<float>();
}

std::size_t column_index(const std::vector<Column>& columns, const std::string& name) {
  const auto at = std::ranges::find(columns, name, &Column::name);
  require(at != columns.end(), Fault::internal, "there is no column '", name, "'");
  return static_cast<std::size_t>(at - columns.begin());
}

std::string content_words(const std::vector<Column>& columns, bool with_shapes) {
  std::string words;
  for (const Column& column : columns) {
    if (column.kinds > 0 && columns.size() > 1) continue;
    words += (words.empty() ? "" : ", ") + column.name;
    if (with_shapes && !column.axes.empty()) words += ' ' + column.axes;
    if (with_shapes && column.item.rank() > 0) words += text(' ', column.item);
  }
  return words;
}

}  // namespace deepobs
