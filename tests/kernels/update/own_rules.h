#pragma once

#include <string>

#include "kernels/ops/elementwise/algebra.h"
#include "kernels/update/update_pass.h"
#include "kernels/update/update_scope.h"

// Optimizers of a test's own.

namespace deepobs::test {

struct Descent {
  struct Now {
    float rate;
  };
  DEEPOBS_FN Now now(const StepBlock& step) const { return {rounded(step.learning_rate)}; }
  DEEPOBS_FN static void update(const Now& n, float& p, float g) { p -= n.rate * g; }
};

inline Optimizer own_optimizer(const std::string& name, const Method& method) {
  return {.name = name,
          .source = "a test",
          .usual_learning_rate = 0.1,
          .hyperparameters = {},
          .configure = [method](const Hyperparameters&) { return method; }};
}

inline Optimizer descent() {
  const Update rule = flat_update(Descent{});
  return own_optimizer("Descent", {.rules = {rule}, .record = [rule](UpdateScope& scope) { scope.elementwise(rule); }});
}

/// One ascent step of length rho, the gradient there, and the descent from where it stood.
inline Optimizer sharpness_aware(double rho) {
  const Update rule = flat_update(Descent{});
  return own_optimizer("SharpnessAware", {.rules = {rule}, .record = [=](UpdateScope& scope) {
                                            for (const UpdateTensor& p : scope.parameters()) {
                                              scope.assign(p.state("before"), p.value());
                                              scope.assign(p.value(), add(p.value(), scale(p.gradient(), rho)));
                                            }
                                            const auto again = scope.evaluate_again();
                                            for (std::size_t i = 0; i < scope.parameters().size(); ++i) {
                                              const UpdateTensor& p = scope.parameters()[i];
                                              scope.assign(p.value(), p.state("before"));
                                              scope.assign(p.gradient(), again.gradients[i]);
                                            }
                                            scope.elementwise(rule);
                                          }});
}

/// Every so many steps the slow weights go half of the way to the fast ones, which begin anew there. Evaluations may see
/// the slow ones.
inline Optimizer lookahead(std::int64_t steps, bool evaluates_slow) {
  const Update rule = flat_update(Descent{});
  const auto slow = [](const UpdateTensor& p) { return p.state("slow", InitialState::copy_of_parameter()); };
  Method method{.rules = {rule}, .record = [=](UpdateScope& scope) {
                  scope.elementwise(rule);
                  scope.every(steps, [=](UpdateScope& section) {
                    for (const UpdateTensor& p : section.parameters()) {
                      section.assign(slow(p), add(slow(p), scale(subtract(p.value(), slow(p)), 0.5)));
                      section.assign(p.value(), slow(p));
                    }
                  });
                }};
  if (evaluates_slow)
    method.evaluation = [=](UpdateScope& scope) {
      for (const UpdateTensor& p : scope.parameters()) scope.assign(p.evaluated(), slow(p));
    };
  return own_optimizer("Lookahead", method);
}

}  // namespace deepobs::test
