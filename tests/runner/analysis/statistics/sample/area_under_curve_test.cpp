#include "runner/analysis/statistics/sample/area_under_curve.h"

#include "tests/error_of.h"
#include "tests/runner/analysis/statistics/golden_statistics.h"

namespace deepobs::test {
namespace {

TEST_CASE("area under curve: numpy's trapezoids over the number of epochs") {
  for (const json& one : golden("curves")["areas"]) {
    const Doubles values = numbers(one["values"]);
    check_close(area_under_curve(values, Better::smaller).value, one["area"]);
    if (one.contains("log_area"))
      check_close(area_under_curve(values, Better::smaller, CurveScale::log10).value, one["log_area"]);
    if (one.contains("later_area"))
      check_close(area_under_curve(values, Better::smaller, CurveScale::linear, 1).value, one["later_area"]);
  }
}

TEST_CASE("area under curve: a diverged run has the worst one, and what has no area is refused") {
  const Estimate area = area_under_curve(Doubles{3, not_a_number, infinity, 1}, Better::smaller);
  CHECK(area.value == infinity);
  CHECK(area.n == 4);
  CHECK(area.n_diverged == 2);
  CHECK(has(area.caveat, "2 values of 4 are not finite"));
  CHECK(area_under_curve(Doubles{0.5, infinity}, Better::larger).value == -infinity);
  check_error([] { area_under_curve(Doubles{1}, Better::smaller); }, Fault::usage, "two values");
  check_error([] { area_under_curve(Doubles{1, 2}, Better::smaller, CurveScale::linear, 1); }, Fault::usage, "epoch 1");
  check_error([] { area_under_curve(Doubles{1, 0}, Better::smaller, CurveScale::log10); }, Fault::usage, "epoch 1");
}

}  // namespace
}  // namespace deepobs::test
