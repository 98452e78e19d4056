#include "runner/analysis/statistics/ranks/midranks.h"

#include "tests/error_of.h"
#include "tests/runner/analysis/statistics/golden_statistics.h"

namespace deepobs::test {
namespace {

TEST_CASE("midranks: equal values share the mean of their ranks") {
  CHECK(midranks(Doubles{30, 10, 20}) == Doubles{3, 1, 2});
  CHECK(midranks(Doubles{1, 2, 2, infinity, infinity, 2, -infinity}) == Doubles{2, 4, 4, 6.5, 6.5, 4, 1});
  CHECK(midranks(Doubles{}).empty());
  CHECK(tie_term(Doubles{1, 2, 2, infinity, infinity, 2}) == 24 + 6);
  CHECK(tie_term(Doubles{1, 2}) == 0);
  check_error([] { midranks(Doubles{1, not_a_number}); }, Fault::usage, "NaN has no rank");
}

}  // namespace
}  // namespace deepobs::test
