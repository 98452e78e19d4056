#include "kernels/cuda/max_pool.h"

namespace deepobs {

DEEPOBS_CUDA_BODY(max_pool) {
  const Shape& x = call.in[0].shape;
  const auto run = [&](auto* winners) {
    max_pool_on_gpu(queue, call.as<WindowGeometry>(), x[0], x[3], call.in[0], {}, call.out[0], winners);
  };
  call.out[1].type == Type::u8 ? run(call.out[1].u8()) : run(call.out[1].i32());
}

DEEPOBS_CUDA_BODY(max_pool_gradient) {
  const Shape& dx = call.out[0].shape;
  const auto run = [&](const auto* winners) {
    max_pool_gradient_on_gpu(queue, call.as<WindowGeometry>(), dx[0], dx[3], call.in[0], winners, call.out[0]);
  };
  call.in[1].type == Type::u8 ? run(call.in[1].u8()) : run(call.in[1].i32());
}

}  // namespace deepobs
