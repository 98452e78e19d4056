#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace deepobs_emulation {

/// An array of a library's call: float, or bf16, rounded by the rules of floating-point arithmetic and not by deepobs.
class Numbers {
 public:
  Numbers(const void* data, bool narrow) : data_(static_cast<std::byte*>(const_cast<void*>(data))), narrow_(narrow) {}

  float operator[](std::int64_t i) const {
    std::uint32_t bits = 0;
    if (narrow_)
      std::memcpy(reinterpret_cast<std::byte*>(&bits) + 2, data_ + 2 * i, 2);
    else
      std::memcpy(&bits, data_ + 4 * i, 4);
    float value = 0;
    std::memcpy(&value, &bits, 4);
    return value;
  }

  void set(std::int64_t i, float value) const {
    if (narrow_ && std::isfinite(value) && value != 0.f) {
      int exponent = 0;
      (void)std::frexp(value, &exponent);                        // value = fraction * 2^exponent, the fraction below 1
      const int last = (exponent > -125 ? exponent : -125) - 8;  // 2^last: the distance of neighbours
      value = static_cast<float>(std::ldexp(std::nearbyint(std::ldexp(static_cast<double>(value), -last)), last));
    }
    std::memcpy(data_ + (narrow_ ? 2 : 4) * i, reinterpret_cast<const std::byte*>(&value) + (narrow_ ? 2 : 0),
                narrow_ ? 2 : 4);
  }

 private:
  std::byte* data_;
  bool narrow_;
};

}  // namespace deepobs_emulation
