#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "kernels/optim/line_search.h"
#include "kernels/update/optimizer.h"
#include "kernels/update/step_driver.h"
#include "kernels/update/update_scope.h"

namespace deepobs {
namespace {

// More are a slip of the hand: steps on a whole data set have up to some ten thousand iterations, and a longer memory
// than some hundred makes no better direction.
constexpr std::int64_t most_iterations = 100'000, most_evaluations = most_iterations * 5 / 4, most_remembered = 10'000;

double dot(std::span<const float> a, std::span<const float> b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += static_cast<double>(a[i]) * static_cast<double>(b[i]);
  return sum;
}

double largest(std::span<const float> x) {
  double most = 0;
  for (const float each : x) {
    if (std::isnan(each)) return std::nan("");  // which is below no tolerance: a NaN ends no step early
    most = std::max(most, std::fabs(static_cast<double>(each)));
  }
  return most;
}

double sum_of_sizes(std::span<const float> x) {
  double sum = 0;
  for (const float each : x) sum += std::fabs(static_cast<double>(each));
  return sum;
}

/// y += factor x.
void add_scaled(std::vector<float>& y, double factor, std::span<const float> x) {
  const auto by = static_cast<float>(factor);
  for (std::size_t i = 0; i < y.size(); ++i) y[i] += by * x[i];
}

/// Quasi-Newton steps with a short memory: each iteration goes along -H g, where H is made of the last changes of the
/// parameters and of the gradients. The pairs of changes are kept from step to step, across mini-batches.
struct Lbfgs {
  std::int64_t max_iter, max_eval;
  double tolerance_grad, tolerance_change;
  std::int64_t history_size;
  bool strong_wolfe;

  // What numbers("progress") holds.
  enum Number : std::size_t { iterations, pairs, next, scale, last_t, count };

  void declare(UpdateScope& scope) const {
    const std::int64_t n = scope.store().flat_floats();
    // A run of fewer iterations than are remembered never comes to the last rows.
    std::int64_t rows = history_size;
    if (const auto steps = scope.total_steps(); steps && *steps <= history_size / max_iter)
      rows = std::max<std::int64_t>(*steps * max_iter, 1);
    scope.state("old_steps", {rows, n});
    scope.state("old_changes", {rows, n});  // of the gradient
    scope.state("direction", {1, n});
    scope.state("previous_gradient", {1, n});
    scope.numbers("inverse_products", rows);
    scope.numbers("progress", count);
  }

  /// A step: up to max_iter iterations on one mini-batch.
  void drive(StepDriver& step) const {
    auto progress = step.numbers("progress");
    double loss = step.evaluate();
    std::span<const float> g = step.gradients();
    std::vector<float> searched;  // the gradients where a line search has ended
    double steepest = largest(g);
    for (std::int64_t it = 1; it <= max_iter && !(steepest <= tolerance_grad); ++it) {
      ++progress[iterations];
      const bool first = progress[iterations] == 1;
      const std::vector<float> d = first ? negative(g) : direction(step, progress, g);
      step.set_row("previous_gradient", 0, g);
      step.set_row("direction", 0, d);
      const double rate = step.step().learning_rate, previous_loss = loss;
      double t = first ? std::fmin(1., 1 / sum_of_sizes(g)) * rate : rate;
      progress[last_t] = t;
      const double slope = dot(g, d);
      if (slope > -tolerance_change) break;
      const auto now = step.parameters();
      const std::vector<float> from(now.begin(), now.end());
      const auto move = [&](double length) {
        auto to = from;
        add_scaled(to, length, d);
        step.set_parameters(to);
      };
      // Nothing that follows from such a gradient is finite: the further evaluations of the step, which PyTorch makes,
      // could heal nothing.
      if (!std::isfinite(steepest)) {
        move(t);
        break;
      }
      if (strong_wolfe) {
        const auto evaluate = [&](double length) {
          move(length);
          const double f = step.evaluate();
          const auto gradient = step.gradients();
          return LinePoint{length, f, dot(gradient, d), {gradient.begin(), gradient.end()}};
        };
        LinePoint end = strong_wolfe_search(evaluate, t, {0, loss, slope, {g.begin(), g.end()}},
                                            {.longest = largest(d), .most_evaluations = max_eval - step.evaluations()});
        progress[last_t] = t = end.t;
        loss = end.loss;
        searched = std::move(end.gradient);
        g = searched;
        move(t);
        steepest = largest(g);
      } else {
        move(t);
        if (it != max_iter) {
          loss = step.evaluate();
          g = step.gradients();
          steepest = largest(g);
        }
      }
      if (step.evaluations() >= max_eval) break;
      if (largest(d) * std::fabs(t) <= tolerance_change || std::fabs(loss - previous_loss) < tolerance_change) break;
    }
    step.set_numbers("progress", progress);
  }

