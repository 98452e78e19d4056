#include "runner/analysis/statistics/numbers/special_functions.h"

#include "tests/error_of.h"
#include "tests/runner/analysis/statistics/golden_statistics.h"

namespace deepobs::test {
namespace {

TEST_CASE("special functions: those of scipy") {
  const json& all = golden("special");
  for (const json& row : all["normal_quantile"]) check_close(standard_normal_quantile(row[0]), row[1]);
  for (const json& row : all["normal_below"]) check_close(normal_below(row[0]), row[1]);
  for (const json& row : all["t_quantile"]) check_close(t_quantile(row[0], row[1]), row[2]);
  for (const json& row : all["t_two_sided"]) check_close(t_two_sided(row[0], row[1]), row[2]);
  for (const json& row : all["chi_squared_above"]) check_close(chi_squared_above(row[0], row[1]), row[2]);
  for (const json& row : all["f_above"]) check_close(f_above(row[0], row[1], row[2]), row[3]);
  for (const json& row : all["beta_quantile"]) check_close(beta_quantile(row[0], row[1], row[2]), row[3]);
  for (const json& row : all["fair_coin_at_most"]) check_close(fair_coin_at_most(row[0], row[1]), row[2]);
}

TEST_CASE("special functions: the studentized range is scipy's, and of two numbers in closed form") {
  const json& all = golden("special");
  for (const json& row : all["studentized_range_above"])  // scipy's quadrature has no more digits
    check_close(studentized_range_above(row[0], row[1]), row[2], 1e-10);
  for (const json& row : all["studentized_range_quantile"])
    check_close(studentized_range_quantile(row[0], row[1]), row[2], 1e-9);
  for (const json& row : all["range_of_two"]) check_close(studentized_range_above(row[0], 2), row[1]);
  // Demsar's table 5(a), of q / sqrt 2 at 0.05.
  const Doubles q{1.960, 2.343, 2.569, 2.728, 2.850, 2.949, 3.031, 3.102, 3.164};
  for (std::size_t k = 2; k <= 10; ++k)
    CHECK(std::abs(studentized_range_quantile(0.95, k) / std::sqrt(2) - q[k - 2]) < 1e-3);
}

TEST_CASE("special functions: infinities have their limits, and what is no probability is refused") {
  CHECK(chi_squared_above(infinity, 3) == 0);
  CHECK(chi_squared_above(-1, 3) == 1);
  CHECK(f_above(infinity, 3, 4) == 0);
  CHECK(t_two_sided(-infinity, 3) == 0);
  CHECK(studentized_range_above(infinity, 3) == 0);
  CHECK(studentized_range_above(0, 3) == 1);
  CHECK(fair_coin_at_most(5, 5) == 1);
  CHECK(log_factorial(0) == 0);
  check_close(log_factorial(20), std::log(2432902008176640000.));
  check_error([] { standard_normal_quantile(1); }, Fault::usage, "1 came");
  check_error([] { t_quantile(0.5, 0); }, Fault::usage, "0 came");
  check_error([] { beta_quantile(not_a_number, 1, 1); }, Fault::usage, "nan came");
  check_error([] { chi_squared_above(not_a_number, 1); }, Fault::usage, "NaN");
  check_error([] { studentized_range_above(1, 1); }, Fault::usage, "1 came");
}

}  // namespace
}  // namespace deepobs::test
