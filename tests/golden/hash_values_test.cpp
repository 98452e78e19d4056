#include "tests/golden/hash_values.h"

#include <doctest/doctest.h>

#include <cstdint>
#include <numeric>
#include <vector>

// The expected numbers are what common.py prints; the references in the JSON files rest on both sides agreeing.
namespace deepobs {
namespace {

TEST_CASE("hash_values: splitmix64 gives the published sequence") {
  // First outputs for seed 1234567 of the generator's public-domain C version by Sebastiano Vigna.
  CHECK(splitmix64(1234567) == 6457827717110365317u);
  CHECK(splitmix64(1234567 + golden_gamma) == 3203168211198807973u);
}

TEST_CASE("hash_values: bits, values, bytes and labels are those of common.py") {
  CHECK(hash_bits(0, 0) == 0xa706dd2f4d197e6fu);
  CHECK(hash_bits(0, 1) == 0xb382a305f4414f5eu);
  CHECK(hash_bits(1, 0) == 0x5e41ab087439611eu);
  CHECK(hash_bits(7, 12345) == 0xe8f613761b3ee4a7u);
  CHECK(hash_bits(std::uint64_t{1} << 63, std::uint64_t{1} << 40) == 0xc52c1388991fef08u);
  CHECK(hash_scaled(3, 3) == std::vector<float>{0x1.e66fe8p-2f, 0x1.7e4a2p-3f, 0x1.10e23p-2f});
  CHECK(hash_scaled(3, 3, 0.1f) == std::vector<float>{0x1.852654p-5f, 0x1.31d4e6p-6f, 0x1.b49d1ap-6f});
  std::vector<int> bytes;
  for (std::uint64_t i = 0; i < 8; ++i) bytes.push_back(hash_byte(4, i));
  CHECK(bytes == std::vector<int>{160, 155, 201, 177, 237, 233, 48, 136});
  CHECK(hash_labels(5, 8, 100) == std::vector<std::int32_t>{97, 10, 86, 77, 22, 99, 86, 68});
}

TEST_CASE("hash_values: images are those of common.py") {
  const auto labels = hash_labels(5, 3, 10);
  const auto images = hash_images(6, 7, labels, 2, 5, 6);
  REQUIRE(images.size() == 3 * 2 * 5 * 6);
  CHECK(std::vector<int>(images.begin(), images.begin() + 6) == std::vector<int>{112, 112, 137, 143, 48, 40});
  CHECK(std::vector<int>(images.end() - 6, images.end()) == std::vector<int>{142, 216, 147, 145, 237, 183});
  CHECK(std::accumulate(images.begin(), images.end(), 0) == 22329);
}

TEST_CASE("hash_values: values cover -1 to below 1") {
  float lowest = 1.0f;
  float highest = -1.0f;
  double sum = 0.0;
  constexpr int count = 100000;
  for (const float value : hash_scaled(11, count)) {
    lowest = value < lowest ? value : lowest;
    highest = value > highest ? value : highest;
    sum += static_cast<double>(value);
  }
  CHECK(lowest >= -1.0f);
  CHECK(lowest < -0.999f);  // missed with probability (1 - 0.0005)^100000 < 1e-21
  CHECK(highest < 1.0f);
  CHECK(highest > 0.999f);
  CHECK(sum / count < 0.012);  // standard deviation of the mean: 1 / sqrt(3 * 100000) = 0.0018
  CHECK(sum / count > -0.012);
}

}  // namespace
}  // namespace deepobs
