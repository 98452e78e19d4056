#include "runner/training/batch_order.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <vector>

#include "tests/error_of.h"

namespace deepobs {
namespace {

using Order = std::vector<std::int32_t>;

Order shuffled(std::int64_t count, std::uint64_t seed, std::uint64_t when, Stream stream = Stream::shuffle) {
  return shuffled_order(count, count, seed, stream, when);
}

TEST_CASE("batch_order: file order") {
  CHECK(file_order(4) == Order{0, 1, 2, 3});
  CHECK(file_order(0).empty());
}

TEST_CASE("batch_order: a shuffled order has every row once") {
  for (const std::int64_t count : {0, 1, 2, 3, 10, 1000, 60'000}) {
    Order order = shuffled(count, 42, 3);
    if (count >= 1000) CHECK(order != file_order(count));
    std::ranges::sort(order);
    CHECK(order == file_order(count));
  }
}

TEST_CASE("batch_order: a part is the beginning of the whole") {
  const Order whole = shuffled(1000, 42, 3);
  for (const std::int64_t first : {0, 1, 999, 1000})
    CHECK(shuffled_order(1000, first, 42, Stream::shuffle, 3) == Order(whole.begin(), whole.begin() + first));
  check_error([] { shuffled_order(3, 4, 42, Stream::shuffle, 0); }, Fault::internal, "4 entries");
}

TEST_CASE("batch_order: another epoch, seed or purpose is another permutation, and the same ones give the same") {
  const Order order = shuffled(1000, 42, 3);
  CHECK(shuffled(1000, 42, 3) == order);
  // A permutation keeps one row in its place on average; ten or more has a probability below 1e-6.
  const auto kept = [&](const Order& other) {
    int same = 0;
    for (std::size_t i = 0; i < order.size(); ++i) same += order[i] == other[i];
    return same;
  };
  CHECK(kept(shuffled(1000, 42, 4)) < 10);
  CHECK(kept(shuffled(1000, 42, 0)) < 10);
  CHECK(kept(shuffled(1000, 43, 3)) < 10);
  CHECK(kept(shuffled(1000, 42, 3, Stream::train_eval)) < 10);
}

TEST_CASE("batch_order: all permutations of four are equally likely") {
  constexpr int draws = 24'000;
  std::map<Order, int> counts;
  for (std::uint64_t when = 0; when < draws; ++when) ++counts[shuffled(4, 42, when)];
  CHECK(counts.size() == 24);
  double chi_square = 0;
  for (const auto& [order, count] : counts) chi_square += (count - 1000.) * (count - 1000.) / 1000.;
  CHECK(chi_square < 71);  // 23 degrees of freedom: P < 1e-6
  CHECK(chi_square > 4);   // too even would be wrong as well: P(below 4) = 2e-6
}

TEST_CASE("batch_order: each row is at each place equally often") {
  constexpr int count = 10, draws = 20'000;
  std::array<std::array<int, count>, count> at{};
  for (std::uint64_t seed = 0; seed < draws; ++seed) {
    const Order order = shuffled(count, seed, 0);
    for (std::size_t place = 0; place < count; ++place) ++at[place][static_cast<std::size_t>(order[place])];
  }
  // A count is binomial with mean 2000 and deviation 42.4; of a hundred, none leaves six of them with P > 1 - 2e-7.
  for (const auto& row : at)
    for (const int times : row) CHECK(std::abs(times - 2000) < 6 * 42.4);
}

}  // namespace
}  // namespace deepobs
