#include <memory>

#include "kernels/cuda/convolution/columns.h"
#include "kernels/cuda/convolution/conv.h"
#include "kernels/cuda/convolution/conv_node.h"
#include "kernels/cuda/max_pool.h"
#include "kernels/ops/convolution/conv2d_attributes.h"

namespace deepobs {
namespace {

/// The convolution's output, or its gradient, in the type of the images.
std::int64_t conv_bytes(const ConvGeometry& g, Type type) {
  const std::int64_t bytes = g.out_pixels() * g.c_out * bytes_of(type);
  return (bytes + 255) / 256 * 256;
}

/// Pixels of the pool's output, of which the weight gradient gets the gradient.
std::int64_t outputs_of(const Call& call) {
  const Shape& dy = call.in[1].shape;
  return dy[0] * dy[1] * dy[2];
}

}  // namespace

DEEPOBS_CUDA_PREPARE(conv2d_max_pool) {
  const ConvAttributes& conv = call.as<ConvMaxPoolAttributes>().conv;
  const Type type = call.in[0].type;
  return prepare_conv(queue, conv.geometry, ConvDirection::forward, type, filter_order(conv),
                      conv_bytes(conv.geometry, type))
      .release();
}

/// What the convolution makes is written once and read once: bias, relu and pool are one pass.
DEEPOBS_CUDA_BODY(conv2d_max_pool) {
  const auto& [conv, pool] = call.as<ConvMaxPoolAttributes>();  // further outputs are scratch memory of the CPU's
  void* made = extra_scratch(queue);
  run_conv(queue, call.in[0].data, call.in[1].data, made);
  const Floats y(made, call.in[0].type);
  std::uint8_t* winners = call.out.size() > 1 && call.out[1].type == Type::u8 ? call.out[1].u8() : nullptr;
  const float* bias = call.in.size() > 2 ? call.in[2].f32() : nullptr;
  max_pool_on_gpu(queue, pool, conv.geometry.n, conv.geometry.c_out, y, {bias, conv.relu}, call.out[0], winners);
}

DEEPOBS_CUDA_PREPARE(conv2d_max_pool_weight_gradient) {
  const ConvAttributes& conv = call.as<ConvMaxPoolAttributes>().conv;
  const ConvGeometry& g = conv.geometry;
  const Type type = call.in[0].type;
  auto prepared = prepare_conv(queue, g, ConvDirection::weight_gradient, type, filter_order(conv), conv_bytes(g, type));
  if (wants_bias_gradient(call)) prepared->kept_bytes = column_sum_bytes(outputs_of(call), g.c_out);
  return prepared.release();
}

/// The gradient of the convolution's output is spread over its pixels first. Every output of the pool has one winner,
/// so the sums of the bias are those of the pool's gradient: fewer terms, and known before the others.
DEEPOBS_CUDA_BODY(conv2d_max_pool_weight_gradient) {
  const auto& [conv, pool] = call.as<ConvMaxPoolAttributes>();
  const ConvGeometry& g = conv.geometry;
  const Type type = call.in[0].type;
  void* made = extra_scratch(queue);
  const Floats dz(made, type);
  max_pool_gradient_on_gpu(queue, pool, g.n, g.c_out, call.in[1], call.in[2].u8(), dz);
  run_conv(queue, call.in[0].data, made, call.out[0].data);
  if (wants_bias_gradient(call))
    sum_columns_on_gpu(queue, call.in[1], outputs_of(call), g.c_out, call.out[1].f32(), queue.kept);
}

}  // namespace deepobs
