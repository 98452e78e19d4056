#include "runner/analysis/statistics/ranks/kendall_tau.h"

#include "tests/error_of.h"
#include "tests/runner/analysis/statistics/golden_statistics.h"

namespace deepobs::test {
namespace {

TEST_CASE("kendall: tau_b is scipy's, with ties") {
  for (const json& one : golden("ranks")["kendall"])
    check_close(kendall_tau_b(numbers(one["a"]), numbers(one["b"])), number(one["tau"]));
  CHECK(std::isnan(kendall_tau_b(Doubles{}, Doubles{})));
  CHECK(std::isnan(kendall_tau_b(Doubles{1}, Doubles{1})));
  CHECK(kendall_tau_b(Doubles{1, infinity}, Doubles{-infinity, 3}) == 1);
  check_error([] { kendall_tau_b(Doubles{1, 2}, Doubles{1}); }, Fault::usage, "one has 2");
  check_error([] { kendall_tau_b(Doubles{1, not_a_number}, Doubles{1, 2}); }, Fault::usage, "NaN");
}

}  // namespace
}  // namespace deepobs::test
