#include "engine/tensor/bf16.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

namespace deepobs {
namespace {

constexpr float infinity = std::numeric_limits<float>::infinity();

Bf16 number(std::uint32_t bits) { return {static_cast<std::uint16_t>(bits)}; }

TEST_CASE("bf16: every number survives the way to float and back") {
  for (std::uint32_t bits = 0; bits < 1 << 16; ++bits) {
    const float x = f32_of(number(bits));
    if (std::isnan(x))
      CHECK(std::isnan(f32_of(bf16_of(x))));
    else
      REQUIRE(bf16_of(x).bits == bits);
  }
}

TEST_CASE("bf16: between two neighbours the nearer one is taken, in the middle the even one") {
  for (std::uint32_t bits = 0; bits < 0x7F80; ++bits)  // up to the largest, whose neighbour is infinity
    for (const float sign : {1.f, -1.f}) {
      const auto low = static_cast<double>(f32_of(number(bits)));
      const double high = bits == 0x7F7F ? 0x1p128 : static_cast<double>(f32_of(number(bits + 1)));
      const auto middle = static_cast<float>((low + high) / 2.);  // exact
      const auto rounded = [&](float x) { return std::abs(f32_of(bf16_of(sign * x))); };
      const float below = static_cast<float>(low), above = f32_of(number(bits + 1));
      REQUIRE(rounded(std::nextafter(middle, 0.f)) == below);
      REQUIRE(rounded(std::nextafter(middle, infinity)) == above);
      REQUIRE(rounded(middle) == (bits % 2 == 0 ? below : above));
    }
}

TEST_CASE("bf16: zeros, infinities, and NaNs whose bits would be cut off") {
  CHECK(bf16_of(0.f).bits == 0);
  CHECK(bf16_of(-0.f).bits == 0x8000);
  CHECK(f32_of(bf16_of(infinity)) == infinity);
  CHECK(f32_of(bf16_of(-infinity)) == -infinity);
  CHECK(f32_of(bf16_of(std::numeric_limits<float>::max())) == infinity);
  for (const std::uint32_t bits : {0x7F800001u, 0xFF800001u, 0x7FFFFFFFu, 0xFFFFFFFFu, 0x7FC00000u})
    CHECK(std::isnan(f32_of(bf16_of(__builtin_bit_cast(float, bits)))));
}

}  // namespace
}  // namespace deepobs
