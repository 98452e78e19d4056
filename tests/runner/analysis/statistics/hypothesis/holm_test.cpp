#include "runner/analysis/statistics/hypothesis/holm.h"

#include "tests/error_of.h"
#include "tests/runner/analysis/statistics/golden_statistics.h"

namespace deepobs::test {
namespace {

TEST_CASE("holm: adjusted p values are those of statsmodels") {
  for (const json& one : golden("paired_tests")["holm"])
    check_close(holm_adjusted(numbers(one["p"])), numbers(one["adjusted"]));
  check_error([] { holm_adjusted(Doubles{0.5, not_a_number}); }, Fault::usage, "nan came");
  check_error([] { holm_adjusted(Doubles{1.5}); }, Fault::usage, "1.5 came");
}

}  // namespace
}  // namespace deepobs::test
