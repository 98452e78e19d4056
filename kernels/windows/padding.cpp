#include "kernels/windows/padding.h"

#include <algorithm>

namespace deepobs {
namespace {

constexpr std::int64_t max_extent = 1 << 24;  // of image and kernel, so that no sum below leaves 32 bits

/// One of the two directions.
struct Axis {
  std::int64_t input, kernel, stride, before, after;
};

/// TensorFlow's SAME: just enough for ceil(input / stride) windows, the odd pixel behind.
void pad_same(Axis& axis) {
  const std::int64_t output = (axis.input + axis.stride - 1) / axis.stride;
  const std::int64_t total = std::max<std::int64_t>((output - 1) * axis.stride + axis.kernel - axis.input, 0);
  axis.before = total / 2;
  axis.after = total - axis.before;
}

int output_extent(const Axis& axis, const char* direction, std::string_view op, const Place& at) {
  const std::int64_t padded = axis.before + axis.input + axis.after;
  require(axis.kernel <= padded, Fault::usage, op, " at ", to_string(at), ": a kernel of ", direction, " ", axis.kernel,
          " does not fit into ", axis.input, " pixels with padding ", axis.before, " and ", axis.after,
          "; take a smaller kernel or Pad::same");
  return static_cast<int>((padded - axis.kernel) / axis.stride + 1);
}

void check(Axis& axis, const char* direction, bool same, std::string_view op, const Place& at) {
  const auto wanted = [&](bool condition, const auto&... parts) {
    require(condition, Fault::usage, op, " at ", to_string(at), ": ", parts...);
  };
  const auto possible = [](std::int64_t extent) { return extent >= 1 && extent <= max_extent; };
  wanted(possible(axis.input), "the image's ", direction, " must be 1 to ", max_extent, ", not ", axis.input);
  wanted(possible(axis.kernel), "the kernel's ", direction, " must be 1 to ", max_extent, ", not ", axis.kernel);
  wanted(axis.stride >= 1, "the stride along the ", direction, " must be at least 1, not ", axis.stride);
  if (same) pad_same(axis);
  wanted(axis.before >= 0 && axis.after >= 0, "padding must not be negative, not ", axis.before, " and ", axis.after,
         " in ", direction);
  wanted(axis.before < axis.kernel && axis.after < axis.kernel, "padding ", axis.before, " and ", axis.after,
         " must be smaller than the kernel's ", direction, " ", axis.kernel, ", or a window would see no pixel");
}

}  // namespace

WindowGeometry place_window(Extent2d input, const Window& window, std::string_view op, const Place& at) {
  const auto& given = window.pad.given();
  Axis y{input.h, window.kernel.h, window.stride.h, given.top, given.bottom};
  Axis x{input.w, window.kernel.w, window.stride.w, given.left, given.right};
  check(y, "height", window.pad.is_same(), op, at);
  check(x, "width", window.pad.is_same(), op, at);
  const Extent2d output{output_extent(y, "height", op, at), output_extent(x, "width", op, at)};
  return {
      input,
      window.kernel,
      window.stride,
      {static_cast<int>(y.before), static_cast<int>(y.after), static_cast<int>(x.before), static_cast<int>(x.after)},
      output};
}

WindowGeometry place_window(const Shape& x, const Window& window, std::string_view op, const Place& at) {
  require(x.rank() == 4, Fault::usage, op, " at ", to_string(at), ": x must be images [N, H, W, C], not ", x);
  require(x[1] <= max_extent && x[2] <= max_extent, Fault::usage, op, " at ", to_string(at),
          ": images [N, H, W, C] have ", "at most ", max_extent, " rows and columns, not ", x);
  return place_window(Extent2d{static_cast<int>(x[1]), static_cast<int>(x[2])}, window, op, at);
}

}  // namespace deepobs
