#include "kernels/optim/sign.h"
#include "kernels/update/update_pass.h"

namespace deepobs {
namespace {

/// A step size for each element, which grows while the gradient keeps its sign and shrinks when that changes; then the
/// element rests for a step. The learning rate is only the first step size.
struct Rprop {
  double shrink, grow, smallest, largest;

  struct Now {
    float rate, shrink, grow, smallest, largest;
    bool first;
  };
  DEEPOBS_FN Now now(const StepBlock& step) const {
    return {.rate = rounded(step.learning_rate),
            .shrink = rounded(shrink),
            .grow = rounded(grow),
            .smallest = rounded(smallest),
            .largest = rounded(largest),
            .first = step.step == 0};
  }

  DEEPOBS_FN static void update(const Now& n, float& p, float g, float& previous, float& size) {
    const float agreement = g * previous;
    const float factor = agreement > 0.f ? n.grow : agreement < 0.f ? n.shrink : 1.f;
    const float wanted = (n.first ? n.rate : size) * factor;
    const float raised = wanted < n.smallest ? n.smallest : wanted;
    size = raised > n.largest ? n.largest : raised;
    previous = agreement < 0.f ? 0.f : g;
    p -= sign_of(previous) * size;
  }
};

}  // namespace

Optimizer rprop() {
  return {.name = "Rprop",
          .source = "Riedmiller & Braun, ICNN 1993, in the variant iRprop- of Igel & Huesken, NC 2000",
          .usual_learning_rate = 0.01,
          .hyperparameters = {{"etas",
                               std::vector{0.5, 1.2},
                               {Range::open(0, 1), Range::above(1)},
                               "factors of the step size when the sign changes, and when it stays"},
                              {"step_sizes", std::vector{1e-6, 50.}, {Range::any()}, "smallest and largest step size"}},
          .configure = [](const Hyperparameters& h) {
            const auto [shrink, grow] = h.pair("etas");
            const auto [smallest, largest] = h.pair("step_sizes");
            require(smallest <= largest, Fault::usage, "Rprop: step_sizes must be the smallest and the largest, not ",
                    smallest, " and ", largest);
            const Rprop rule{.shrink = shrink, .grow = grow, .smallest = smallest, .largest = largest};
            return flat_update(rule, {{"prev"}, {"step_size"}});
          }};
}

}  // namespace deepobs
