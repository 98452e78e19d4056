#include "tests/runner/training/own/own_things.h"

namespace deepobs {

/// Points of a grid around the origin, and which quadrant each lies in.
DatasetInfo quadrants() {
  constexpr std::int64_t side = 16;
  return {.name = "quadrants",
          .title = "Quadrants: points of a grid",
          .columns = {{.name = "points", .type = Type::f32, .item = {2}}, label_column(4)},
          .train = side * side,
          .test = side * side,
          .generate = [](DataPart) -> std::vector<ColumnValues> {
            std::vector<float> points;
            std::vector<std::int32_t> labels;
            for (int i = 0; i < side * side; ++i) {
              const float x = static_cast<float>(i % side) - 7.5f, y = static_cast<float>(i / side) - 7.5f;
              points.insert(points.end(), {x / 8, y / 8});
              labels.push_back(x > 0 ? (y > 0 ? 0 : 1) : (y > 0 ? 2 : 3));
            }
            return {std::move(points), std::move(labels)};
          }};
}

}  // namespace deepobs
