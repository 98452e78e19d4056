#include "engine/tensor/shape.h"

#include <doctest/doctest.h>

#include <limits>
#include <random>
#include <vector>

#include "tests/error_of.h"

namespace deepobs {
namespace {

constexpr std::int64_t limit = std::int64_t{1} << 40;

TEST_CASE("shape: a shape knows its extents and elements") {
  const Shape shape{128, 28, 28, 1};
  CHECK(shape.rank() == 4);
  CHECK(shape.elements() == 128 * 28 * 28);
  CHECK(shape[1] == 28);
  CHECK(shape[3] == 1);
  CHECK(std::vector(shape.extents().begin(), shape.extents().end()) == std::vector<std::int64_t>{128, 28, 28, 1});
  CHECK(text(shape) == "[128, 28, 28, 1]");
}

TEST_CASE("shape: a scalar has no extents and one element") {
  CHECK(Shape{}.rank() == 0);
  CHECK(Shape{}.elements() == 1);
  CHECK(text(Shape{}) == "[]");
}

TEST_CASE("shape: shapes are equal when all extents are") {
  CHECK(Shape{2, 3} == Shape{2, 3});
  CHECK_FALSE(Shape{2, 3} == Shape{3, 2});
  CHECK_FALSE(Shape{6} == Shape{2, 3});
  CHECK_FALSE(Shape{} == Shape{1});
  CHECK_FALSE(Shape{0, 2} == Shape{0, 3});
}

TEST_CASE("shape: axes outside a shape are errors") {
  check_error([] { return Shape{2, 3}[2]; }, Fault::usage, "axis 2 asked of shape [2, 3] of rank 2");
  check_error([] { return Shape{2, 3}[-1]; }, Fault::usage, "axis -1");
  check_error([] { return Shape{}[0]; }, Fault::usage, "rank 0");
}

TEST_CASE("shape: a shape has at most five extents, none negative, and 2^40 elements") {
  CHECK(Shape{1, 2, 3, 4, 5}.elements() == 120);
  check_error([] { Shape({1, 1, 1, 1, 1, 1}); }, Fault::usage, "at most 5 extents, not 6: [1, 1, 1, 1, 1, 1]");
  check_error([] { Shape({3, -1}); }, Fault::usage, "negative: [3, -1]");
  check_error([] { Shape({std::numeric_limits<std::int64_t>::min()}); }, Fault::usage, "negative");
  CHECK(Shape{limit}.elements() == limit);
  CHECK(Shape{1 << 20, 1 << 20}.elements() == limit);
  check_error([] { Shape({limit + 1}); }, Fault::usage, "more than 2^40 elements");
  check_error([] { Shape({1 << 20, 1 << 20, 2}); }, Fault::usage, "more than 2^40 elements");
  check_error([] { Shape({std::numeric_limits<std::int64_t>::max(), 2}); }, Fault::usage, "more than 2^40 elements");
}

TEST_CASE("shape: extents behind a zero cannot overflow a later product") {
  CHECK(Shape{0, 1 << 20, 1 << 20}.elements() == 0);
  check_error([] { Shape({0, std::int64_t{1} << 62}); }, Fault::usage, "more than 2^40 elements");
  check_error([] { Shape({std::int64_t{1} << 40, 0, 2}); }, Fault::usage, "more than 2^40 elements");
}

TEST_CASE("shape: 100,000 random shapes are right or refused") {
  std::mt19937_64 random(36);
  const std::vector<std::int64_t> odd{0,
                                      1,
                                      2,
                                      3,
                                      17,
                                      1 << 16,
                                      (std::int64_t{1} << 31) - 1,
                                      std::int64_t{1} << 31,
                                      (std::int64_t{1} << 31) + 1,
                                      limit - 1,
                                      limit,
                                      limit + 1,
                                      std::int64_t{1} << 62,
                                      std::numeric_limits<std::int64_t>::max(),
                                      -1,
                                      std::numeric_limits<std::int64_t>::min()};
  int accepted = 0, wrong = 0;
  for (int n = 0; n < 100'000; ++n) {
    std::vector<std::int64_t> extents(random() % 7);
    for (auto& extent : extents)
      extent = random() % 4 == 0 ? odd[random() % odd.size()] : static_cast<std::int64_t>(random() % 300);
    // The truth, in 128 bits, given up as soon as it is too large.
    bool valid = extents.size() <= 5;
    __extension__ unsigned __int128 product = 1;
    bool zero = false;
    for (const auto extent : extents) {
      valid = valid && extent >= 0;
      zero = zero || extent == 0;
      if (valid && extent > 0 && product <= limit) product *= static_cast<std::uint64_t>(extent);
    }
    valid = valid && product <= limit;
    try {
      const Shape shape{std::span<const std::int64_t>(extents)};
      const auto elements = zero ? 0 : static_cast<std::int64_t>(product);
      wrong += !valid || shape.elements() != elements || shape.rank() != static_cast<int>(extents.size());
      ++accepted;
    } catch (const Error& error) {
      wrong += valid || error.fault() != Fault::usage;
    }
  }
  CHECK(wrong == 0);
  CHECK(accepted > 20'000);
  CHECK(accepted < 80'000);
}

}  // namespace
}  // namespace deepobs
