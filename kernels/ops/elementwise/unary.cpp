#include "kernels/ops/elementwise/unary.h"

#include <cmath>

#include "engine/graph/autodiff.h"
#include "kernels/cpu/cpu_body.h"
#include "kernels/ops/elementwise/algebra.h"
#include "kernels/ops/elementwise/unary_attributes.h"

namespace deepobs {

DEEPOBS_CPU_BODY(exp);
DEEPOBS_CPU_BODY(log);
DEEPOBS_CPU_BODY(sqrt);
DEEPOBS_CPU_BODY(rsqrt);
DEEPOBS_CPU_BODY(absolute);
DEEPOBS_CPU_BODY(sign);
DEEPOBS_CPU_BODY(power);

namespace {

// Rules made of ops, so that a gradient can be differentiated again.

void exp_gradient(const Node& node, Gradients& g) { g.give(0, multiply(g.of_output(), node.out[0], node.place)); }

void log_gradient(const Node& node, Gradients& g) { g.give(0, divide(g.of_output(), node.in[0], node.place)); }

void sqrt_gradient(const Node& node, Gradients& g) {
  g.give(0, scale(divide(g.of_output(), node.out[0], node.place), 0.5, node.place));
}

void rsqrt_gradient(const Node& node, Gradients& g) {
  const Value slope = divide(node.out[0], node.in[0], node.place);
  g.give(0, scale(multiply(g.of_output(), slope, node.place), -0.5, node.place));
}

void absolute_gradient(const Node& node, Gradients& g) {
  g.give(0, multiply(g.of_output(), sign(node.in[0], node.place), node.place));
}

void sign_gradient(const Node&, Gradients&) {}

void power_gradient(const Node& node, Gradients& g) {
  const double exponent = node.attributes.as<PowerExponent>().exponent;
  if (exponent == 0.) return;
  const Value slope = power(node.in[0], exponent - 1., node.place);
  g.give(0, scale(multiply(g.of_output(), slope, node.place), exponent, node.place));
}

constexpr Operand operands[]{{"x"}};

constexpr Op described(std::string_view name, const std::array<Body, isa_count>& bodies,
                       void (*gradient)(const Node&, Gradients&)) {
  return {.name = name, .operands = operands, .cpu = bodies, .gradient = gradient, .in_place_input = 0};
}

constexpr Op exp_op = described("exp", bodies::exp, exp_gradient);
constexpr Op log_op = described("log", bodies::log, log_gradient);
constexpr Op sqrt_op = described("sqrt", bodies::sqrt, sqrt_gradient);
constexpr Op rsqrt_op = described("rsqrt", bodies::rsqrt, rsqrt_gradient);
constexpr Op absolute_op = described("absolute", bodies::absolute, absolute_gradient);
constexpr Op sign_op = described("sign", bodies::sign, sign_gradient);
constexpr Op power_op = described("power", bodies::power, power_gradient);

Value record(const Op& op, Value x, Place at) { return x.graph().record_one(op, {x}, x.shape(), {}, at); }

}  // namespace

Value exp(Value x, Place at) { return record(exp_op, x, at); }
Value log(Value x, Place at) { return record(log_op, x, at); }
Value sqrt(Value x, Place at) { return record(sqrt_op, x, at); }
Value rsqrt(Value x, Place at) { return record(rsqrt_op, x, at); }
Value absolute(Value x, Place at) { return record(absolute_op, x, at); }
Value sign(Value x, Place at) { return record(sign_op, x, at); }

Value power(Value x, double exponent, Place at) {
  require(std::abs(exponent) < 0x1p31, Fault::usage, power_op.name, " at ", to_string(at),
          ": the exponent must be a number below 2^31 in size, not ", exponent);
  return x.graph().record_one(power_op, {x}, x.shape(), Attributes::of(PowerExponent{exponent}), at);
}

}  // namespace deepobs
