#include "kernels/convolution/conv.h"
#include "kernels/convolution/winograd/winograd.h"
#include "kernels/cpu/cpu_body.h"
#include "kernels/ops/convolution/conv2d_attributes.h"

namespace deepobs::DEEPOBS_ISA {

void conv2d(const Call& call) {
  const auto& [geometry, relu, tiles, krsc] = call.as<ConvAttributes>();
  const float *x = call.in[0].f32(), *w = call.in[1].f32();
  const float* bias = call.in.size() > 2 ? call.in[2].f32() : nullptr;
  float* y = call.out[0].f32();
  if (tiles)
    winograd_forward(*call.executor, tiles, geometry, x, w, y, bias, relu, call.out[1].f32());
  else
    conv_forward(*call.executor, geometry, x, w, y, {.bias = bias, .relu = relu});
}

void conv2d_data_gradient(const Call& call) {  // with x given, 0 where x is not positive
  const auto& [geometry, relu, tiles, krsc] = call.as<ConvAttributes>();
  const float *dy = call.in[0].f32(), *w = call.in[1].f32();
  const float* gate = call.in.size() > 2 ? call.in[2].f32() : nullptr;
  float* dx = call.out[0].f32();
  if (tiles)
    winograd_data_gradient(*call.executor, tiles, geometry, dy, w, dx, gate, call.out[1].f32());
  else
    conv_data_gradient(*call.executor, geometry, dy, w, dx, false, {.gate = gate});
}

void conv2d_weight_gradient(const Call& call) {
  const auto& [geometry, relu, tiles, krsc] = call.as<ConvAttributes>();
  const float *x = call.in[0].f32(), *dy = call.in[1].f32();
  float *dw = call.out[0].f32(), *workspace = call.out[2].f32();
  float* db = call.out[1].elements() > 0 ? call.out[1].f32() : nullptr;
  if (tiles)
    winograd_weight_gradient(*call.executor, tiles, geometry, x, dy, dw, db, workspace);
  else
    conv_weight_gradient(*call.executor, geometry, x, dy, dw, db, false, workspace);
}

}  // namespace deepobs::DEEPOBS_ISA
