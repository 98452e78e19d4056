#include "runner/analysis/statistics/time/time_to_target.h"

#include "tests/error_of.h"
#include "tests/runner/analysis/statistics/golden_statistics.h"

namespace deepobs::test {
namespace {

TEST_CASE("time to target: the first epoch at the target or better, else the last one, censored") {
  const Doubles losses{3, 2, 0.5, 1, 0.25};
  CHECK(time_to_target(losses, 0.5, Better::smaller).time == 2);
  CHECK(time_to_target(losses, 0.5, Better::smaller).reached);
  CHECK(time_to_target(losses, 3, Better::smaller).time == 0);
  CHECK(time_to_target(losses, 0.1, Better::smaller).time == 4);
  CHECK_FALSE(time_to_target(losses, 0.1, Better::smaller).reached);
  CHECK(time_to_target(Doubles{0.1, 0.7, 0.8}, 0.75, Better::larger).time == 2);
  CHECK(time_to_target(Doubles{not_a_number, -infinity, 0.5}, 1, Better::smaller).time == 2);
  CHECK_FALSE(time_to_target(Doubles{0.1, infinity, not_a_number}, 0.5, Better::larger).reached);
  check_error([] { time_to_target(Doubles{}, 1, Better::smaller); }, Fault::usage, "without values");
  check_error([] { time_to_target(Doubles{1}, not_a_number, Better::smaller); }, Fault::usage, "NaN");
}

TEST_CASE("time to target: DeepOBS's speed counts a run that never got there with the length of its list") {
  const Doubles reaches{3, 2, 1}, never{3, 3, 3};
  CHECK(legacy_speed(std::vector{time_to_target(reaches, 1, Better::smaller),
                                 time_to_target(never, 1, Better::smaller)}) == 2.5);
  check_error([] { legacy_speed({}); }, Fault::usage, "no runs");
}

}  // namespace
}  // namespace deepobs::test
