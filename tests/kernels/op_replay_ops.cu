#include <memory>

#include "kernels/cuda/columns.h"
#include "kernels/cuda/floats.h"
#include "kernels/cuda/loops.h"

// The bodies for a GPU of the ops that tests have for themselves, most of them op_replay.cpp's; for libraries that only
// tests load.

namespace deepobs {

DEEPOBS_CUDA_BODY(stage) {
  const Floats x = call.in[0], y = call.out[0];
  for_each_element(queue, call.out[0].elements(), [=] __device__(std::int64_t i) { y.set(i, x[i]); });
}

DEEPOBS_CUDA_BODY(weigh) {
  const float* y = call.in[0].f32();
  const float* w = call.in[1].f32();
  float* sum = call.out[0].f32();
  const std::int64_t count = call.in[0].elements();
  for_each_block(queue, {.blocks = 1, .threads = 1}, [=] __device__(std::int64_t) {
    double all = 0;
    for (std::int64_t i = 0; i < count; ++i) all += static_cast<double>(y[i]) * static_cast<double>(w[i]);
    *sum = static_cast<float>(all);
  });
}

// Of columns_test.cpp: the two outputs of gate_and_sum_columns_on_gpu().

DEEPOBS_CUDA_PREPARE(gate_and_sum) {
  auto prepared = std::make_unique<CudaPrepared>();
  prepared->kept_bytes = column_sum_bytes(call.in[1].shape[0], call.in[1].shape[1]);
  return prepared.release();
}

DEEPOBS_CUDA_BODY(gate_and_sum) {
  const Floats x = call.in[1], dx = call.out[0];
  for_each_element(queue, call.out[0].elements(), [=] __device__(std::int64_t i) { dx.set(i, x[i]); });
  gate_and_sum_columns_on_gpu(queue, call.in[0], dx, call.in[1].shape[0], call.in[1].shape[1], call.out[1].f32(),
                              queue.kept);
}

DEEPOBS_CUDA_BODY(weigh_gradient) {
  const float* dy = call.in[0].f32();
  const float* w = call.in[1].f32();
  float* dx = call.out[0].f32();
  for_each_element(queue, call.out[0].elements(), [=] __device__(std::int64_t i) { dx[i] = *dy * w[i]; });
}

}  // namespace deepobs
