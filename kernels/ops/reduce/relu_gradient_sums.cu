#include <memory>

#include "kernels/cuda/convolution/columns.h"

namespace deepobs {
namespace {

std::int64_t columns_of(const Call& call) { return call.out[1].elements(); }
std::int64_t rows_of(const Call& call) { return columns_of(call) > 0 ? call.out[0].elements() / columns_of(call) : 0; }

}  // namespace

DEEPOBS_CUDA_PREPARE(relu_gradient_sums) {
  auto prepared = std::make_unique<CudaPrepared>();
  prepared->kept_bytes = column_sum_bytes(rows_of(call), columns_of(call));
  return prepared.release();
}

DEEPOBS_CUDA_BODY(relu_gradient_sums) {
  gate_and_sum_columns_on_gpu(queue, call.in[1], call.in[0], call.out[0], rows_of(call), columns_of(call),
                              call.out[1].f32(), queue.kept);
}

}  // namespace deepobs
