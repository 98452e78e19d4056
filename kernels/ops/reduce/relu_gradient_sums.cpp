#include "kernels/ops/reduce/relu_gradient_sums.h"

#include "kernels/cpu/cpu_body.h"

namespace deepobs {

DEEPOBS_CPU_BODY(relu_gradient_sums);

namespace {

const Op op{.name = "relu_gradient_sums",
            .cpu = bodies::relu_gradient_sums,
            .in_place_input = 0,
            .bf16 = {.reads = 0b11, .writes = 0b1}};

}  // namespace

GradientAndSums relu_gradient_sums(Value dy, Value y, Place at) {
  require(dy.shape().rank() >= 1 && dy.shape() == y.shape(), Fault::usage, op.name, " at ", to_string(at),
          ": dy and y must be [..., C] alike: ", dy.described(), "; ", y.described());
  const auto& out = dy.graph().record(op, {dy, y}, {{dy.shape()}, {{dy.dim(dy.shape().rank() - 1)}}}, {}, at).out;
  return {out[0], out[1]};
}

}  // namespace deepobs
