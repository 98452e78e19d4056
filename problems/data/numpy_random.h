#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

namespace deepobs {

/// NumPy's RandomState, number for number: the synthetic data sets of DeepOBS are made with it. Mersenne Twister
/// MT19937, uniform numbers of 53 bits, normal ones by the polar method, which makes them in pairs and keeps the
/// second. Source: Matsumoto & Nishimura, ACM TOMACS 8(1), 1998; NumPy's legacy generator, whose streams are frozen.
class NumpyRandom {
 public:
  explicit NumpyRandom(std::uint32_t seed);

  /// In [0, 1).
  double uniform();

  /// In [low, high).
  double uniform(double low, double high) { return low + (high - low) * uniform(); }

  /// Standard normal. uniform() neither takes nor drops the number that is kept.
  double normal();

  /// `count` of them, times `deviation`, rounded to float.
  std::vector<float> normals(std::int64_t count, double deviation = 1);

 private:
  static constexpr std::size_t words = 624;

  std::uint32_t next();
  void regenerate();

  std::array<std::uint32_t, words> state_{};
  std::size_t used_ = words;
  std::optional<double> kept_;
};

}  // namespace deepobs
