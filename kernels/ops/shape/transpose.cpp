#include "kernels/ops/shape/transpose.h"

#include "engine/graph/autodiff.h"
#include "kernels/cpu/cpu_body.h"

namespace deepobs {

DEEPOBS_CPU_BODY(transpose);

namespace {

void gradient(const Node& node, Gradients& g) { g.give(0, transpose(g.of_output(), node.place)); }

constexpr Operand operands[]{{"x"}};
const Op op{.name = "transpose",
            .operands = operands,
            .cpu = bodies::transpose,
            .gradient = gradient,
            .bf16 = {.reads = 0b1, .writes = 0b1}};

}  // namespace

Value transpose(Value x, Place at) {
  require(x.shape().rank() == 2, Fault::usage, op.name, " at ", to_string(at), ": x must be a matrix, not ",
          x.described());
  return x.graph().record_one(op, {x}, {x.dim(1), x.dim(0)}, {}, at);
}

}  // namespace deepobs
