#include "kernels/cuda/loops.h"
#include "kernels/cuda/pool.h"

namespace deepobs {
namespace {

/// 1 / the number of pixels that a window sees.
__device__ double weight_of(IntRange rows, IntRange columns) {
  return 1. / (static_cast<double>(rows.end - rows.begin) * (columns.end - columns.begin));
}

struct AveragedOutput {
  PoolPlaces places;
  const float* x;
  float* y;

  __device__ void operator()(std::int64_t i) const {
    const WindowGeometry& g = places.g;
    const auto at = places.position(i, g.output);
    const int top = at.y * g.stride.h - g.padding.top, left = at.x * g.stride.w - g.padding.left;
    const IntRange rows = seen_by_window(top, g.kernel.h, g.input.h);
    const IntRange columns = seen_by_window(left, g.kernel.w, g.input.w);
    double sum = 0.;
    for (int v = rows.begin; v < rows.end; ++v)
      for (int u = columns.begin; u < columns.end; ++u)
        sum += static_cast<double>(x[places.index({at.n, at.c, top + v, left + u}, g.input)]);
    y[i] = static_cast<float>(sum * weight_of(rows, columns));
  }
};

/// A pixel collects from the windows that see it, in their order.
struct AveragedPixel {
  PoolPlaces places;
  const float* dy;
  float* dx;

  __device__ void operator()(std::int64_t i) const {
    const WindowGeometry& g = places.g;
    const auto at = places.position(i, g.input);
    const IntRange oy = windows_that_see(at.y, g.padding.top, g.kernel.h, g.stride.h, g.output.h);
    const IntRange ox = windows_that_see(at.x, g.padding.left, g.kernel.w, g.stride.w, g.output.w);
    float sum = 0.f;
    for (int v = oy.begin; v < oy.end; ++v)
      for (int u = ox.begin; u < ox.end; ++u) {
        const IntRange rows = seen_by_window(v * g.stride.h - g.padding.top, g.kernel.h, g.input.h);
        const IntRange columns = seen_by_window(u * g.stride.w - g.padding.left, g.kernel.w, g.input.w);
        sum += dy[places.index({at.n, at.c, v, u}, g.output)] * static_cast<float>(weight_of(rows, columns));
      }
    dx[i] = sum;
  }
};

}  // namespace

DEEPOBS_CUDA_BODY(avg_pool) {
  const PoolPlaces places{call.as<WindowGeometry>(), call.in[0].shape[3]};
  for_each_element(queue, call.out[0].elements(), AveragedOutput{places, call.in[0].f32(), call.out[0].f32()});
}

DEEPOBS_CUDA_BODY(avg_pool_gradient) {
  const PoolPlaces places{call.as<WindowGeometry>(), call.out[0].shape[3]};
  for_each_element(queue, call.out[0].elements(), AveragedPixel{places, call.in[0].f32(), call.out[0].f32()});
}

}  // namespace deepobs
