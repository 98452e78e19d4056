#include <memory>

#include "kernels/conv2d_attributes.h"
#include "kernels/cuda/columns.h"
#include "kernels/cuda/conv.h"
#include "kernels/cuda/conv_loops.h"
#include "kernels/cuda/gate.h"

namespace deepobs {
namespace {

const ConvGeometry& geometry_of(const Call& call) { return call.as<ConvAttributes>().geometry; }

}  // namespace

DEEPOBS_CUDA_PREPARE(conv2d) { return prepare_conv(queue, geometry_of(call), ConvDirection::forward).release(); }

DEEPOBS_CUDA_BODY(conv2d) {
  const auto& conv = call.as<ConvAttributes>();
  float* y = call.out[0].f32();
  run_conv(queue, call.in[0].f32(), call.in[1].f32(), y);
  add_bias_on_gpu(queue, y, call.out[0].elements(), conv.geometry.c_out, call.in[2].f32(), conv.relu);
}

DEEPOBS_CUDA_PREPARE(conv2d_data_gradient) {
  return prepare_conv(queue, geometry_of(call), ConvDirection::data_gradient).release();
}

DEEPOBS_CUDA_BODY(conv2d_data_gradient) {
  run_conv(queue, call.in[0].f32(), call.in[1].f32(), call.out[0].f32());
  if (call.in.size() > 2) for_each_element(queue, call.out[0].elements(), Gate{call.in[2].f32(), call.out[0].f32()});
}

DEEPOBS_CUDA_PREPARE(conv2d_weight_gradient) {
  const ConvGeometry& g = geometry_of(call);
  return prepare_conv(queue, g, ConvDirection::weight_gradient, partial_column_bytes(g.out_pixels(), g.c_out))
      .release();
}

DEEPOBS_CUDA_BODY(conv2d_weight_gradient) {  // output 2 is scratch memory of the CPU's
  const ConvGeometry& g = geometry_of(call);
  const float* dy = call.in[1].f32();
  run_conv(queue, call.in[0].f32(), dy, call.out[0].f32());
  sum_columns_on_gpu(queue, dy, g.out_pixels(), g.c_out, call.out[1].f32(), static_cast<double*>(extra_scratch(queue)));
}

}  // namespace deepobs
