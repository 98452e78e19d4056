#include "kernels/optim/betas.h"
#include "kernels/optim/decay.h"
#include "kernels/optim/lerp.h"
#include "kernels/update/update_pass.h"

namespace deepobs {
namespace {

/// Adam whose step is scaled down as long as few gradients stand behind v (rho, the length of its average), and does
/// without v at the very beginning.
struct RAdam {
  double beta1, beta2, eps, coupled_decay, decoupled_decay;

  struct Now {
    float keep, decay;
    Lerp average;
    float beta2, take2, eps, step_size;
    bool rectified;
  };
  DEEPOBS_FN Now now(const StepBlock& step) const {
    const auto t = static_cast<double>(step.step + 1);
    const double power2 = std::pow(beta2, t);
    const double rho_end = 2 / (1 - beta2) - 1;
    const double rho = rho_end - 2 * t * power2 / (1 - power2);
    const bool rectified = rho > 5;
    const double scale =
        rectified ? std::sqrt((1 - power2) * (rho - 4) * (rho - 2) * rho_end / ((rho_end - 4) * (rho_end - 2) * rho))
                  : 1;
    return {.keep = rounded(1 - step.learning_rate * decoupled_decay),
            .decay = rounded(coupled_decay),
            .average = Lerp::by(1 - beta1),
            .beta2 = rounded(beta2),
            .take2 = rounded(1 - beta2),
            .eps = rounded(eps),
            .step_size = rounded(step.learning_rate * scale / (1 - std::pow(beta1, t))),
            .rectified = rectified};
  }

  DEEPOBS_FN static void update(const Now& n, float& p, float g, float& m, float& v) {
    p *= n.keep;
    g += n.decay * p;
    m = n.average(m, g);
    v = n.beta2 * v + n.take2 * g * g;
    p -= n.step_size * m / (n.rectified ? std::sqrt(v) + n.eps : 1.f);
  }
};

}  // namespace

Optimizer radam() {
  return {.name = "RAdam",
          .source = "Liu et al., ICLR 2020, algorithm 2, with PyTorch's threshold of 5 where the paper has 4",
          .usual_learning_rate = 1e-3,
          .hyperparameters = {betas(0.9, 0.999),
                              denominator_eps(1e-8),
                              {"decoupled_weight_decay", false, {}, "decay as AdamW's"},
                              coupled_decay()},
          .configure = [](const Hyperparameters& h) {
            const auto [beta1, beta2] = h.pair("betas");
            const double decay = h.number("optimizer_weight_decay");
            const bool decoupled = h.flag("decoupled_weight_decay");
            const RAdam rule{.beta1 = beta1,
                             .beta2 = beta2,
                             .eps = h.number("eps"),
                             .coupled_decay = decoupled ? 0 : decay,
                             .decoupled_decay = decoupled ? decay : 0};
            return flat_update(rule, {{"exp_avg"}, {"exp_avg_sq"}});
          }};
}

}  // namespace deepobs
