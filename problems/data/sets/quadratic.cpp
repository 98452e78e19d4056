#include "problems/data/dataset_info.h"
#include "problems/data/numpy_random.h"

namespace deepobs {

/// Points around the origin, N(0, 0.6^2) in each of 100 dimensions. DeepOBS 1.1: data set quadratic; the validation
/// part as in 1.2.
DatasetInfo quadratic() {
  constexpr std::int64_t points = 1000, dimensions = 100;
  return {.name = "quadratic",
          .title = "Quadratic: points of N(0, 0.36)",
          .columns = {{.name = "points", .type = Type::f32, .item = {dimensions}}},
          .train = points,
          .test = points,
          .valid = points,
          .generate = [](DataPart part) -> std::vector<ColumnValues> {
            const std::uint32_t seed = part == DataPart::train ? 42 : part == DataPart::test ? 43 : 44;
            return {NumpyRandom(seed).normals(points * dimensions, 0.6)};
          }};
}

}  // namespace deepobs
