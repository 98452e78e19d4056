#include "kernels/optim/betas.h"
#include "kernels/optim/decay.h"
#include "kernels/optim/sign.h"
#include "kernels/update/update_pass.h"

namespace deepobs {
namespace {

struct Lion {
  double beta1, beta2, decay;

  struct Now {
    float rate, keep, beta1, take1, beta2, take2;
  };
  DEEPOBS_FN Now now(const StepBlock& step) const {
    return {.rate = rounded(step.learning_rate),
            .keep = rounded(1 - step.learning_rate * decay),
            .beta1 = rounded(beta1),
            .take1 = rounded(1 - beta1),
            .beta2 = rounded(beta2),
            .take2 = rounded(1 - beta2)};
  }

  DEEPOBS_FN static void update(const Now& n, float& p, float g, float& m) {
    p = n.keep * p - n.rate * sign_of(n.beta1 * m + n.take1 * g);
    m = n.beta2 * m + n.take2 * g;
  }
};

}  // namespace

Optimizer lion() {
  return {.name = "Lion",
          .source = "Chen et al., NeurIPS 2023, algorithm 2",
          .usual_learning_rate = 1e-4,
          .hyperparameters = {betas(0.9, 0.99, "what the update and the average of g keep of the average"),
                              decoupled_decay(0.)},
          .configure = [](const Hyperparameters& h) {
            const auto [beta1, beta2] = h.pair("betas");
            const Lion rule{.beta1 = beta1, .beta2 = beta2, .decay = h.number("optimizer_weight_decay")};
            return flat_update(rule, {{"exp_avg"}});
          }};
}

}  // namespace deepobs