 private:
  static std::vector<float> negative(std::span<const float> g) {
    std::vector<float> turned(g.begin(), g.end());
    for (float& each : turned) each = -each;
    return turned;
  }

  /// Takes the newest pair into the memory, and goes through it: Nocedal & Wright, algorithm 7.4.
  std::vector<float> direction(StepDriver& step, std::vector<double>& progress, std::span<const float> g) const {
    auto inverse = step.numbers("inverse_products");
    std::vector<float> change(g.begin(), g.end());
    add_scaled(change, -1, step.row("previous_gradient", 0));
    const auto before = step.row("direction", 0);
    std::vector<float> moved(before.begin(), before.end());
    for (float& each : moved) each *= static_cast<float>(progress[last_t]);
    const double product = dot(change, moved);
    if (product > 1e-10) {
      const auto at = static_cast<std::int64_t>(progress[next]);
      step.set_row("old_changes", at, change);
      step.set_row("old_steps", at, moved);
      inverse[static_cast<std::size_t>(at)] = 1 / product;
      step.set_numbers("inverse_products", inverse);
      progress[next] = static_cast<double>((at + 1) % history_size);
      progress[pairs] = std::fmin(progress[pairs] + 1, static_cast<double>(history_size));
      progress[scale] = product / dot(change, change);
    }
    const auto kept = static_cast<std::int64_t>(progress[pairs]),
               newest = static_cast<std::int64_t>(progress[next]) - 1;
    const auto row = [&](std::int64_t age) { return (newest - age + 2 * history_size) % history_size; };
    std::vector<double> shares(static_cast<std::size_t>(kept));
    auto d = negative(g);
    for (std::int64_t age = 0; age < kept; ++age) {
      const double share = dot(step.row("old_steps", row(age)), d) * inverse[static_cast<std::size_t>(row(age))];
      shares[static_cast<std::size_t>(age)] = share;
      add_scaled(d, -share, step.row("old_changes", row(age)));
    }
    if (kept > 0)
      for (float& each : d) each *= static_cast<float>(progress[scale]);
    for (std::int64_t age = kept - 1; age >= 0; --age) {
      const double back = dot(step.row("old_changes", row(age)), d) * inverse[static_cast<std::size_t>(row(age))];
      add_scaled(d, shares[static_cast<std::size_t>(age)] - back, step.row("old_steps", row(age)));
    }
    return d;
  }
};

}  // namespace

Optimizer lbfgs() {
  return {
      .name = "LBFGS",
      .source = "Nocedal & Wright, Numerical Optimization, 2006, algorithms 7.5, 3.5 and 3.6",
      .usual_learning_rate = 1,
      .hyperparameters =
          {{"max_iter",
            std::int64_t{20},
            {Range::closed(1, most_iterations)},
            "iterations in a step, on one mini-batch"},
           {"max_eval",
            std::int64_t{0},
            {Range::closed(0, most_evaluations)},
            "evaluations in a step; 0: max_iter and a quarter"},
           {"tolerance_grad", 1e-7, {Range::at_least(0)}, "a step ends at a gradient this small"},
           {"tolerance_change", 1e-9, {Range::at_least(0)}, "a step ends where it or the loss changes this little"},
           {"history_size", std::int64_t{100}, {Range::closed(1, most_remembered)}, "iterations that are remembered"},
           {"line_search_fn", std::string("none"), {}, "how far an iteration goes", {"none", "strong_wolfe"}}},
      .configure = [](const Hyperparameters& h) {
        const std::int64_t max_iter = h.integer("max_iter"), max_eval = h.integer("max_eval");
        const Lbfgs rule{.max_iter = max_iter,
                         .max_eval = max_eval == 0 ? max_iter * 5 / 4 : max_eval,
                         .tolerance_grad = h.number("tolerance_grad"),
                         .tolerance_change = h.number("tolerance_change"),
                         .history_size = h.integer("history_size"),
                         .strong_wolfe = h.choice("line_search_fn") == "strong_wolfe"};
        return Method{.record = [rule](UpdateScope& scope) { rule.declare(scope); },
                      .drive = [rule](StepDriver& step) { rule.drive(step); }};
      }};
}

}  // namespace deepobs
