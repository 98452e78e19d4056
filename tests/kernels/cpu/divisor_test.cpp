#include "kernels/cuda/divisor.h"

#include <doctest/doctest.h>

#include "tests/golden/hash_values.h"

namespace deepobs {

TEST_CASE("a divisor divides all numbers below 2^31 as the processor does") {
  const auto check = [](std::uint32_t i, std::uint32_t by) {
    const auto [whole, rest] = Divisor(by).of(i);
    REQUIRE(whole == i / by);
    REQUIRE(rest == i % by);
  };
  constexpr std::uint32_t most = (std::uint32_t{1} << 31) - 1;
  for (std::uint32_t k = 0; k < 40'000; ++k) {
    const auto bits = static_cast<std::uint32_t>(hash_bits(1, k));
    const std::uint32_t by = k < 3000 ? k + 1 : (bits >> (1 + k % 31)) + 1;
    if (by > most) continue;
    // Where the quotient changes, and anywhere.
    const std::uint32_t at = most / by * by;
    for (const std::uint32_t i : {0u, by - 1, by, at - 1, at, most, static_cast<std::uint32_t>(hash_bits(2, k) >> 33)})
      check(i & most, by);
  }
}

}  // namespace deepobs
