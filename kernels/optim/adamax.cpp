#include "kernels/optim/betas.h"
#include "kernels/optim/decay.h"
#include "kernels/optim/lerp.h"
#include "kernels/update/update_pass.h"

namespace deepobs {
namespace {

struct Adamax {
  double beta1, beta2, eps, decay;

  struct Now {
    float step_size, decay;
    Lerp average;
    float beta2, eps;
  };
  DEEPOBS_FN Now now(const StepBlock& step) const {
    const auto t = static_cast<double>(step.step + 1);
    return {.step_size = rounded(step.learning_rate / (1 - std::pow(beta1, t))),
            .decay = rounded(decay),
            .average = Lerp::by(1 - beta1),
            .beta2 = rounded(beta2),
            .eps = rounded(eps)};
  }

  DEEPOBS_FN static void update(const Now& n, float& p, float g, float& m, float& largest) {
    g += n.decay * p;
    m = n.average(m, g);
    const float faded = n.beta2 * largest, size = std::fabs(g) + n.eps;
    largest = faded > size ? faded : size;
    p -= n.step_size * (m / largest);
  }
};

}  // namespace

Optimizer adamax() {
  return {.name = "Adamax",
          .source = "Kingma & Ba, ICLR 2015, algorithm 2, with eps added to |g| as PyTorch has it",
          .usual_learning_rate = 2e-3,
          .hyperparameters = {betas(0.9, 0.999, "what the average of g and the fading maximum of |g| keep"),
                              {"eps", 1e-8, {Range::at_least(0)}, "added to |g|"},
                              coupled_decay()},
          .configure = [](const Hyperparameters& h) {
            const auto [beta1, beta2] = h.pair("betas");
            const Adamax rule{
                .beta1 = beta1, .beta2 = beta2, .eps = h.number("eps"), .decay = h.number("optimizer_weight_decay")};
            return flat_update(rule, {{"exp_avg"}, {"exp_inf"}});
          }};
}

}  // namespace deepobs
