#include "kernels/cuda/product/gate.h"

namespace deepobs {
namespace {

struct Relu {
  __device__ float operator()(float x) const { return x < 0.f ? 0.f : x; }  // a NaN stays one
};

}  // namespace

DEEPOBS_CUDA_BODY(relu) { map_elements(queue, call.out[0].elements(), call.out[0], Relu(), Floats(call.in[0])); }

DEEPOBS_CUDA_BODY(relu_gradient) {
  map_elements(queue, call.out[0].elements(), call.out[0], Gate(), Floats(call.in[1]), Floats(call.in[0]));
}

}  // namespace deepobs
