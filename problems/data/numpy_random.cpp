#include "problems/data/numpy_random.h"

#include <cmath>

namespace deepobs {

NumpyRandom::NumpyRandom(std::uint32_t seed) {
  state_[0] = seed;
  for (std::uint32_t i = 1; i < words; ++i) state_[i] = 1812433253u * (state_[i - 1] ^ state_[i - 1] >> 30) + i;
}

void NumpyRandom::regenerate() {
  for (std::size_t i = 0; i < words; ++i) {
    const std::uint32_t mixed = (state_[i] & 0x80000000u) | (state_[(i + 1) % words] & 0x7fffffffu);
    state_[i] = state_[(i + 397) % words] ^ mixed >> 1 ^ ((mixed & 1u) != 0 ? 0x9908b0dfu : 0u);
  }
  used_ = 0;
}

std::uint32_t NumpyRandom::next() {
  if (used_ == words) regenerate();
  std::uint32_t word = state_[used_++];
  word ^= word >> 11;
  word ^= word << 7 & 0x9d2c5680u;
  word ^= word << 15 & 0xefc60000u;
  return word ^ word >> 18;
}

double NumpyRandom::uniform() {
  const std::uint32_t high = next() >> 5, low = next() >> 6;
  return (high * 67108864. + low) / 9007199254740992.;
}

double NumpyRandom::normal() {
  if (kept_) {
    const double kept = *kept_;
    kept_.reset();
    return kept;
  }
  for (;;) {
    const double x = 2 * uniform() - 1, y = 2 * uniform() - 1, square = x * x + y * y;
    if (square >= 1 || square == 0) continue;
    const double factor = std::sqrt(-2 * std::log(square) / square);
    kept_ = factor * x;
    return factor * y;
  }
}

std::vector<float> NumpyRandom::normals(std::int64_t count, double deviation) {
  std::vector<float> values(static_cast<std::size_t>(count));
  for (float& value : values) value = static_cast<float>(deviation * normal());
  return values;
}

}  // namespace deepobs
