#include "runner/analysis/statistics/time/running_time.h"

#include "tests/error_of.h"
#include "tests/runner/analysis/statistics/golden_statistics.h"

namespace deepobs::test {
namespace {

TEST_CASE("running time: all epochs over the runs that got there") {
  const std::vector<TimeToTarget> runs{{12, true}, {15, true}, {100, false}};
  const Estimate time = expected_running_time(runs);
  CHECK(time.value == 63.5);
  CHECK(time.n == 3);
  CHECK(has(time.rule, "over 2 that reached"));
  const std::vector<TimeToTarget> never{{100, false}};
  CHECK(expected_running_time(never).value == infinity);
  CHECK(has(expected_running_time(never).caveat, "No run"));
  check_error([] { expected_running_time({}); }, Fault::usage, "no runs");
}

TEST_CASE("running time: every target counts alike, however many runs it has") {
  const std::vector<std::vector<TimeToTarget>> pairs{
      {{2, true}, {4, true}}, {{4, true}}, {{1, false}, {3, true}}, {{9, false}}};
  const RuntimeDistribution distribution = runtime_distribution(pairs);
  CHECK(distribution.times == Doubles{2, 3, 4});
  check_close(distribution.shares, {0.125, 0.25, 0.625});
  CHECK(share_within(distribution, 1.9) == 0);
  CHECK(share_within(distribution, 2) == 0.125);
  CHECK(share_within(distribution, infinity) == 0.625);
  CHECK(runtime_distribution(std::vector<std::vector<TimeToTarget>>{{{9, false}}}).times.empty());
  check_error([] { runtime_distribution({}); }, Fault::usage, "no targets");
  check_error(
      [] {
        runtime_distribution(std::vector<std::vector<TimeToTarget>>{{{1, true}}, {}});
      },
      Fault::usage, "target 1 of 2");
}

}  // namespace
}  // namespace deepobs::test
