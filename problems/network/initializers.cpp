#include "problems/network/initializers.h"

#include <algorithm>
#include <cmath>

#include "engine/tensor/normal.h"
#include "engine/tensor/random.h"

namespace deepobs::init {
namespace {

/// value(u) for every element, u uniform in (0, 1) with 32 bits.
template <class Draw>
Initializer drawn(Draw value) {
  return [value](std::span<float> values, std::uint64_t seed, std::uint64_t stream) {
    for (std::size_t i = 0; i < values.size(); i += 4) {
      const auto words = random_words(seed, Stream::initial, 0, stream, static_cast<std::uint32_t>(i / 4));
      for (std::size_t j = i; j < std::min(i + 4, values.size()); ++j)
        values[j] = static_cast<float>(value((words[j - i] + 0.5) * 0x1p-32));
    }
  };
}

}  // namespace

Initializer constant(double value) {
  return [value](std::span<float> values, std::uint64_t, std::uint64_t) {
    std::ranges::fill(values, static_cast<float>(value));
  };
}

Initializer truncated_normal(double deviation) {
  // Drawing again until |x| <= 2 is the same as drawing the quantile's argument from [Phi(-2), Phi(2)].
  constexpr double phi_minus_2 = 0.022750131948179207;
  return drawn([deviation](double u) {
    const double x = normal_quantile(phi_minus_2 + u * (1 - 2 * phi_minus_2));
    return deviation * std::clamp(x, -2., 2.);
  });
}

Initializer glorot_normal(std::int64_t fan_in, std::int64_t fan_out) {
  constexpr double deviation_after_cut = 0.87962566103423978;
  return truncated_normal(std::sqrt(2. / static_cast<double>(fan_in + fan_out)) / deviation_after_cut);
}

Initializer glorot_uniform(std::int64_t fan_in, std::int64_t fan_out) {
  const double bound = std::sqrt(6. / static_cast<double>(fan_in + fan_out));
  return drawn([bound](double u) { return bound * (2 * u - 1); });
}

}  // namespace deepobs::init
