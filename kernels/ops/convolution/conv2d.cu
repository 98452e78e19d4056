#include <memory>

#include "kernels/cuda/convolution/columns.h"
#include "kernels/cuda/convolution/conv.h"
#include "kernels/cuda/convolution/conv_loops.h"
#include "kernels/cuda/convolution/conv_node.h"
#include "kernels/cuda/product/bias.h"
#include "kernels/cuda/product/gate.h"
#include "kernels/cuda/product/relu.h"
#include "kernels/ops/convolution/conv2d_attributes.h"

namespace deepobs {
namespace {

std::unique_ptr<CudaPrepared> prepare(const Call& call, CudaQueue& queue, ConvDirection direction,
                                      std::int64_t extra_bytes) {
  const auto& conv = call.as<ConvAttributes>();
  return prepare_conv(queue, conv.geometry, direction, call.in[0].type, filter_order(conv), extra_bytes);
}

/// In mixed precision the library writes bf16. Where float32 is wanted, that result goes to scratch memory first.
bool is_widened(const Call& call) { return call.in[0].type != call.out[0].type; }
std::int64_t narrow_bytes(const Call& call) {
  return is_widened(call) ? call.out[0].elements() * bytes_of(call.in[0].type) : 0;
}
View result_of_library(const Call& call, const CudaQueue& queue) {
  return is_widened(call) ? View{extra_scratch(queue), call.in[0].type, call.out[0].shape} : call.out[0];
}

void widen_on_gpu(const CudaQueue& queue, const Floats& from, const Floats& to, std::int64_t count) {
  for_each_element(queue, count, [=] __device__(std::int64_t i) { to.set(i, from[i]); });
}

}  // namespace

DEEPOBS_CUDA_PREPARE(conv2d) { return prepare(call, queue, ConvDirection::forward, narrow_bytes(call)).release(); }

DEEPOBS_CUDA_BODY(conv2d) {
  const auto& conv = call.as<ConvAttributes>();
  const View made = result_of_library(call, queue);
  run_conv(queue, call.in[0].data, call.in[1].data, made.data);
  const Floats from = made, y = call.out[0];
  const std::int64_t count = made.elements();
  if (call.in.size() > 2)
    add_bias_on_gpu(queue, from, call.in[2].f32(), y, count, conv.geometry.c_out, conv.relu);
  else if (conv.relu)
    map_elements(queue, count, y, Relu(), from);
  else if (is_widened(call))
    widen_on_gpu(queue, from, y, count);
}

DEEPOBS_CUDA_PREPARE(conv2d_data_gradient) {
  return prepare(call, queue, ConvDirection::data_gradient, narrow_bytes(call)).release();
}

DEEPOBS_CUDA_BODY(conv2d_data_gradient) {
  const View made = result_of_library(call, queue);
  run_conv(queue, call.in[0].data, call.in[1].data, made.data);
  const Floats from = made, dx = call.out[0];
  const std::int64_t count = made.elements();
  if (is_widened(call)) widen_on_gpu(queue, from, dx, count);
  if (call.in.size() > 2) gate_on_gpu(queue, call.in[2], dx, count);
}

DEEPOBS_CUDA_PREPARE(conv2d_weight_gradient) {
  const ConvGeometry& g = call.as<ConvAttributes>().geometry;
  auto prepared = prepare(call, queue, ConvDirection::weight_gradient, 0);
  if (wants_bias_gradient(call)) prepared->kept_bytes = column_sum_bytes(g.out_pixels(), g.c_out);
  return prepared.release();
}

DEEPOBS_CUDA_BODY(conv2d_weight_gradient) {  // output 2 is scratch memory of the CPU's
  const ConvGeometry& g = call.as<ConvAttributes>().geometry;
  run_conv(queue, call.in[0].data, call.in[1].data, call.out[0].data);
  if (wants_bias_gradient(call))
    sum_columns_on_gpu(queue, call.in[1], g.out_pixels(), g.c_out, call.out[1].f32(), queue.kept);
}

}  // namespace deepobs
