#include "kernels/ops/dense/matmul.h"

#include "engine/graph/autodiff.h"
#include "engine/graph/cost.h"
#include "kernels/cpu/cpu_body.h"
#include "kernels/product/gemm_workspace.h"

namespace deepobs {

DEEPOBS_CPU_BODY(matmul);

namespace {

std::int64_t terms_of(Value a, const Matmul& options) { return a.dim(options.a_transposed ? 0 : 1); }

Cost cost(const Node& node) {
  return cost_of_product(node, 2 * node.out[0].shape().elements() * terms_of(node.in[0], node.attributes.as<Matmul>()));
}

void gradient(const Node& node, Gradients& g) {
  const auto& [a_transposed, b_transposed] = node.attributes.as<Matmul>();
  const Value a = node.in[0], b = node.in[1], dy = g.of_output();
  if (g.wants(0))
    g.give(0, a_transposed ? matmul(b, dy, {b_transposed, true}, node.place)
                           : matmul(dy, b, {false, !b_transposed}, node.place));
  if (g.wants(1))
    g.give(1, b_transposed ? matmul(dy, a, {true, a_transposed}, node.place)
                           : matmul(a, dy, {!a_transposed, false}, node.place));
}

constexpr Operand operands[]{{"a"}, {"b"}};
const Op op{.name = "matmul",
            .operands = operands,
            .cpu = bodies::matmul,
            .gradient = gradient,
            .scratch = 0b10,
            .cost = cost,
            .bf16 = {.needs = 0b11, .writes = 0b1}};

}  // namespace

Value matmul(Value a, Value b, const Matmul& options, Place at) {
  const auto check = [&](bool holds, const char* rule) {
    require(holds, Fault::usage, op.name, " at ", to_string(at), ": ", rule, "\n  a  ", a.described(),
            options.a_transposed ? ", transposed" : "", "\n  b  ", b.described(),
            options.b_transposed ? ", transposed" : "");
  };
  check(a.shape().rank() == 2 && b.shape().rank() == 2, "both operands must be matrices");
  const std::int64_t m = a.dim(options.a_transposed ? 1 : 0), k = terms_of(a, options);
  const std::int64_t n = b.dim(options.b_transposed ? 0 : 1);
  check(b.dim(options.b_transposed ? 1 : 0) == k, "b must have as many rows as a has columns");
  return a.graph()
      .record(op, {a, b}, {{{m, n}}, {{gemm_workspace_floats(m, n, k)}}}, Attributes::of(options), at)
      .out[0];
}

}  // namespace deepobs
