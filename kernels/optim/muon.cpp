#include <algorithm>
#include <array>
#include <cmath>

#include "kernels/ops/dense/gram.h"
#include "kernels/ops/dense/matmul.h"
#include "kernels/ops/elementwise/algebra.h"
#include "kernels/ops/elementwise/unary.h"
#include "kernels/ops/reduce/reduce.h"
#include "kernels/ops/shape/reshape.h"
#include "kernels/optim/adam_rule.h"
#include "kernels/optim/decay.h"
#include "kernels/update/step_scalars.h"
#include "kernels/update/update_scope.h"

namespace deepobs {
namespace {

/// How far a step goes, and what it leaves of a parameter.
struct Rates {
  double decay;

  struct Now {
    float keep, rate;
  };
  DEEPOBS_FN Now now(const StepBlock& step) const {
    return {.keep = rounded(1 - step.learning_rate * decay), .rate = rounded(step.learning_rate)};
  }
};

/// AdamW with a learning rate of its own, which the schedule multiplies as it does the other one.
struct OtherRule : AdamRule {
  double learning_rate;  ///< 0: that of the step

  DEEPOBS_FN Now now(const StepBlock& step) const {
    StepBlock own = step;
    if (learning_rate > 0)
      own.learning_rate =
          step.base_learning_rate > 0 ? learning_rate * step.learning_rate / step.base_learning_rate : learning_rate;
    return AdamRule::now(own);
  }
};

/// Newton and Schulz' iteration towards the nearest matrix with orthonormal rows or columns: `steps` times
/// x = (a + b x x' + c (x x')^2) x, begun with u divided by its norm. Its coefficients reach 1 fast, and not exactly.
struct NewtonSchulz {
  double a, b, c, eps;
  std::int64_t steps;

  Value operator()(Value u) const {
    Graph& graph = u.graph();
    const bool wide = u.dim(0) <= u.dim(1);  // the products of the shorter side are fewer
    Value x = divide(u, maximum(norm(u), constant(graph, {}, eps)));
    const Value first = identity(graph, wide ? u.dim(0) : u.dim(1), a);
    for (std::int64_t step = 0; step < steps; ++step) {
      const Value once = wide ? gram(x) : gram_of_columns(x), twice = gram(once);
      const Value polynomial = sum_of(std::array{first, scale(once, b), scale(twice, c)});
      x = wide ? matmul(polynomial, x) : matmul(x, polynomial);
    }
    return x;
  }
};

/// The learning rate's factor for a matrix [in, out].
double rate_factor(const std::string& adjust, const Shape& matrix) {
  const auto in = static_cast<double>(matrix[0]), out = static_cast<double>(matrix[1]);
  if (adjust == "match_rms_adamw") return 0.2 * std::sqrt(std::max(in, out));
  return std::sqrt(adjust == "original" ? std::max(1., out / in) : out / in);
}

/// Dense weights and kernels have matrices; a kernel's rows are the inputs of one output.
bool is_orthogonalised(const UpdateTensor& tensor) {
  return (tensor.kind() == ParameterKind::matrix || tensor.kind() == ParameterKind::kernel) &&
         tensor.shape().rank() >= 2 && tensor.elements() > 0;
}

Method configure(const Hyperparameters& h) {
  const auto [beta1, beta2] = h.pair("adamw_betas");
  const double decay = h.number("optimizer_weight_decay"), momentum = h.number("momentum");
  const std::span<const double> coefficients = h.numbers("ns_coefficients");
  const NewtonSchulz orthogonal{.a = coefficients[0],
                                .b = coefficients[1],
                                .c = coefficients[2],
                                .eps = h.number("eps"),
                                .steps = h.integer("ns_steps")};
  const Update others = flat_update(
      OtherRule{
          {.beta1 = beta1, .beta2 = beta2, .eps = h.number("adamw_eps"), .coupled_decay = 0, .decoupled_decay = decay},
          h.number("adamw_learning_rate")},
      {{"exp_avg"}, {"exp_avg_sq"}});
  const StepScalars rates = step_scalars(Rates{decay});

  const auto record = [=, nesterov = h.flag("nesterov"), adjust = h.choice("adjust_lr_fn")](UpdateScope& scope) {
    const auto [keep, rate] = scope.scalars<2>(rates);
    std::vector<UpdateTensor> rest;
    for (const UpdateTensor& tensor : scope.parameters()) {
      if (!is_orthogonalised(tensor)) {
        rest.push_back(tensor);
        continue;
      }
      const Value p = tensor.value(), g = tensor.gradient(), average = tensor.state("momentum_buffer");
      const Value m = add(average, scale(subtract(g, average), 1 - momentum));
      scope.assign(average, m);
      const Value direction = nesterov ? add(g, scale(subtract(m, g), momentum)) : m;
      const std::int64_t out = tensor.shape()[tensor.shape().rank() - 1];
      const Shape matrix{tensor.elements() / out, out};
      const Value step = multiply(orthogonal(reshape(direction, matrix)), scale(rate, rate_factor(adjust, matrix)));
      scope.assign(p, subtract(multiply(p, keep), reshape(step, tensor.shape())));
    }
    if (!rest.empty()) scope.elementwise(others, rest);
  };
  return {.rules = {others}, .scalars = {rates}, .record = record};
}

}  // namespace

Optimizer muon() {
  return {
      .name = "Muon",
      .source =
          "Jordan et al., 2024, kellerjordan.github.io/posts/muon; AdamW for biases, norms, embeddings and the "
          "last layer",
      .usual_learning_rate = 0.02,
      .hyperparameters =
          {{"momentum", 0.95, {Range::at_least(0)}, "what the average of g keeps"},
           {"nesterov", true, {}, "look ahead by the momentum"},
           {"ns_coefficients",
            std::vector{3.4445, -4.7750, 2.0315},
            {Range::any()},
            "of x, x^3 and x^5 in the iteration that makes a step orthogonal"},
           {"ns_steps", std::int64_t{5}, {Range::closed(0, 99)}, "how often it is iterated"},
           {"eps", 1e-7, {Range::at_least(0)}, "the smallest norm that a step is divided by"},
           {.name = "adjust_lr_fn",
            .standard = std::string("original"),
            .ranges = {},
            .help = "factor of the learning rate, of out outputs and in inputs: sqrt(max(1, out / in)), "
                    "0.2 sqrt(max(in, out)), sqrt(out / in)",
            .choices = {"original", "match_rms_adamw", "spectral_unclamped"}},
           decoupled_decay(0.1),
           {"adamw_learning_rate",
            0.,
            {Range::at_least(0)},
            "of the parameters that are no hidden weights; a schedule multiplies it, too; 0: the "
            "learning rate"},
           {"adamw_betas", std::vector{0.9, 0.999}, {Range::half_open(0, 1)}, "what their averages of g and g^2 keep"},
           {"adamw_eps", 1e-8, {Range::at_least(0)}, "added to their denominator"}},
      .configure = configure};
}

}  // namespace deepobs
