#include "engine/tensor/random.h"

#include <doctest/doctest.h>

#include <random>
#include <set>
#include <vector>

namespace deepobs {
namespace {

TEST_CASE("random: philox gives the published words") {
  // Random123 (Salmon et al.), tests/kat_vectors, the lines "philox4x32 10". The key there is two words, low one first.
  CHECK(philox(0, {0, 0, 0, 0}) == RandomWords{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  CHECK(philox(0xffffffffffffffff, {0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}) ==
        RandomWords{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
  CHECK(philox(0x299f31d0a4093822, {0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}) ==
        RandomWords{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST_CASE("random: no two addresses share their words, at the limits of every part and in between") {
  const std::vector<std::uint32_t> streams{0, 1, 2, 3, 4, 5, 6, 15}, subs{0, 1, 2, 255, 4095};
  const std::vector<std::uint64_t> whens{
      0,           1,       0xFFFF,     0x10000,        0xFFFFFFFF,
      0x100000000, 1 << 12, 0x1000FFFF, 0xFFFF00000000, (std::uint64_t{1} << 48) - 1};
  const std::vector<std::uint32_t> blocks{0, 1, 0xFFFF, 0x10000, 0xFFFFFFFF};
  std::set<RandomWords> seen;
  std::size_t addresses = 0;
  for (const std::uint64_t seed : {0ull, 1ull, 42ull})
    for (const auto stream : streams)
      for (const auto sub : subs)
        for (const auto when : whens)
          for (const auto block : blocks) {
            seen.insert(random_words(seed, static_cast<Stream>(stream), sub, when, block));
            ++addresses;
          }
  CHECK(seen.size() == addresses);
}

TEST_CASE("random: uniform numbers are multiples of 2^-24 from 0 to below 1") {
  CHECK(uniform(0) == 0.f);
  CHECK(uniform(0xFFFFFFFF) == 1.f - 0x1p-24f);
  CHECK(uniform(0x100) == 0x1p-24f);
  CHECK(uniform(0xFF) == 0.f);
}

/// Pearson's statistic of how evenly `values` fill `bins` bins of [0, 1).
double chi_square(const std::vector<float>& values, int bins) {
  std::vector<double> count(static_cast<std::size_t>(bins));
  for (const float value : values) count[static_cast<std::size_t>(value * static_cast<float>(bins))] += 1.;
  const double expected = static_cast<double>(values.size()) / bins;
  double sum = 0.;
  for (const double n : count) sum += (n - expected) * (n - expected) / expected;
  return sum;
}

TEST_CASE("random: uniform numbers are even, along the blocks, the steps, the sub-streams and the seeds") {
  constexpr int bins = 256, count = 1 << 16;
  // The statistic has mean 255 and deviation sqrt(2 * 255) = 22.6; six deviations are one case in a billion. Far too
  // even is as suspicious as far too uneven.
  for (int along = 0; along < 4; ++along) {
    for (int word = 0; word < 4; ++word) {
      std::vector<float> values;
      for (std::uint32_t i = 0; i < count; ++i) {
        const auto words = random_words(along == 3 ? i : 7, Stream::augment, along == 2 ? i % 4096 : 0,
                                        along == 1 ? i : (along == 2 ? i / 4096 : 0), along == 0 ? i : 0);
        values.push_back(uniform(words[static_cast<std::size_t>(word)]));
      }
      const double statistic = chi_square(values, bins);
      CAPTURE(along);
      CAPTURE(word);
      CHECK(statistic > 255 - 6 * 22.6);
      CHECK(statistic < 255 + 6 * 22.6);
    }
  }
}

TEST_CASE("random: streams are not correlated") {
  // Of n products of independent numbers with mean 0 and variance 1/12, the mean has deviation 1 / (12 sqrt n).
  constexpr std::uint32_t count = 1 << 16;
  double product = 0.;
  for (std::uint32_t i = 0; i < count; ++i) {
    const double a = uniform(random_words(3, Stream::augment, 0, 5, i)[0]) - 0.5;
    const double b = uniform(random_words(3, Stream::augment_eval, 0, 5, i)[0]) - 0.5;
    product += a * b / count;
  }
  CHECK(std::abs(product) < 6. / (12. * 256.));
}

TEST_CASE("random: every bit of key and counter moves about half of the words' bits") {
  std::mt19937_64 random(1);
  for (int bit = 0; bit < 192; ++bit) {
    int flipped = 0;
    for (int n = 0; n < 64; ++n) {
      std::uint64_t key = random();
      RandomWords counter;
      for (auto& word : counter) word = static_cast<std::uint32_t>(random());
      const auto before = philox(key, counter);
      if (bit < 64)
        key ^= std::uint64_t{1} << bit;
      else
        counter[static_cast<std::size_t>(bit / 32 - 2)] ^= 1u << (bit % 32);
      const auto after = philox(key, counter);
      for (std::size_t w = 0; w < 4; ++w) flipped += __builtin_popcount(before[w] ^ after[w]);
    }
    // 64 * 128 fair coins: mean 4096, deviation sqrt(8192) / 2 = 45.3; six of them.
    CAPTURE(bit);
    CHECK(std::abs(flipped - 4096) < 272);
  }
}

}  // namespace
}  // namespace deepobs
