#pragma once

#include <algorithm>
#include <tuple>

#include "kernels/ops/convolution/conv2d.h"
#include "tests/kernels/harness/op_case.h"

namespace deepobs {

/// The sum of conv2d.h, with a bias if there are three operands, and its relu, with the window placed as padding.h says
/// (which has tests of its own).
inline Formula correlation(const Conv2d& options) {
  return [options](DoubleTensors in) {
    const auto& [x, w] = std::tie(in[0], in[1]);
    const std::int64_t h = x.shape[1], width = x.shape[2], c = x.shape[3], kh = w.shape[0], kw = w.shape[1],
                       k = w.shape[3];
    const auto placed = place_window(
        x.shape, {.kernel = {static_cast<int>(kh), static_cast<int>(kw)}, .stride = options.stride, .pad = options.pad},
        "formula", Place::current());
    std::vector<double> y;
    for (std::int64_t n = 0; n < x.shape[0]; ++n)
      for (std::int64_t i = 0; i < placed.output.h; ++i)
        for (std::int64_t j = 0; j < placed.output.w; ++j)
          for (std::int64_t o = 0; o < k; ++o) {
            double sum = in.size() > 2 ? in[2][o] : 0.;
            for (std::int64_t u = 0; u < kh; ++u)
              for (std::int64_t v = 0; v < kw; ++v) {
                const std::int64_t p = i * options.stride.h + u - placed.padding.top;
                const std::int64_t q = j * options.stride.w + v - placed.padding.left;
                if (p < 0 || p >= h || q < 0 || q >= width) continue;
                for (std::int64_t l = 0; l < c; ++l)
                  sum += x[((n * h + p) * width + q) * c + l] * w[((u * kw + v) * c + l) * k + o];
              }
            y.push_back(options.relu ? std::max(sum, 0.) : sum);
          }
    return y;
  };
}

}  // namespace deepobs
