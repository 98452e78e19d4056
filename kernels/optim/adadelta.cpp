#include "kernels/optim/decay.h"
#include "kernels/update/update_pass.h"

namespace deepobs {
namespace {

struct Adadelta {
  double decay, rho, eps;

  struct Now {
    float rate, decay, rho, take, eps;
  };
  DEEPOBS_FN Now now(const StepBlock& step) const {
    return {.rate = rounded(step.learning_rate),
            .decay = rounded(decay),
            .rho = rounded(rho),
            .take = rounded(1 - rho),
            .eps = rounded(eps)};
  }

  DEEPOBS_FN static void update(const Now& n, float& p, float g, float& square_g, float& square_step) {
    g += n.decay * p;
    square_g = n.rho * square_g + n.take * g * g;
    const float step = std::sqrt(square_step + n.eps) / std::sqrt(square_g + n.eps) * g;
    square_step = n.rho * square_step + n.take * step * step;
    p -= n.rate * step;
  }
};

}  // namespace

Optimizer adadelta() {
  return {.name = "Adadelta",
          .source = "Zeiler, arXiv:1212.5701, algorithm 1, with a learning rate",
          .usual_learning_rate = 1,
          .hyperparameters = {{"rho", 0.9, {Range::closed(0, 1)}, "what the averages of squares keep"},
                              {"eps", 1e-6, {Range::at_least(0)}, "added to the averages under the roots"},
                              coupled_decay()},
          .configure = [](const Hyperparameters& h) {
            const Adadelta rule{
                .decay = h.number("optimizer_weight_decay"), .rho = h.number("rho"), .eps = h.number("eps")};
            return flat_update(rule, {{"square_avg"}, {"acc_delta"}});
          }};
}

}  // namespace deepobs
