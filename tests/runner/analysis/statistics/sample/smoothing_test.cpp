#include "runner/analysis/statistics/sample/smoothing.h"

#include "tests/error_of.h"
#include "tests/runner/analysis/statistics/golden_statistics.h"

namespace deepobs::test {
namespace {

TEST_CASE("smoothing: that of pandas, where what is not finite passes through") {
  for (const json& one : golden("curves")["smoothing"]) {
    const Doubles values = numbers(one["values"]);
    check_close(smoothed(values, one["weight"]), numbers(one["shown"]), 1e-12, 1e-2);
  }
  check_close(smoothed(Doubles{1, infinity, 3}, 0.5), {1, infinity, 7. / 3});
  CHECK(smoothed(Doubles{}, 0.5).empty());
  check_error([] { smoothed(Doubles{1}, 1); }, Fault::usage, "1 came");
  check_error([] { smoothed(Doubles{1}, not_a_number); }, Fault::usage, "nan came");
}

}  // namespace
}  // namespace deepobs::test
