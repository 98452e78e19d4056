#include "kernels/update/update_scope.h"

#include <algorithm>

#include "kernels/update/gradient_update.h"
#include "kernels/update/method_recording.h"

namespace deepobs {
namespace {

/// The one of a method's rules that `rule` is a copy of, or the end.
template <class Rule>
auto find_copy(const std::vector<Rule>& rules, const Rule& rule) {
  return std::ranges::find_if(rules,
                              [&](const Rule& each) { return each.op == rule.op && each.identity == rule.identity; });
}

}  // namespace

Value UpdateTensor::value() const {
  return scope_->graph_->region(Store::parameters_id, parameter_->offset, parameter_->shape);
}

Value UpdateTensor::gradient() const {
  return scope_->graph_->region(Store::gradients_id, parameter_->offset, parameter_->shape);
}

Value UpdateTensor::state(const std::string& name, const Shape& shape, const InitialState& initial) const {
  return scope_->recording_->state(name, shape, initial, parameter_);
}

Value UpdateTensor::slot(const std::string& name) const {
  const Store& store = scope_->store();
  const auto at = std::ranges::find(store.buffers(), "optimizer." + name, &Store::Buffer::name);
  require(at != store.buffers().end() && at->type == Type::f32 && at->shape.elements() == store.flat_floats(),
          Fault::usage, scope_->recording_->described(), ": no elementwise rule with a slot '", name,
          "' was recorded before it is asked for");
  return scope_->graph_->region(static_cast<int>(at - store.buffers().begin()), parameter_->offset, parameter_->shape);
}

Value UpdateTensor::evaluated() const {
  require(scope_->recording_->in_evaluation, Fault::usage, scope_->recording_->described(),
          ": only the evaluation of a method knows evaluated parameters; that of '", parameter_->name,
          "' is asked for elsewhere");
  return scope_->graph_->region(scope_->recording_->made.evaluated, parameter_->offset, parameter_->shape);
}

UpdateScope::UpdateScope(Graph& graph, MethodRecording& recording) : recording_(&recording), graph_(&graph) {
  for (const auto& parameter : graph.store().parameters()) parameters_.push_back(UpdateTensor(*this, parameter));
}

std::vector<UpdateTensor> UpdateScope::of_kind(std::span<const ParameterKind> kinds) const {
  std::vector<UpdateTensor> found;
  for (const UpdateTensor& each : parameters_)
    if (std::ranges::find(kinds, each.kind()) != kinds.end()) found.push_back(each);
  return found;
}

Value UpdateScope::flat_parameters() const { return graph_->buffer(Store::parameters_id); }
Value UpdateScope::flat_gradients() const { return graph_->buffer(Store::gradients_id); }

Value UpdateScope::state(const std::string& name, const Shape& shape, const InitialState& initial) const {
  return recording_->state(name, shape, initial, nullptr);
}

Value UpdateScope::numbers(const std::string& name, std::int64_t count, double initial) const {
  return graph_->buffer(graph_->store().shared_buffer(
      {.name = "optimizer." + name, .role = Role::optimizer, .type = Type::f64, .shape = {count}, .fill = initial}));
}

Value UpdateScope::loss() const {
  require(recording_->in_main() && !recording_->in_evaluation, Fault::usage, recording_->described(),
          ": the loss is known in front of all sections alone: assign it to a state there");
  require(recording_->site.objective.has_value(), Fault::usage, recording_->described(),
          ": the loss is not known here: give record_method() the objective");
  return *recording_->site.objective;
}

std::optional<std::int64_t> UpdateScope::total_steps() const {
  recording_->made.depends_on_total_steps = true;
  return recording_->site.total_steps;
}

void UpdateScope::assign(Value place, Value value, Place at) { recording_->assign(place, value, at); }

void UpdateScope::elementwise(const Update& rule, Place at) { elementwise(rule, parameters_, at); }

void UpdateScope::elementwise(const Update& rule, std::span<const UpdateTensor> some, Place at) {
  const auto& rules = recording_->method.rules;
  const std::string where = text(recording_->described(), ": elementwise() at ", to_string(at));
  const auto found = find_copy(rules, rule);
  require(found != rules.end(), Fault::usage, where,
          " gets a rule that is not among Method::rules, nor a copy of one: a GPU would look for it there");
  require(!recording_->in_evaluation, Fault::usage, where,
          " stands in the evaluation of a method, which updates nothing");
  require(!some.empty(), Fault::usage, where, " gets no parameter to update");
  std::vector<std::int64_t> left_out;
  for (const UpdateTensor& each : parameters_)
    if (std::ranges::find(some, each.parameter_, &UpdateTensor::parameter_) == some.end())
      left_out.push_back(each.parameter_->offset);
  for (const UpdateTensor& each : some) {
    require(std::ranges::find(recording_->updated, each.parameter_->offset) == recording_->updated.end(), Fault::usage,
            where, " updates parameter '", each.name(), "', which a rule updates already");
    recording_->updated.push_back(each.parameter_->offset);
  }
  Store& store = graph_->store();
  std::vector<Value> operands{flat_parameters(), flat_gradients()};
  for (const auto& slot : rule.slots)
    operands.push_back(graph_->buffer(store.shared_buffer({.name = "optimizer." + slot.name,
                                                           .role = Role::optimizer,
                                                           .shape = {store.flat_floats()},
                                                           .fill = slot.initial})));
  for (const auto& scalar : rule.carried) operands.push_back(carried(scalar));
  UpdateSite site =
      recording_->site_of(static_cast<std::size_t>(found - rules.begin()), cut_parameters(store, left_out));
  // Only a rule that is the whole method may use gradients where they are made: nothing else reads them.
  if (!recording_->method.record && recording_->site.gradients == GradientUse::consume && rule.range)
    site.cut = cut_parameters(store, record_gradient_updates(*graph_, rule, site, operands));
  graph_->record_effect(*rule.op, std::move(operands), rule.attributes(std::move(site)), at);
}

Value UpdateScope::carried(const OptimizerState& scalar) const {
  auto& known = recording_->carried;
  require(std::ranges::find(known, scalar.name) == known.end(), Fault::usage, recording_->described(),
          ": two rules, or one that is recorded twice, carry a scalar '", scalar.name,
          "' on; it would change twice in a step");
  known.push_back(scalar.name);
  return numbers(scalar.name, 1, scalar.initial);
}

std::vector<Value> UpdateScope::scalars(const StepScalars& rule, std::span<const Value> inputs, Place at) {
  const auto& rules = recording_->method.scalars;
  const std::string where = text(recording_->described(), ": scalars() at ", to_string(at));
  const auto found = find_copy(rules, rule);
  require(found != rules.end(), Fault::usage, where,
          " gets a rule that is not among Method::scalars, nor a copy of one: a GPU would look for it there");
  require(!recording_->in_evaluation || rule.carried.empty(), Fault::usage, where,
          " stands in the evaluation of a method, which changes no state: its rule must have no carried scalars");
  require(inputs.size() == rule.inputs, Fault::usage, where, " gets ", inputs.size(),
          " inputs, and the rule's now() takes ", rule.inputs);
  std::vector<Value> operands;
  for (const Value input : inputs) {
    require(input.shape() == Shape{}, Fault::usage, where, " takes scalars [] as inputs, not ", input.described());
    operands.push_back(input);
  }
  for (const auto& scalar : rule.carried) operands.push_back(carried(scalar));
  const Node& node =
      graph_->record(*rule.op, std::move(operands), std::vector<Graph::Output>(rule.results),
                     rule.attributes(recording_->site_of(static_cast<std::size_t>(found - rules.begin()), {})), at);
  return node.out;
}

void UpdateScope::section(std::function<bool(std::int64_t)> due, const std::function<void(UpdateScope&)>& record) {
  recording_->section(std::move(due), record);
}

void UpdateScope::every(std::int64_t steps, const std::function<void(UpdateScope&)>& record) {
  require(steps >= 1, Fault::usage, recording_->described(), ": a section every ", steps,
          " steps: it takes a number of at least 1");
  section([steps](std::int64_t t) { return t % steps == 0; }, record);
}

UpdateScope::Evaluated UpdateScope::evaluate_again() { return recording_->evaluate_again(); }

}  // namespace deepobs
