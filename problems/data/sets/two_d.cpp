#include "problems/data/dataset_info.h"
#include "problems/data/numpy_random.h"

namespace deepobs {

/// Noise N(0, 1) for the two coordinates of the plane; none for the test. DeepOBS 1.1: data set two_d; the validation
/// part as in 1.2.
DatasetInfo two_d() {
  constexpr std::int64_t pairs = 10'000;
  return {.name = "two_d",
          .title = "Two-D: pairs of N(0, 1), zeros for the test",
          .columns = {{.name = "x", .type = Type::f32}, {.name = "y", .type = Type::f32}},
          .train = pairs,
          .test = pairs,
          .valid = pairs,
          .generate = [](DataPart part) -> std::vector<ColumnValues> {
            if (part == DataPart::test) return {std::vector<float>(pairs), std::vector<float>(pairs)};
            NumpyRandom random(part == DataPart::train ? 42 : 44);
            std::vector<float> x = random.normals(pairs), y = random.normals(pairs);
            return {std::move(x), std::move(y)};
          }};
}

}  // namespace deepobs
