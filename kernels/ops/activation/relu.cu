#include "kernels/cuda/product/gate.h"
#include "kernels/cuda/product/relu.h"

namespace deepobs {

DEEPOBS_CUDA_BODY(relu) { map_elements(queue, call.out[0].elements(), call.out[0], Relu(), Floats(call.in[0])); }

DEEPOBS_CUDA_BODY(relu_gradient) {
  map_elements(queue, call.out[0].elements(), call.out[0], Gate(), Floats(call.in[1]), Floats(call.in[0]));
}

}  // namespace deepobs
