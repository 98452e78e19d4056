#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "kernels/update/method.h"

namespace deepobs {

class UpdateScope;
struct MethodRecording;

/// The numbers of a state before the first step.
struct InitialState {
  enum class Kind { number, identity, parameter };
  Kind kind = Kind::number;
  double number = 0;

  InitialState() = default;
  InitialState(double value) : number(value) {}  // NOLINT: a number is one
  explicit InitialState(Kind of) : kind(of) {}
  static InitialState identity() { return InitialState(Kind::identity); }
  /// The parameter's values before the first step.
  static InitialState copy_of_parameter() { return InitialState(Kind::parameter); }
};

/// One parameter of the model, as a method sees it. Its values are places in buffers: nodes that are recorded behind an
/// assignment to a place see the new numbers.
class UpdateTensor {
 public:
  const std::string& name() const { return parameter_->name; }
  const Shape& shape() const { return parameter_->shape; }
  std::int64_t elements() const { return shape().elements(); }
  /// How a dense weight [in, out] or a kernel [kh, kw, in, out] lies is the engine's order, not PyTorch's: the last
  /// axis counts the outputs.
  ParameterKind kind() const { return parameter_->kind; }

  /// The parameter [shape].
  Value value() const;

  /// Its gradient, of the objective with the problem's regulariser [shape]. Zeros where the objective does not depend
  /// on it.
  Value gradient() const;

  /// A state of its own, "optimizer.NAME.PARAMETER", of any shape [f32]; it is part of checkpoints. The same name gives
  /// the same place, in every part of the method.
  /// Errors: another shape or initial value than before; an identity that is no square matrix; a copy in another shape
  /// than the parameter's.
  Value state(const std::string& name, const Shape& shape, const InitialState& initial = {}) const;
  /// One in the parameter's shape.
  Value state(const std::string& name, const InitialState& initial = {}) const { return state(name, shape(), initial); }

  /// Its part of a slot of an elementwise rule [shape]. Errors: no rule that was recorded has a slot of that name.
  Value slot(const std::string& name) const;

  /// The parameter as evaluations are to see it [shape]. Errors: outside of Method::evaluation.
  Value evaluated() const;

 private:
  friend class UpdateScope;
  UpdateTensor(UpdateScope& scope, const Store::Parameter& parameter) : scope_(&scope), parameter_(&parameter) {}

  UpdateScope* scope_;
  const Store::Parameter* parameter_;
};

/// A method records its step with this. Nothing runs while it records; the ops of kernels/ops compose the computation.
class UpdateScope {
 public:
  UpdateScope(const UpdateScope&) = delete;  // its parameters lead back to it
  UpdateScope& operator=(const UpdateScope&) = delete;

  /// All parameters, in the order of their declaration.
  std::span<const UpdateTensor> parameters() const { return parameters_; }

  /// Those of these kinds.
  std::vector<UpdateTensor> of_kind(std::span<const ParameterKind> kinds) const;
  std::vector<UpdateTensor> of_kind(ParameterKind kind) const { return of_kind(std::span(&kind, 1)); }

  /// All parameters, or all gradients, as one vector, as they lie in the flat buffers [flat_floats]. Between them are
  /// gaps of zeros.
  Value flat_parameters() const;
  Value flat_gradients() const;

  /// A state of the whole method, "optimizer.NAME", of any shape [f32]; it is part of checkpoints.
  /// Errors: another shape or initial value than before; an identity that is no square matrix; a copy of a parameter.
  Value state(const std::string& name, const Shape& shape, const InitialState& initial = {}) const;

  /// Numbers in double for a method that is driven by the host, "optimizer.NAME" [count]; part of checkpoints.
  /// Errors: another count or initial value than before.
  Value numbers(const std::string& name, std::int64_t count, double initial = 0) const;

  /// The objective of this mini-batch [], before the update. Errors: in a section or in Method::evaluation, which run
  /// when its memory is reused: assign it to a state before; record_method() was not given the objective.
  Value loss() const;

  /// More steps will never be run; nothing where nobody knows how many there will be.
  std::optional<std::int64_t> total_steps() const;

  /// Writes a value into a place: a parameter, its gradient, a state, an evaluated parameter. Nodes recorded before it
  /// still read the old numbers.
  /// Errors: another shape or type; a value that is no such place; a place that was assigned before and that no node
  /// has read since: the first assignment would be lost.
  void assign(Value place, Value value, Place at = Place::current());

  /// A rule of flat_update(), for all parameters or for some: one node, which reads the gradients from their places.
  /// Its slots are states as long as the flat parameters.
  /// Errors: the rule is not among Method::rules; a tensor that another rule updates already; no tensor; a rule with
  /// carried scalars that is recorded a second time.
  void elementwise(const Update& rule, Place at = Place::current());
  void elementwise(const Update& rule, std::span<const UpdateTensor> some, Place at = Place::current());

  /// The results of a rule of step_scalars() [] each, from its inputs [] each.
  /// Errors: the rule is not among Method::scalars; another number of inputs or results; an input that is no scalar; a
  /// rule with carried scalars that is recorded a second time, or in Method::evaluation.
  std::vector<Value> scalars(const StepScalars& rule, std::span<const Value> inputs = {}, Place at = Place::current());
  template <std::size_t n>
  std::array<Value, n> scalars(const StepScalars& rule, std::span<const Value> inputs = {},
                               Place at = Place::current()) {
    const auto made = scalars(rule, inputs, at);
    require(made.size() == n, Fault::usage, "a rule of step_scalars() at ", to_string(at), " makes ", made.size(),
            " numbers, not ", n);
    std::array<Value, n> all;
    for (std::size_t i = 0; i < n; ++i) all[i] = made[i];
    return all;
  }

  /// Records a section, which runs only in the steps t (1, 2, ...) for which due(t) is true: every hundredth step, the
  /// first. The host asks, so `due` depends on t alone. A section stands between what is recorded before and behind it,
  /// and has a graph of its own: it reads and assigns places; a value of another part is none of its operands. Steps
  /// without a section at the end are taken many at a time where a device can; what is recorded behind a section is a
  /// further graph of every step.
  /// Errors: in a section, or in Method::evaluation.
  void section(std::function<bool(std::int64_t t)> due, const std::function<void(UpdateScope&)>& record);
  void every(std::int64_t steps, const std::function<void(UpdateScope&)>& record);

  /// The objective and the gradients of all parameters, in their order, of the same mini-batch at the parameters as
  /// they are now: with the same dropout masks; running statistics and what a sequence carries are not touched again,
  /// and a sequence begins with what the first evaluation began with. The gradients are values, not the places of
  /// UpdateTensor::gradient(): assign them there for elementwise().
  /// Errors: in a section or in Method::evaluation; record_method() was not given MethodSite::record_again.
  struct Evaluated {
    Value loss;
    std::vector<Value> gradients;
  };
  Evaluated evaluate_again();

  Graph& graph() const { return *graph_; }
  const Store& store() const { return graph_->store(); }

 private:
  friend class UpdateTensor;
  friend struct MethodRecording;
  UpdateScope(Graph& graph, MethodRecording& recording);
  Value carried(const OptimizerState& scalar) const;

  MethodRecording* recording_;
  Graph* graph_;  // of the part that is being recorded
  std::vector<UpdateTensor> parameters_;
};

}  // namespace deepobs
