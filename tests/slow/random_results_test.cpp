#include <doctest/doctest.h>

#include "tests/runner/analysis/reading/random_bytes.h"

namespace deepobs {

TEST_CASE("random results: a million files with bytes at random are read alike by both readers, or refused") {
  int taken = 0;
  for (std::uint64_t seed = 100; seed < 110; ++seed) taken += test::read_random_bytes(100000, seed);
  CHECK(taken > 100000);
}

}  // namespace deepobs
