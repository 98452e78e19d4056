#include "kernels/ops/random/dropout.h"

#include "engine/graph/autodiff.h"
#include "kernels/cpu/cpu_body.h"
#include "kernels/ops/random/dropout_attributes.h"

namespace deepobs {

DEEPOBS_CPU_BODY(dropout);

namespace {

void gradient(const Node& node, Gradients& g);

/// The gradient is the same masking, of dy; so is its own.
const Op gradient_op{.name = "dropout_gradient",
                     .cpu = bodies::dropout,
                     .gradient = gradient,
                     .in_place_input = 0,
                     .bf16 = {.reads = 0b1, .writes = 0b1}};

void gradient(const Node& node, Gradients& g) {
  const Value dy = g.of_output();
  g.give(0, dy.graph().record_one(gradient_op, {dy}, dy.shape(), node.attributes, node.place));
}

constexpr Operand operands[]{{"x"}};
const Op op{.name = "dropout",
            .operands = operands,
            .cpu = bodies::dropout,
            .gradient = gradient,
            .in_place_input = 0,
            .bf16 = {.reads = 0b1, .writes = 0b1}};

}  // namespace

Value dropout(Value x, double rate, std::uint32_t sub_stream, Place at) {
  const auto rounded = static_cast<float>(rate);
  require(x.shape().elements() <= std::int64_t{1} << 34, Fault::usage, "dropout at ", to_string(at),
          ": x must have at most 2^34 elements: ", x.described());
  require(rounded >= 0.f && rounded < 1.f, Fault::usage, "dropout at ", to_string(at),
          ": the rate must be in [0, 1), not ", rate);
  require(sub_stream < 4096, Fault::usage, "dropout at ", to_string(at), ": the sub-stream must be below 4096, not ",
          sub_stream);
  const auto kept_factor = static_cast<float>(1. / (1. - static_cast<double>(rounded)));
  return x.graph().record_one(op, {x}, x.shape(), Attributes::of(DropoutAttributes{rounded, kept_factor, sub_stream}),
                              at);
}

}  // namespace deepobs
