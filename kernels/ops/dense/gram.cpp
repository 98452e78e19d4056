#include "kernels/ops/dense/gram.h"

#include "engine/graph/autodiff.h"
#include "engine/graph/cost.h"
#include "kernels/cpu/cpu_body.h"
#include "kernels/ops/dense/gram_attributes.h"
#include "kernels/ops/dense/matmul.h"
#include "kernels/ops/elementwise/algebra.h"
#include "kernels/ops/shape/transpose.h"
#include "kernels/product/gemm_workspace.h"

namespace deepobs {

DEEPOBS_CPU_BODY(gram);

namespace {

Cost cost(const Node& node) {  // each pair once
  const std::int64_t rows = node.out[0].dim(0);
  return cost_of_product(node, (rows + 1) * node.in[0].shape().elements());
}

void gradient(const Node& node, Gradients& g) {
  const Value x = node.in[0], dy = g.of_output();
  const Value both = add(dy, transpose(dy, node.place), node.place);
  g.give(0, node.attributes.as<GramOptions>().of_columns ? matmul(x, both, {}, node.place)
                                                         : matmul(both, x, {}, node.place));
}

constexpr Operand operands[]{{"x"}};
const Op op{.name = "gram",
            .operands = operands,
            .cpu = bodies::gram,
            .gradient = gradient,
            .scratch = 0b10,
            .cost = cost,
            .bf16 = {.needs = 0b1}};

Value record(Value x, const GramOptions& options, Place at) {
  require(x.shape().rank() == 2, Fault::usage, op.name, " at ", to_string(at), ": x must be a matrix, not ",
          x.described());
  const std::int64_t rows = x.dim(options.of_columns ? 1 : 0), terms = x.dim(options.of_columns ? 0 : 1);
  const Graph::Output workspace{{gemm_workspace_floats(rows, rows, terms)}};
  return x.graph().record(op, {x}, {{{rows, rows}}, workspace}, Attributes::of(options), at).out[0];
}

}  // namespace

Value gram(Value x, Place at) { return record(x, {.of_columns = false}, at); }
Value gram_of_columns(Value x, Place at) { return record(x, {.of_columns = true}, at); }

}  // namespace deepobs
