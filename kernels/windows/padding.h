#pragma once

#include <string_view>

#include "engine/base/check.h"
#include "engine/tensor/shape.h"

namespace deepobs {

/// Something along height and width: `3` is 3 x 3, `{1, 7}` one high and seven wide.
struct Extent2d {
  int h = 1, w = 1;

  constexpr Extent2d() = default;
  constexpr Extent2d(int both) : h(both), w(both) {}  // NOLINT: implicit, so that {.kernel = 3} reads as it should
  constexpr Extent2d(int height, int width) : h(height), w(width) {}
  bool operator==(const Extent2d&) const = default;
};

/// Rows and columns that are thought around an image. What stands there is the op's matter: a convolution sees zeros,
/// a pooling nothing at all.
struct Padding {
  int top = 0, bottom = 0, left = 0, right = 0;
  bool operator==(const Padding&) const = default;
};

/// How much padding: by rule, or as given.
///   Pad::valid  none; a rest that the windows do not reach is left out
///   Pad::same   TensorFlow's SAME: the output has ceil(input / stride) rows and columns; the padding that this needs
///               is split in two, and an odd pixel goes to the bottom and to the right
///   Padding     as given, {.pad = Padding{1, 1, 1, 1}} for PyTorch's padding=1
class Pad {
 public:
  static const Pad valid, same;

  constexpr Pad() = default;
  constexpr Pad(const Padding& given) : given_(given) {}  // NOLINT: implicit, a padding is one way to pad
  bool is_same() const { return same_; }
  const Padding& given() const { return given_; }  ///< all zero for both rules
  bool operator==(const Pad&) const = default;

 private:
  constexpr explicit Pad(bool is_same) : same_(is_same) {}
  bool same_ = false;
  Padding given_;
};

inline constexpr Pad Pad::valid{false};
inline constexpr Pad Pad::same{true};

/// A window that slides over an image: what the caller of a pooling op says.
struct Window {
  Extent2d kernel{};
  Extent2d stride{};
  Pad pad{};
  bool operator==(const Window&) const = default;
};

/// The same with all numbers known: what a body works with. Output pixel (y, x) sees input rows y * stride.h -
/// padding.top + [0, kernel.h), and columns likewise; every window has at least one pixel of the image in it.
struct WindowGeometry {
  Extent2d input, kernel, stride;
  Padding padding;
  Extent2d output;
  bool operator==(const WindowGeometry&) const = default;
};

/// Places `window` over an image of `input` pixels. `op` and `at` name the caller in messages.
/// Errors: an empty image, a kernel or stride below 1, a negative padding or one that is not smaller than the kernel, a
/// kernel larger than the padded image.
/// Source of SAME: TensorFlow, tf.nn "notes on padding"; of the output extent floor((padded - kernel) / stride) + 1:
/// Dumoulin and Visin, "A guide to convolution arithmetic for deep learning", 2016, relationship 6.
WindowGeometry place_window(Extent2d input, const Window& window, std::string_view op, const Place& at);

/// place_window() on the images [N, H, W, C] of x. Errors also: x has another rank.
WindowGeometry place_window(const Shape& x, const Window& window, std::string_view op, const Place& at);

}  // namespace deepobs
