#include "runner/analysis/statistics/time/targets.h"

#include "tests/error_of.h"
#include "tests/runner/analysis/statistics/golden_statistics.h"

namespace deepobs::test {
namespace {

TEST_CASE("targets: shares of the gap from the start to the best") {
  const Doubles shares = sweep_shares();
  CHECK(shares.size() == 11);
  CHECK(shares.front() == 0.5);
  CHECK(shares.back() == 1);
  CHECK(std::ranges::count(shares, headline_share) == 1);
  check_close(targets_at(Doubles{0.5, 0.95, 1}, gap_scale(0.1, 0.9, Better::larger)), {0.5, 0.86, 0.9});
  check_close(targets_at(Doubles{0.5, 1}, gap_scale(100, 0.01, Better::smaller)), {1, 0.01});
  check_error([] { targets_at(Doubles{0}, gap_scale(0.1, 0.9, Better::larger)); }, Fault::usage, "0 came");
  check_error([] { targets_at(Doubles{1.1}, gap_scale(0.1, 0.9, Better::larger)); }, Fault::usage, "1.1 came");
}

}  // namespace
}  // namespace deepobs::test
