#include "kernels/cuda/loops.h"
#include "kernels/cuda/pool.h"

namespace deepobs {

DEEPOBS_CUDA_BODY(max_pool) {
  const auto& g = call.as<WindowGeometry>();
  const std::int64_t channels = call.in[0].shape[3], count = call.out[0].elements();
  const Floats x = call.in[0], y = call.out[0];
  const auto run = [&](auto* winners) {
    for_each_element(
        queue, count,
        PoolOutput<std::remove_pointer_t<decltype(winners)>>{{g, channels}, x, nullptr, false, y, winners});
  };
  call.out[1].type == Type::u8 ? run(call.out[1].u8()) : run(call.out[1].i32());
}

DEEPOBS_CUDA_BODY(max_pool_gradient) {
  const auto& g = call.as<WindowGeometry>();
  const std::int64_t channels = call.out[0].shape[3], count = call.out[0].elements();
  const Floats dy = call.in[0], dx = call.out[0];
  const auto run = [&](const auto* winners) {
    for_each_element(
        queue, count,
        UnpoolPixel<std::remove_cv_t<std::remove_pointer_t<decltype(winners)>>>{{g, channels}, dy, winners, dx});
  };
  call.in[1].type == Type::u8 ? run(call.in[1].u8()) : run(call.in[1].i32());
}

}  // namespace deepobs
