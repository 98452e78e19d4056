#pragma once

#include <functional>
#include <vector>

#include "kernels/windows/padding.h"
#include "tests/kernels/harness/op_case.h"

namespace deepobs {

/// Images and windows that pooling is tested on; padding and output are written out by hand.
struct PoolCase {
  Shape x;
  Window window;
  Padding padding;
  Extent2d output;

  Shape output_shape() const { return {x[0], output.h, output.w, x[3]}; }
};

inline std::vector<PoolCase> pool_cases() {
  const Window same_3_2{.kernel = 3, .stride = 2, .pad = Pad::same};
  return {
      {{2, 6, 8, 3}, same_3_2, {0, 1, 0, 1}, {3, 4}},   // DeepOBS: even sizes, padding behind only
      {{1, 5, 7, 17}, same_3_2, {1, 1, 1, 1}, {3, 4}},  // odd sizes
      {{3, 6, 5, 33}, same_3_2, {0, 1, 1, 1}, {3, 3}},
      {{2, 8, 8, 16}, {.kernel = 2, .stride = 2}, {}, {4, 4}},
      {{1, 9, 9, 1}, {.kernel = 3, .stride = 2}, {}, {4, 4}},  // VALID, overlapping
      {{1, 5, 5, 3}, {.kernel = 1}, {}, {5, 5}},               // nothing to do
      {{2, 5, 7, 1}, {.kernel = 1, .stride = 3}, {}, {2, 3}},  // the stride jumps over pixels
      {{1, 8, 9, 17}, {.kernel = 2, .stride = 3}, {}, {3, 3}},
      {{2, 4, 6, 3}, {.kernel = {4, 6}}, {}, {1, 1}},              // as large as the image
      {{1, 20, 20, 2}, {.kernel = 20}, {}, {1, 1}},                // more than 256 places in a window
      {{1, 20, 17, 19}, {.kernel = 17, .stride = 3}, {}, {2, 1}},  // the same, overlapping
      {{1, 5, 6, 3}, {.kernel = {3, 2}, .stride = {1, 2}, .pad = Pad::same}, {1, 1, 0, 0}, {5, 3}},
      {{1, 4, 4, 5}, {.kernel = 3, .stride = 1, .pad = Pad::same}, {1, 1, 1, 1}, {4, 4}},
      {{1, 5, 5, 3}, {.kernel = 3, .stride = 2, .pad = Padding{2, 1, 0, 2}}, {2, 1, 0, 2}, {3, 3}},
      {{1, 2, 2, 3}, {.kernel = 5, .stride = 1, .pad = Pad::same}, {2, 2, 2, 2}, {2, 2}},  // larger than the image
      // Channels that a GPU takes several of at once, with windows that it knows and others.
      {{2, 7, 5, 24}, {.kernel = 2, .stride = 2}, {}, {3, 2}},  // the last row and column are in no window
      {{1, 5, 3, 12}, {.kernel = 2, .stride = 2, .pad = Pad::same}, {0, 1, 0, 1}, {3, 2}},
      {{2, 8, 7, 8}, same_3_2, {0, 1, 1, 1}, {4, 4}},
      {{1, 8, 10, 16}, {.kernel = 3, .stride = 2}, {}, {3, 4}},
      {{3, 7, 6, 4}, {.kernel = 3, .stride = 2, .pad = Padding{2, 0, 1, 2}}, {2, 0, 1, 2}, {4, 4}},
      {{1, 2, 1, 8}, same_3_2, {0, 1, 1, 1}, {1, 1}},  // all of a window's columns but one are padding
      {{1, 6, 7, 8}, {.kernel = {3, 2}, .stride = {2, 3}, .pad = Padding{1, 1, 0, 1}}, {1, 1, 0, 1}, {3, 3}},
      {{1, 19, 20, 8}, {.kernel = 17, .stride = 2}, {}, {2, 2}},  // more than 256 places in a window
  };
}

/// reduce(pixels of the image under the window) for each output element, in order.
inline std::vector<double> over_windows(const PoolCase& p, const DoubleTensor& x,
                                        const std::function<double(const std::vector<double>&)>& reduce) {
  const std::int64_t height = p.x[1], width = p.x[2], channels = p.x[3];
  std::vector<double> y;
  for (std::int64_t n = 0; n < p.x[0]; ++n)
    for (int i = 0; i < p.output.h; ++i)
      for (int j = 0; j < p.output.w; ++j)
        for (std::int64_t c = 0; c < channels; ++c) {
          std::vector<double> pixels;
          for (int v = 0; v < p.window.kernel.h; ++v)
            for (int u = 0; u < p.window.kernel.w; ++u) {
              const std::int64_t row = i * p.window.stride.h + v - p.padding.top;
              const std::int64_t column = j * p.window.stride.w + u - p.padding.left;
              if (row >= 0 && row < height && column >= 0 && column < width)
                pixels.push_back(x[((n * height + row) * width + column) * channels + c]);
            }
          y.push_back(reduce(pixels));
        }
  return y;
}

/// The most windows that see one pixel.
inline double windows_at_a_pixel(const Window& w) {
  const auto most = [](int kernel, int stride) { return (kernel + stride - 1) / stride; };
  return most(w.kernel.h, w.stride.h) * most(w.kernel.w, w.stride.w);
}

}  // namespace deepobs
