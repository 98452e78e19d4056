#include "runner/analysis/statistics/numbers/resampling.h"

#include <array>

#include "tests/runner/analysis/statistics/golden_statistics.h"

namespace deepobs::test {
namespace {

TEST_CASE("resampling: numbers below n are uniform, also where n does not divide 2^32") {
  Resampling random(1, Draw::bootstrap);
  std::array<int, 7> counts{};
  constexpr int draws = 70000;
  for (int i = 0; i < draws; ++i) ++counts[random.below(7)];
  double chi_squared = 0;
  for (const int count : counts) chi_squared += (count - draws / 7.) * (count - draws / 7.) / (draws / 7.);
  CHECK(chi_squared < 22.46);  // 0.1 % of chi-squared with 6 degrees of freedom
  // Without the rejection of 1/3 of the words, a number would come up to twice as often as others.
  constexpr std::uint32_t large = 0xC0000000u;
  int low = 0;
  for (int i = 0; i < draws; ++i) low += random.below(large) % 3 == 0;
  CHECK(std::abs(low - draws / 3.) < 4 * std::sqrt(draws * 2 / 9.));
  CHECK(Resampling(1, Draw::normals).below(1) == 0);
}

TEST_CASE("resampling: same address, same numbers; another seed or purpose, others") {
  Resampling a(3, Draw::bootstrap), again(3, Draw::bootstrap), seed(4, Draw::bootstrap), purpose(3, Draw::ranks);
  int equal = 0, equal_seed = 0, equal_purpose = 0;
  for (int i = 0; i < 1000; ++i) {
    const std::uint32_t word = a.word();
    equal += word == again.word();
    equal_seed += word == seed.word();
    equal_purpose += word == purpose.word();
  }
  CHECK(equal == 1000);
  CHECK(equal_seed <= 1);
  CHECK(equal_purpose <= 1);
}

TEST_CASE("resampling: units lie inside of (0, 1), with the right mean and variance") {
  Resampling random(9, Draw::normals);
  double sum = 0, squares = 0, least = 1, most = 0;
  constexpr int draws = 100000;
  for (int i = 0; i < draws; ++i) {
    const double unit = random.unit();
    sum += unit;
    squares += (unit - 0.5) * (unit - 0.5);
    least = std::min(least, unit);
    most = std::max(most, unit);
  }
  CHECK(least > 0);
  CHECK(most < 1);
  CHECK(std::abs(sum / draws - 0.5) < 4 / std::sqrt(12. * draws));
  CHECK(std::abs(squares / draws - 1 / 12.) < 4 / std::sqrt(180. * draws));
}

}  // namespace
}  // namespace deepobs::test
