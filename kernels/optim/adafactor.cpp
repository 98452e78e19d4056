#include <cmath>

#include "kernels/ops/elementwise/algebra.h"
#include "kernels/ops/elementwise/unary.h"
#include "kernels/ops/reduce/reduce.h"
#include "kernels/ops/shape/reshape.h"
#include "kernels/optim/decay.h"
#include "kernels/update/step_scalars.h"
#include "kernels/update/update_scope.h"

namespace deepobs {
namespace {

struct Rates {
  double beta2_decay, decay;

  struct Now {
    float keep;      ///< of a parameter
    float take;      ///< 1 - beta2: what averages take of the new squares
    float relative;  ///< length of the step, as a share of the parameter's
  };
  DEEPOBS_FN Now now(const StepBlock& step) const {
    const auto t = static_cast<double>(step.step + 1);
    const double bound = 1 / std::sqrt(t);
    return {.keep = rounded(1 - step.learning_rate * decay),
            .take = rounded(std::pow(t, beta2_decay)),
            .relative = rounded(step.learning_rate < bound ? step.learning_rate : bound)};
  }
};

/// average + take (x - average), written back.
Value averaged(UpdateScope& scope, Value average, Value x, Value take) {
  const Value next = add(average, multiply(subtract(x, average), take));
  scope.assign(average, next);
  return next;
}

Value root_mean_square(Value x) { return scale(norm(x), 1 / std::sqrt(static_cast<double>(x.shape().elements()))); }

/// The estimate of g^2 by the averages of its rows and columns, as the outer product of both over the mean of all. The
/// matrices of a tensor are those of its first two axes (PyTorch's last two, because its weights lie the other way
/// round): of a kernel one for each pair of channels.
Value factored_squares(UpdateScope& scope, const UpdateTensor& tensor, Value squares, Value take, double eps1) {
  const Shape& shape = tensor.shape();
  const std::int64_t rows = shape[0], columns = shape[1], matrices = shape.elements() / (rows * columns);
  const Value cut = reshape(squares, {rows, columns, matrices});
  const Value row = averaged(scope, tensor.state("row_var", {rows, matrices}), mean_along(cut, 1), take);
  const Value column = averaged(scope, tensor.state("col_var", {columns, matrices}), mean_along(cut, 0), take);
  const Value all = maximum(mean_along(row, 0), constant(scope.graph(), {}, eps1));
  const Value row_share = reshape(spread_along(divide(row, all), 1, columns), {rows, columns * matrices});
  return reshape(multiply(row_share, reshape(column, {columns * matrices})), shape);
}

Method configure(const Hyperparameters& h) {
  const StepScalars rates = step_scalars(Rates{h.number("beta2_decay"), h.number("optimizer_weight_decay")});
  const auto record = [=, eps = h.pair("eps"), d = h.number("d")](UpdateScope& scope) {
    const auto [keep, take, relative] = scope.scalars<3>(rates);
    const auto number = [&](double value) { return constant(scope.graph(), {}, value); };
    for (const UpdateTensor& tensor : scope.parameters()) {
      if (tensor.elements() == 0) continue;
      const Value p = tensor.value(), g = tensor.gradient(), squares = multiply(g, g);
      const Value length = multiply(maximum(root_mean_square(p), number(eps.second)), relative);
      const Value v = tensor.shape().rank() > 1 ? factored_squares(scope, tensor, squares, take, eps.first)
                                                : averaged(scope, tensor.state("variance"), squares, take);
      const Value direction = multiply(g, rsqrt(maximum(v, number(eps.first * eps.first))));
      const Value shortened = divide(length, maximum(scale(root_mean_square(direction), 1 / d), number(1)));
      scope.assign(p, subtract(multiply(p, keep), multiply(direction, shortened)));
    }
  };
  return {.scalars = {rates}, .record = record};
}

}  // namespace

Optimizer adafactor() {
  return {.name = "Adafactor",
          .source = "Shazeer & Stern, ICML 2018, algorithms 4 and 5, with PyTorch's decay and limits",
          .usual_learning_rate = 1e-2,
          .hyperparameters = {{"beta2_decay",
                               -0.8,
                               {{.low = -Range::unbounded, .high = 0, .low_open = true, .high_open = false}},
                               "the averages of g^2 take the share t^beta2_decay of it in step t"},
                              {"eps",
                               std::vector{0x1p-23, 1e-3},
                               {Range::at_least(0)},
                               "the least size of g, and of a parameter, that a step reckons with"},
                              {"d", 1., {Range::at_least(1)}, "the longest step, before it is multiplied by its rate"},
                              decoupled_decay(0.)},
          .configure = configure};
}

}  // namespace deepobs
