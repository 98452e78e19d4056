#pragma once

#include <array>
#include <cstdint>

namespace deepobs_emulation {

/// A convolution by its definition; strides in elements, in the order of the axes [n, c, h, w] of x and y and
/// [k, c, h, w] of w.
struct Convolution {
  using Axes = std::array<std::int64_t, 4>;
  Axes x{}, w{}, y{};  // extents
  Axes x_strides{}, w_strides{}, y_strides{};
  std::int64_t pad_top = 0, pad_left = 0, pad_bottom = 0, pad_right = 0, stride_h = 1, stride_w = 1;
  bool narrow = false;  // bf16, else float

  bool fits() const;
  static Axes channels_last(const Axes& extents);
  static Axes channels_first(const Axes& extents);
};

enum class Direction { forward, data_gradient, weight_gradient };

/// What an engine does to the numbers beside rounding the result.
struct Inexactness {
  bool tf32 = false;         // operands lose 13 bits
  bool approximate = false;  // results are a little off, as those of larger Winograd tiles
  bool loses_nan = false;    // a NaN becomes 0
};

void convolve(const Convolution& convolution, Direction direction, void* x, void* w, void* y,
              const Inexactness& inexactness = {});

}  // namespace deepobs_emulation
