#include "runner/analysis/statistics/tuning/relative_performance.h"

#include "tests/runner/analysis/statistics/golden_statistics.h"

namespace deepobs::test {
namespace {

TEST_CASE("relative performance: best over loss and accuracy over best, NaN as 0, as DeepOBS 1.1 draws it") {
  CHECK(relative_performance(Doubles{2, 4, not_a_number, infinity}, 2, Better::smaller) == Doubles{1, 0.5, 0, 0});
  CHECK(relative_performance(Doubles{0.8, 0.4, not_a_number, 0}, 0.8, Better::larger) == Doubles{1, 0.5, 0, 0});
  CHECK(relative_performance(Doubles{1, 2}, not_a_number, Better::smaller) == Doubles{0, 0});
  CHECK(relative_performance(Doubles{0}, 0, Better::smaller) == Doubles{0});
  CHECK(relative_performance({}, 1, Better::smaller).empty());
}

}  // namespace
}  // namespace deepobs::test
