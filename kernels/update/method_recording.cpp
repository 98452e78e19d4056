#include "kernels/update/method_recording.h"

#include <algorithm>
#include <cmath>

#include "engine/graph/graph_editor.h"
#include "kernels/backward.h"
#include "kernels/ops/shape/reshape.h"
#include "kernels/ops/state/begin_with.h"
#include "kernels/ops/state/carry.h"

namespace deepobs {
namespace {

bool overlap(const Graph& graph, Value a, Value b) {
  const ValueInfo &left = graph.info(graph.root(a)), &right = graph.info(graph.root(b));
  return left.buffer >= 0 && left.buffer == right.buffer && left.offset < right.offset + right.shape.elements() &&
         right.offset < left.offset + left.shape.elements();
}

/// Whether a node overwrites a buffer of that role.
bool changes_role(const Graph& graph, const Node& node, Role role) {
  for (std::size_t i = 0; i < node.in.size(); ++i) {
    if (!node.op->changes_operand(i)) continue;
    const int buffer = graph.info(graph.root(node.in[i])).buffer;
    if (buffer >= 0 && graph.store().buffer(buffer).role == role) return true;
  }
  return false;
}

void write_identity(std::span<float> values) {
  const auto rows = static_cast<std::size_t>(std::lround(std::sqrt(static_cast<double>(values.size()))));
  std::ranges::fill(values, 0.f);
  for (std::size_t i = 0; i < rows; ++i) values[i * rows + i] = 1;
}

}  // namespace

MethodRecording::MethodRecording(Graph& graph, const Optimizer& of, const Hyperparameters& given, const Method& how,
                                 const MethodSite& where, Place place)
    : main(graph),
      store(graph.store()),
      optimizer(of),
      hyperparameters(given),
      method(how),
      site(where),
      at(place),
      begin(graph.nodes().size()),
      scope(graph, *this) {}

UpdateSite MethodRecording::site_of(std::size_t rule, UpdateCut cut) const {
  const auto values = hyperparameters.values();
  return {std::move(cut), optimizer.name, optimizer.source, optimizer.version, {values.begin(), values.end()}, rule};
}

Value MethodRecording::state(const std::string& name, const Shape& shape, const InitialState& initial,
                             const Store::Parameter* of) {
  const std::string full = "optimizer." + name + (of ? '.' + of->name : "");
  Store::Buffer buffer{.name = full, .role = Role::optimizer, .shape = shape, .fill = initial.number};
  if (initial.kind == InitialState::Kind::identity) {
    require(shape.rank() == 2 && shape[0] == shape[1], Fault::usage, described(), ": state '", full,
            "' is to begin as an identity, which is a square matrix, not ", shape);
    buffer.content = write_identity;
  }
  const bool copies = initial.kind == InitialState::Kind::parameter;
  require(!copies || (of && of->shape == shape), Fault::usage, described(), ": state '", full, "' ", shape,
          " is to begin with the values of ",
          of ? text("the parameter, which is ", of->shape) : "a parameter, but is of none");
  const int id = store.shared_buffer(buffer);
  const auto contains = [id](const std::vector<int>& ids) { return std::ranges::find(ids, id) != ids.end(); };
  require(!contains(copies ? filled : begun), Fault::usage, described(), ": state '", full,
          "' is to begin with numbers here and with the parameter's values there; declare it alike in both places");
  const Value place = scope.graph_->region(id, 0, shape);
  if (!copies) {
    filled.push_back(id);
    return place;
  }
  if (!contains(begun)) {
    begun.push_back(id);
    begin_with(main.region(Store::parameters_id, of->offset, shape), main.region(id, 0, shape), at);
    GraphEditor(main).move_last_before(begin++);  // before the method changes the parameter
  }
  // An evaluation before the first step.
  if (in_evaluation) begin_with(scope.graph_->region(Store::parameters_id, of->offset, shape), place, at);
  return place;
}

void MethodRecording::section(std::function<bool(std::int64_t)> due, const std::function<void(UpdateScope&)>& record) {
  require(!in_section && !in_evaluation, Fault::usage, described(), ": a section stands in no ",
          in_section ? "other section" : "evaluation of a method");
  require(due != nullptr && record != nullptr, Fault::usage, described(),
          ": a section needs a function that says in which steps it runs, and one that records it");
  made.parts.push_back({std::make_unique<Graph>(store), std::move(due)});
  scope.graph_ = made.parts.back().graph.get();
  in_section = true;
  record(scope);
  in_section = false;
  made.parts.push_back({std::make_unique<Graph>(store), nullptr});
  scope.graph_ = made.parts.back().graph.get();
}

/// A place that is assigned twice, with no node between that reads it, has lost the first value.
void MethodRecording::check_not_lost(Value place, Place where) const {
  const Graph& graph = *scope.graph_;
  for (auto node = graph.nodes().rbegin(); node != graph.nodes().rend(); ++node) {
    const bool assigns =
        node->in.size() == 2 && node->op->changes == 0b10 && std::ranges::find(assigned, node->in[1]) != assigned.end();
    const auto read = std::span(node->in).first(assigns ? 1 : node->in.size());
    if (std::ranges::any_of(read, [&](Value operand) { return overlap(graph, operand, place); })) return;
    if (assigns && overlap(graph, node->in[1], place))
      fail(Fault::usage, described(), ": assign() at ", to_string(where), " overwrites, unread, what assign() at ",
           to_string(node->place), " has written: ", place.described());
  }
}

void MethodRecording::assign(Value place, Value value, Place where) {
  Graph& graph = *scope.graph_;
  for (const Value operand : {place, value})
    require(
        &operand.graph() == &graph, Fault::usage, described(), ": assign() at ", to_string(where),
        " gets a tensor of another part of the method, which has a graph of its own; assign it to a state there, and "
        "take the state's place here: ",
        operand.described());
  const int buffer = graph.info(place).alias_of < 0 ? graph.info(place).buffer : -1;
  const Role role = buffer < 0 ? Role::input : store.buffer(buffer).role;
  const bool is_place = in_evaluation ? role == Role::evaluation
                                      : role == Role::parameters || role == Role::gradients || role == Role::optimizer;
  require(is_place, Fault::usage, described(), ": assign() at ", to_string(where), " writes to ",
          in_evaluation ? "evaluated parameters alone, in the evaluation of a method"
                        : "the place of a parameter, of a gradient or of a state",
          ", not to ", place.described());
  require(place.shape() == value.shape() && value.type() == place.type(), Fault::usage, described(), ": assign() at ",
          to_string(where), " wants a value like the place ", place.described(), ", not ", value.described());
  check_not_lost(place, where);
  carry(value, place, where);
  if (std::ranges::find(assigned, place) == assigned.end()) assigned.push_back(place);
}

UpdateScope::Evaluated MethodRecording::evaluate_again() {
  require(in_main() && !in_evaluation, Fault::usage, described(),
          ": evaluate_again() belongs in front of all sections: the mini-batch is gone behind them");
  require(site.record_again != nullptr, Fault::usage, described(),
          ": the model cannot be recorded again: give record_method() a function that does it");
  const std::size_t first = main.nodes().size();
  UpdateScope::Evaluated again{.loss = site.record_again(), .gradients = {}};
  require(&again.loss.graph() == &main && again.loss.shape() == Shape{}, Fault::usage, described(),
          ": the model that is recorded again must make a scalar [] of the same graph, not ", again.loss.described());
  // What a sequence carries stands untouched until the step is over: the first evaluation's effect waits.
  std::vector<Node> stay, wait;
  std::size_t before_method = 0;  // of those that wait
  for (std::size_t n = 0; n < main.nodes().size(); ++n) {
    const Node& node = main.nodes()[n];
    const bool carries = changes_role(main, node, Role::carried);
    if (n < first && carries)
      wait.push_back(node);
    else if (n < first || (!carries && !changes_role(main, node, Role::statistics)))
      stay.push_back(node);
    before_method += n < begin && carries;
  }
  begin -= before_method;
  GraphEditor(main).set_nodes(std::move(stay));
  std::vector<Value> parameters;
  for (const auto& each : store.parameters())
    parameters.push_back(main.parameter(each.name, each.shape, each.initial, each.border));
  ++made.gradients_a_step;
  again.gradients = gradients(again.loss, parameters);
  std::vector<Node> all = main.nodes();
  all.insert(all.end(), wait.begin(), wait.end());
  GraphEditor(main).set_nodes(std::move(all));
  return again;
}

/// The host reads the objective behind every evaluation.
void MethodRecording::record_for_host() {
  require(site.objective.has_value(), Fault::usage, described(),
          ": a method that is driven by the host needs the loss: give record_method() the objective");
  require(main.nodes().size() == begin && made.parts.empty(), Fault::usage, described(),
          ": record() of a method that is driven by the host declares states and records nothing");
  made.drive = method.drive;
  made.objective = store.shared_buffer({.name = "train.objective", .role = Role::log, .shape = {1}});
  made.evaluations = store.shared_buffer(
      {.name = "optimizer.evaluations", .role = Role::optimizer, .type = Type::f64, .shape = {1}, .fill = 0});
  carry(reshape(*site.objective, {1}), main.buffer(made.objective), at);
}

MethodGraphs MethodRecording::graphs() {
  if (method.record)
    method.record(scope);
  else
    scope.elementwise(method.rules[0], at);
  if (method.drive) record_for_host();
  std::erase_if(made.parts, [](const StepPart& part) { return part.graph->nodes().empty(); });
  if (!method.evaluation) return std::move(made);
  made.evaluated = store.shared_buffer(
      {.name = "evaluation.parameters", .role = Role::evaluation, .shape = store.buffer(Store::parameters_id).shape});
  made.evaluation = std::make_unique<Graph>(store);
  scope.graph_ = made.evaluation.get();
  in_evaluation = true;
  method.evaluation(scope);
  for (const UpdateTensor& each : scope.parameters())
    if (std::ranges::find(assigned, each.evaluated()) == assigned.end()) carry(each.value(), each.evaluated(), at);
  return std::move(made);
}

}  // namespace deepobs
