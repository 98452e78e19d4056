#pragma once

#include <bit>
#include <cstdint>

#include "engine/tensor/host_device.h"

namespace deepobs {

/// Division of numbers below 2^31 by one that is known before the kernel begins, in three instructions where a GPU's
/// own takes more than twenty.
/// Source: T. Granlund, P. Montgomery, "Division by invariant integers using multiplication", PLDI 1994, figure 4.1.
class Divisor {
 public:
  /// 1 <= by < 2^31
  explicit Divisor(std::uint32_t by) : by_(by), shift_(static_cast<std::uint32_t>(std::bit_width(by - 1))) {
    const std::uint64_t power = std::uint64_t{1} << shift_;  // by <= power < 2 by
    factor_ = static_cast<std::uint32_t>(((power - by) << 32) / by + 1);
  }

  struct Quotient {
    std::uint32_t whole, rest;
  };
  DEEPOBS_HOST_DEVICE Quotient of(std::uint32_t i) const {
    const auto high = static_cast<std::uint32_t>((std::uint64_t{i} * factor_) >> 32);
    const std::uint32_t whole = (high + i) >> shift_;  // no overflow: high <= i < 2^31
    return {whole, i - whole * by_};
  }

 private:
  std::uint32_t by_, shift_, factor_;
};

}  // namespace deepobs
