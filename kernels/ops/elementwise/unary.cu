#include "kernels/cuda/vector_loops.h"
#include "kernels/ops/elementwise/unary_attributes.h"
#include "kernels/ops/elementwise/unary_functions.h"

namespace deepobs {
namespace {

template <class Function>
void map(const Call& call, CudaQueue& queue, const Function& function) {
  map_elements(queue, call.out[0].elements(), call.out[0], function, Floats(call.in[0]));
}

}  // namespace

DEEPOBS_CUDA_BODY(exp) { map(call, queue, ExpOf()); }
DEEPOBS_CUDA_BODY(log) { map(call, queue, LogOf()); }
DEEPOBS_CUDA_BODY(sqrt) { map(call, queue, RootOf()); }
DEEPOBS_CUDA_BODY(rsqrt) { map(call, queue, ReciprocalRootOf()); }
DEEPOBS_CUDA_BODY(absolute) { map(call, queue, SizeOf()); }
DEEPOBS_CUDA_BODY(sign) { map(call, queue, SignOf()); }
DEEPOBS_CUDA_BODY(power) { map(call, queue, PowerOf{call.as<PowerExponent>().exponent}); }

}  // namespace deepobs
