#include <memory>

#include "kernels/conv2d_attributes.h"
#include "kernels/cuda/columns.h"
#include "kernels/cuda/conv.h"
#include "kernels/cuda/conv_node.h"
#include "kernels/cuda/pool.h"

namespace deepobs {
namespace {

/// The convolution's output, or its gradient, in the type of the images.
std::int64_t conv_bytes(const ConvGeometry& g, Type type) {
  const std::int64_t bytes = g.out_pixels() * g.c_out * bytes_of(type);
  return (bytes + 255) / 256 * 256;
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
  for_each_element(
      queue, call.out[0].elements(),
      PoolOutput<std::uint8_t>{{pool, conv.geometry.c_out}, y, call.in[2].f32(), conv.relu, call.out[0], winners});
}

DEEPOBS_CUDA_PREPARE(conv2d_max_pool_weight_gradient) {
  const ConvAttributes& conv = call.as<ConvMaxPoolAttributes>().conv;
  const ConvGeometry& g = conv.geometry;
  const Type type = call.in[0].type;
  const std::int64_t sums = wants_bias_gradient(call) ? partial_column_bytes(g.out_pixels(), g.c_out) : 0;
  return prepare_conv(queue, g, ConvDirection::weight_gradient, type, filter_order(conv), conv_bytes(g, type) + sums)
      .release();
}

/// The gradient of the convolution's output is spread over its pixels first. The sums of the bias need only the
/// outputs of the pool, but they are added in the pixels' order, as without a pool.
DEEPOBS_CUDA_BODY(conv2d_max_pool_weight_gradient) {
  const auto& [conv, pool] = call.as<ConvMaxPoolAttributes>();
  const ConvGeometry& g = conv.geometry;
  const Type type = call.in[0].type;
  auto* made = static_cast<std::byte*>(extra_scratch(queue));
  auto* partial = reinterpret_cast<double*>(made + conv_bytes(g, type));
  const Floats dz(made, type);
  for_each_element(queue, g.out_pixels() * g.c_out,
                   UnpoolPixel<std::uint8_t>{{pool, g.c_out}, call.in[1], call.in[2].u8(), dz});
  run_conv(queue, call.in[0].data, made, call.out[0].data);
  if (wants_bias_gradient(call)) sum_columns_on_gpu(queue, dz, g.out_pixels(), g.c_out, call.out[1].f32(), partial);
}

}  // namespace deepobs
