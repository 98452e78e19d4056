#include "runner/analysis/statistics/hypothesis/paired_differences.h"

#include "tests/error_of.h"
#include "tests/runner/analysis/statistics/golden_statistics.h"

namespace deepobs::test {
namespace {

TEST_CASE("paired differences: by seed, positive where A is better, seeds without a partner listed") {
  const std::vector<SeededValue> a{{44, 0.9}, {42, 0.8}, {43, 0.7}, {50, 0.1}},
      b{{42, 0.7}, {43, 0.75}, {44, 0.9}, {41, 1}};
  const PairedDifferences pairs = paired_differences(a, b, Better::larger);
  CHECK(pairs.seeds == std::vector<std::int64_t>{42, 43, 44});
  CHECK(pairs.differences == Doubles{0.1, -0.05, 0});
  CHECK(pairs.only_a == std::vector<std::int64_t>{50});
  CHECK(pairs.only_b == std::vector<std::int64_t>{41});
  CHECK(paired_differences(a, b, Better::smaller).differences == Doubles{-0.1, 0.05, 0});
  const Estimate mean = mean_difference(pairs);
  check_close(mean.value, 0.05 / 3);
  CHECK(mean.interval);
  CHECK(has(mean.caveat, "2 runs have no partner"));
  check_error(
      [&] {
        paired_differences(std::vector<SeededValue>{{1, 0}, {1, 0}}, b, Better::larger);
      },
      Fault::usage, "seed 1 is there twice");
}

TEST_CASE("paired differences: what rounding left is no difference, and equal differences are equal") {
  const std::vector<SeededValue> a{{1, 0.1 + 0.2}, {2, 0.3}, {3, 0.2}, {4, 1e-300}, {5, 1e300}};
  const std::vector<SeededValue> b{{1, 0.3}, {2, 0.2}, {3, 0.1}, {4, 3e-300}, {5, 2e300}};
  CHECK(a[1].value - b[1].value != a[2].value - b[2].value);
  CHECK(paired_differences(a, b, Better::larger).differences == Doubles{0, 0.1, 0.1, -2e-300, -1e300});
}

TEST_CASE("paired differences: a diverged run loses by infinity, two are equal") {
  const std::vector<SeededValue> a{{1, not_a_number}, {2, 1}, {3, infinity}, {4, 2}},
      b{{1, 1}, {2, -infinity}, {3, not_a_number}, {4, 3}};
  const PairedDifferences pairs = paired_differences(a, b, Better::smaller);
  CHECK(pairs.differences == Doubles{-infinity, infinity, 0, 1});
  CHECK(pairs.n_diverged == 3);
  const Estimate mean = mean_difference(pairs);
  CHECK(mean.value == 0.5);
  CHECK(mean.n_diverged == 2);  // infinite differences
  CHECK(std::isnan(mean_difference(paired_differences({}, {}, Better::smaller)).value));
}

}  // namespace
}  // namespace deepobs::test
