#include "kernels/cpu/peak_loops.h"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "tests/error_of.h"

namespace deepobs {
namespace {

std::vector<Isa> isas() {
  std::vector<Isa> all;
  for (const Isa isa : {Isa::portable, Isa::avx2, Isa::avx512})
    if (isa <= best_isa()) all.push_back(isa);
  return all;
}

TEST_CASE("peak_loops: the chains compute what they promise, so none of them is left out") {
  for (const Isa isa : isas()) {
    INFO(name_of(isa));
    const PeakLoops& loops = peak_loops(isa);
    const std::int64_t lanes = isa == Isa::avx512 ? 16 : isa == Isa::avx2 ? 8 : 4;
    const std::int64_t chains = loops.flops_per_round / (2 * lanes);
    REQUIRE(chains >= 8);
    for (const int rounds : {0, 1, 2, 5}) {
      // x - 1 is halved at every round, exactly: all numbers are small multiples of 2^-5.
      double expected = 0;
      for (std::int64_t k = 0; k < chains; ++k) expected += 1 + std::ldexp(static_cast<double>(k) - 1, -rounds);
      CHECK(static_cast<double>(loops.multiply_adds(rounds)) == expected * static_cast<double>(lanes));
    }
  }
}

TEST_CASE("peak_loops: read adds up every float as often as asked, scale writes every float and no other") {
  for (const Isa isa : isas()) {
    INFO(name_of(isa));
    const PeakLoops& loops = peak_loops(isa);
    for (const std::size_t count :
         {std::size_t{0}, std::size_t{1}, std::size_t{63}, std::size_t{128}, std::size_t{1000}}) {
      std::vector<float> from(count), to(count + 1, -7.f);
      float sum = 0;  // of whole numbers below 2^24: exact in any order
      for (std::size_t i = 0; i < count; ++i) sum += from[i] = static_cast<float>(i % 97 + 1);
      CHECK(loops.read(from.data(), static_cast<std::int64_t>(count), 1) == sum);
      CHECK(loops.read(from.data(), static_cast<std::int64_t>(count), 3) == 3 * sum);
      loops.scale(to.data(), from.data(), static_cast<std::int64_t>(count), 2.f);
      bool right = to[count] == -7.f;
      for (std::size_t i = 0; i < count; ++i) right &= to[i] == 2 * from[i];
      CHECK(right);
      loops.scale(to.data(), to.data(), static_cast<std::int64_t>(count), 0.5f);
      to.pop_back();
      CHECK(to == from);
    }
  }
}

}  // namespace
}  // namespace deepobs
