#pragma once

#include <cstdint>

#include "engine/tensor/random.h"

namespace deepobs {

/// What is drawn. The numbers of different ones are independent, and so are they of a run's (Stream).
enum class Draw : std::uint32_t {
  bootstrap = 1,    ///< values with replacement
  sign_flips = 2,   ///< which differences change their sign
  normals = 3,      ///< standard normal numbers
  improvement = 4,  ///< runs of two optimizers
  ranks = 5,        ///< runs, and problems, of all optimizers
  profiles = 6,     ///< times of all optimizers
};

/// The random numbers of one procedure: those of Philox at (seed, draw), one after the other. The same seed gives the
/// same numbers on every machine.
class Resampling {
 public:
  Resampling(std::uint64_t seed, Draw draw) : seed_(seed), draw_(static_cast<std::uint32_t>(draw)) {}

  std::uint32_t word() {
    if (next_ == 4) {
      // The last word keeps these addresses apart from those of random_words().
      words_ =
          philox(seed_, {static_cast<std::uint32_t>(block_), draw_, static_cast<std::uint32_t>(block_ >> 32), 0xB00Fu});
      ++block_;
      next_ = 0;
    }
    return words_[next_++];
  }

  /// Uniform in 0 ... n - 1, without bias. n > 0.
  /// Source: Lemire, "Fast random integer generation in an interval", ACM TOMACS 29 (2019).
  std::uint32_t below(std::uint32_t n) {
    std::uint64_t product = std::uint64_t{word()} * n;
    if (static_cast<std::uint32_t>(product) < n) {
      const std::uint32_t least = (0u - n) % n;
      while (static_cast<std::uint32_t>(product) < least) product = std::uint64_t{word()} * n;
    }
    return static_cast<std::uint32_t>(product >> 32);
  }

  /// Uniform in (0, 1), an odd multiple of 2^-53: never 0 and never 1.
  double unit() {
    const std::uint64_t high = word();
    const std::uint64_t bits = (high << 32) | word();
    return static_cast<double>((bits >> 12) * 2 + 1) * 0x1p-53;
  }

 private:
  std::uint64_t seed_, block_ = 0;
  std::uint32_t draw_, next_ = 4;
  RandomWords words_{};
};

}  // namespace deepobs
