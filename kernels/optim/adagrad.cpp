#include "kernels/optim/betas.h"
#include "kernels/optim/decay.h"
#include "kernels/update/update_pass.h"

namespace deepobs {
namespace {

struct Adagrad {
  double decay, lr_decay, eps;

  struct Now {
    float rate, decay, eps;
  };
  DEEPOBS_FN Now now(const StepBlock& step) const {
    return {.rate = rounded(step.learning_rate / (1 + static_cast<double>(step.step) * lr_decay)),
            .decay = rounded(decay),
            .eps = rounded(eps)};
  }

  DEEPOBS_FN static void update(const Now& n, float& p, float g, float& sum) {
    g += n.decay * p;
    sum += g * g;
    p -= n.rate * (g / (std::sqrt(sum) + n.eps));
  }
};

}  // namespace

Optimizer adagrad() {
  return {.name = "Adagrad",
          .source = "Duchi, Hazan & Singer, JMLR 12, 2011, figure 1 (diagonal, mirror descent)",
          .usual_learning_rate = 0.01,
          .hyperparameters = {{"lr_decay", 0., {Range::at_least(0)}, "the rate falls as 1 / (1 + step * lr_decay)"},
                              {"initial_accumulator_value", 0., {Range::at_least(0)}, "where the sum of g^2 begins"},
                              denominator_eps(1e-10),
                              coupled_decay()},
          .configure = [](const Hyperparameters& h) {
            const Adagrad rule{
                .decay = h.number("optimizer_weight_decay"), .lr_decay = h.number("lr_decay"), .eps = h.number("eps")};
            return flat_update(rule, {{"sum", h.number("initial_accumulator_value")}});
          }};
}

}  // namespace deepobs
