#pragma once

#include <cstddef>
#include <functional>
#include <vector>

#include "kernels/update/update.h"

namespace deepobs {

class UpdateScope;  // kernels/update/update_scope.h
class StepDriver;   // kernels/update/step_driver.h

/// A rule that makes a few numbers of a step, ready to be recorded; step_scalars() of kernels/update/step_scalars.h
/// makes it.
struct StepScalars {
  const Op* op = nullptr;  ///< operands: inputs [], carried scalars [1] f64; outputs: the results []
  std::size_t inputs = 0, results = 0;
  std::vector<OptimizerState> carried;
  std::function<Attributes(UpdateSite)> attributes;
  CudaBody cuda = nullptr;  ///< only where the rule was compiled for a GPU, in libdeepobs_cuda.so
  RuleIdentity identity = {};
};

/// The step of an optimizer, with all its constants. A rule of flat_update() alone is one. A method beyond that records
/// nodes over the tensors of the model:
///
///   return Method{.scalars = {rate}, .record = [=](UpdateScope& scope) {
///     const auto [step_size] = scope.scalars<1>(rate);
///     for (const UpdateTensor& w : scope.parameters()) {
///       const Value unit = divide(w.gradient(), norm(w.gradient()));
///       scope.assign(w.value(), subtract(w.value(), multiply(unit, step_size)));
///     }
///   }};
struct Method {
  /// The rules that record() and the others may hand to UpdateScope::elementwise() and ::scalars(), as they are or as
  /// copies. A GPU finds its own code of a rule by its number in these lists.
  std::vector<Update> rules = {};
  std::vector<StepScalars> scalars = {};

  /// Records a step, behind the gradients. Null: rules[0] is applied to all parameters, and there is nothing else here.
  std::function<void(UpdateScope&)> record = {};

  /// Records the parameters that evaluations are to see, and files to hold, in place of those that are trained:
  /// UpdateTensor::evaluated(). A parameter that it assigns nothing to is evaluated as it is. Null: all are.
  std::function<void(UpdateScope&)> evaluation = {};

  /// A step as a loop on the host, for methods that decide from losses and gradients where to evaluate next. record()
  /// then declares states, and records nothing. Null: the step is what record() has recorded.
  std::function<void(StepDriver&)> drive = {};
};

inline Update::operator Method() const {
  Method method;
  method.rules.push_back(*this);
  return method;
}

}  // namespace deepobs
