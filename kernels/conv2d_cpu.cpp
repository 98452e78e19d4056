#include "kernels/conv.h"
#include "kernels/conv2d_attributes.h"
#include "kernels/cpu_body.h"

namespace deepobs::DEEPOBS_ISA {

void conv2d(const Call& call) {
  const auto& [geometry, relu] = call.as<ConvAttributes>();
  conv_forward(*call.executor, geometry, call.in[0].f32(), call.in[1].f32(), call.out[0].f32(),
               {.bias = call.in[2].f32(), .relu = relu});
}

void conv2d_data_gradient(const Call& call) {  // with x given, 0 where x is not positive
  conv_data_gradient(*call.executor, call.as<ConvAttributes>().geometry, call.in[0].f32(), call.in[1].f32(),
                     call.out[0].f32(), false, {.gate = call.in.size() > 2 ? call.in[2].f32() : nullptr});
}

void conv2d_weight_gradient(const Call& call) {
  conv_weight_gradient(*call.executor, call.as<ConvAttributes>().geometry, call.in[0].f32(), call.in[1].f32(),
                       call.out[0].f32(), call.out[1].f32(), false, call.out[2].f32());
}

}  // namespace deepobs::DEEPOBS_ISA
