#include "kernels/optim/decay.h"
#include "kernels/update/update_pass.h"

namespace deepobs {
namespace {

/// Stochastic gradient descent with a falling rate eta, and beside the parameters their average over the steps after
/// t0. Training goes on with the parameters themselves; the average is a slot, "ax". A new learning rate acts one step
/// late, because eta is computed at the end of a step, as in PyTorch.
struct Asgd {
  double decay, lambda, alpha, t0;

  struct Now {
    float eta, decay, keep, mu;
  };
  DEEPOBS_FN Now now(const StepBlock& step, double& next_eta) const {
    const auto t = static_cast<double>(step.step);
    const double eta = step.step == 0 ? step.learning_rate : next_eta;
    next_eta = step.learning_rate / std::pow(1 + lambda * step.learning_rate * (t + 1), alpha);
    return {.eta = rounded(eta),
            .decay = rounded(decay),
            .keep = rounded(1 - lambda * eta),
            .mu = rounded(step.step == 0 ? 1 : 1 / std::fmax(1., t - t0))};
  }

  DEEPOBS_FN static void update(const Now& n, float& p, float g, float& average) {
    g += n.decay * p;
    p = n.keep * p - n.eta * g;
    average = n.mu == 1.f ? p : average + n.mu * (p - average);
  }
};

}  // namespace

Optimizer asgd() {
  return {.name = "ASGD",
          .source =
              "Polyak & Juditsky, SIAM J. Control Optim. 30, 1992; Bottou's rate eta = rate / (1 + lambd rate t)^alpha",
          .usual_learning_rate = 0.01,
          .hyperparameters = {{"lambd", 1e-4, {Range::at_least(0)}, "decay of the parameters and of eta"},
                              {"alpha", 0.75, {Range::at_least(0)}, "power by which eta falls"},
                              {"t0", 1e6, {Range::any()}, "step at which averaging begins"},
                              coupled_decay()},
          .configure = [](const Hyperparameters& h) {
            const Asgd rule{.decay = h.number("optimizer_weight_decay"),
                            .lambda = h.number("lambd"),
                            .alpha = h.number("alpha"),
                            .t0 = h.number("t0")};
            return flat_update(rule, {{"ax"}}, {{"eta"}});
          }};
}

}  // namespace deepobs
