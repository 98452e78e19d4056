#include "squareplus.h"

#include <deepobs/cpu_op.h>

namespace mine {

using namespace deepobs;

DEEPOBS_CPU_BODY(squareplus);  // squareplus_cpu.cpp
DEEPOBS_CPU_BODY(squareplus_gradient);

#ifdef MINE_HAS_CUDA  // squareplus.cu
void cuda_squareplus(const Call&, CudaQueue&);
void cuda_squareplus_gradient(const Call&, CudaQueue&);
#else
constexpr CudaBody cuda_squareplus = nullptr, cuda_squareplus_gradient = nullptr;
#endif

namespace {

const Op gradient_op{
    .name = "squareplus_gradient", .cpu = bodies::squareplus_gradient, .cuda = cuda_squareplus_gradient};

void gradient(const Node& node, Gradients& g) {
  const Value dy = g.of_output(), x = node.in[0];
  g.give(0, dy.graph().record_one(gradient_op, {dy, x}, x.shape(), {}, node.place));
}

const Op op{.name = "squareplus", .cpu = bodies::squareplus, .cuda = cuda_squareplus, .gradient = gradient};

}  // namespace

Value squareplus(Value x, Place at) { return x.graph().record_one(op, {x}, x.shape(), {}, at); }

}  // namespace mine
