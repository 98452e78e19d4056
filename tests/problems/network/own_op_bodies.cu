#include <deepobs/cuda_op.h>

// The bodies of tests/package/own_op for a GPU under names that own_op_test.cpp finds; for libraries that only tests
// load.

namespace mine {
void cuda_squareplus(const deepobs::Call&, deepobs::CudaQueue&);
void cuda_squareplus_gradient(const deepobs::Call&, deepobs::CudaQueue&);
}  // namespace mine

extern "C" [[gnu::visibility("default")]] void own_squareplus(const deepobs::Call& call, deepobs::CudaQueue& queue) {
  mine::cuda_squareplus(call, queue);
}
extern "C" [[gnu::visibility("default")]] void own_squareplus_gradient(const deepobs::Call& call,
                                                                       deepobs::CudaQueue& queue) {
  mine::cuda_squareplus_gradient(call, queue);
}
