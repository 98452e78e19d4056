#include "runner/bench/machine/bandwidth.h"

#include <doctest/doctest.h>

namespace deepobs {
namespace {

// Reading takes 1 s for 8 bytes. Copying takes 2 s for 8 bytes: 4 are read in 1/2 s, so 4 are written in 3/2 s. In
// place, 8 bytes take 1 s: 4 are read in 1/2 s and 4 written in 1/2 s.
const BandwidthPoint slow{.footprint = 1 << 20, .read = 8, .copy = 4, .in_place = 8};
const BandwidthPoint fast{.footprint = 1 << 10, .read = 80, .copy = 40, .in_place = 80};

TEST_CASE("bench bandwidth: the floor is the sum of what reading and the two ways of writing cost") {
  const auto floor = [](const Cost& cost) { return floor_seconds(cost, {fast, slow}); };
  CHECK(floor({.bytes_read = 16, .footprint = 1 << 20}) == doctest::Approx(2));
  CHECK(floor({.bytes_written = 8, .footprint = 1 << 20}) == doctest::Approx(3));
  CHECK(floor({.bytes_written_in_place = 8, .footprint = 1 << 20}) == doctest::Approx(1));
  CHECK(floor({.bytes_read = 4, .bytes_written = 4, .footprint = 1 << 20}) == doctest::Approx(2));  // a copy itself
}

TEST_CASE("bench bandwidth: rates go with the logarithm of the footprint, and stay as they are beyond the last") {
  const auto rate = [](std::int64_t footprint) {
    return 1 / floor_seconds({.bytes_read = 1, .footprint = footprint}, {fast, slow});
  };
  CHECK(rate(1 << 10) == doctest::Approx(80));
  CHECK(rate(1 << 15) == doctest::Approx(44));
  CHECK(rate(1 << 20) == doctest::Approx(8));
  CHECK(rate(1) == doctest::Approx(80));
  CHECK(rate(std::int64_t{1} << 40) == doctest::Approx(8));
}

TEST_CASE("bench bandwidth: every footprint up to the one asked for is measured") {
  Bandwidth bandwidth(2, best_isa(), 300'000);
  bandwidth.measure();
  REQUIRE(bandwidth.points().size() == 3);  // 64, 256 KiB, 1 MiB
  CHECK(bandwidth.points().back().footprint == 1 << 20);
  for (const auto& point : bandwidth.points()) {
    CHECK(point.read > 0);
    CHECK(point.copy > 0);
    CHECK(point.in_place > 0);
  }
}

}  // namespace
}  // namespace deepobs
