#include "kernels/optim/betas.h"
#include "kernels/optim/decay.h"
#include "kernels/optim/lerp.h"
#include "kernels/update/update_pass.h"

namespace deepobs {
namespace {

/// Adam with Nesterov's look ahead and a momentum mu that grows with the step. As in adam_rule.h the bias correction of
/// v goes into the step sizes and eps.
struct NAdam {
  double beta1, beta2, eps, momentum_decay, coupled_decay, decoupled_decay;

  struct Now {
    float keep, decay;
    Lerp average;
    float beta2, take2, eps, size_g, size_m;
  };

  DEEPOBS_FN double mu(double t) const { return beta1 * (1 - 0.5 * std::pow(0.96, t * momentum_decay)); }

  DEEPOBS_FN Now now(const StepBlock& step, double& mu_product) const {
    const auto t = static_cast<double>(step.step + 1);
    mu_product *= mu(t);
    const double scale = step.learning_rate * std::sqrt(1 - std::pow(beta2, t));
    return {.keep = rounded(1 - step.learning_rate * decoupled_decay),
            .decay = rounded(coupled_decay),
            .average = Lerp::by(1 - beta1),
            .beta2 = rounded(beta2),
            .take2 = rounded(1 - beta2),
            .eps = rounded(eps * std::sqrt(1 - std::pow(beta2, t))),
            .size_g = rounded(scale * (1 - mu(t)) / (1 - mu_product)),
            .size_m = rounded(scale * mu(t + 1) / (1 - mu_product * mu(t + 1)))};
  }

  DEEPOBS_FN static void update(const Now& n, float& p, float g, float& m, float& v) {
    p *= n.keep;
    g += n.decay * p;
    m = n.average(m, g);
    v = n.beta2 * v + n.take2 * g * g;
    p -= (n.size_g * g + n.size_m * m) / (std::sqrt(v) + n.eps);
  }
};

}  // namespace

Optimizer nadam() {
  return {.name = "NAdam",
          .source = "Dozat, ICLR workshop 2016, algorithm 2",
          .usual_learning_rate = 2e-3,
          .hyperparameters = {betas(0.9, 0.999),
                              denominator_eps(1e-8),
                              {"momentum_decay", 4e-3, {Range::at_least(0)}, "how fast the momentum grows to its end"},
                              {"decoupled_weight_decay", false, {}, "decay as AdamW's"},
                              coupled_decay()},
          .configure = [](const Hyperparameters& h) {
            const auto [beta1, beta2] = h.pair("betas");
            const double decay = h.number("optimizer_weight_decay");
            const bool decoupled = h.flag("decoupled_weight_decay");
            const NAdam rule{.beta1 = beta1,
                             .beta2 = beta2,
                             .eps = h.number("eps"),
                             .momentum_decay = h.number("momentum_decay"),
                             .coupled_decay = decoupled ? 0 : decay,
                             .decoupled_decay = decoupled ? decay : 0};
            return flat_update(rule, {{"exp_avg"}, {"exp_avg_sq"}}, {{"mu_product", 1.}});
          }};
}

}  // namespace deepobs
