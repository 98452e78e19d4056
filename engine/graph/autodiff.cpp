#include "engine/graph/autodiff.h"

#include <algorithm>

#include "engine/graph/graph_editor.h"

namespace deepobs {
namespace {

std::size_t index_of(Value value) { return static_cast<std::size_t>(value.id()); }

/// Whether a value is a parameter, as Graph::parameter() gives it.
bool is_parameter(const ValueInfo& info) { return info.buffer == Store::parameters_id && info.needs_gradient; }

}  // namespace

bool Gradients::wants(int i) const { return walk_.wanted[index_of(node_.in[static_cast<std::size_t>(i)])]; }

Value Gradients::of_output(int i) const {
  const auto& gradient = of_out_[static_cast<std::size_t>(i)];
  require(gradient.has_value(), Fault::internal, node_.described(), ": nothing depends on output ", i);
  return gradient->gradient;
}

bool Gradients::of_output_gated(int i) const {
  const auto& gradient = of_out_[static_cast<std::size_t>(i)];
  return gradient.has_value() && gradient->gated;
}

bool Gradients::rectified(int i) const {
  const Value in = node_.in[static_cast<std::size_t>(i)];
  return walk_.gates && in.graph().info(in).rectified;
}

void Gradients::give(int i, Value gradient, bool gated) {
  const Value in = node_.in[static_cast<std::size_t>(i)];
  require(gradient.shape() == in.shape(), Fault::internal, node_.described(), ": gradient of input ", i, " has shape ",
          gradient.shape(), ", the input ", in.shape());
  if (wants(i)) walk_.contributions[index_of(in)].push_back({gradient, gated});
}

namespace {

/// All contributions to one value in one tensor; nothing where there are none. They are added once, however often it is
/// asked for.
std::optional<Contribution> total(std::vector<Contribution>& terms, const GradientAlgebra& algebra) {
  if (terms.empty()) return {};
  if (terms.size() > 1) {
    std::vector<Value> gradients;
    for (const auto& term : terms) gradients.push_back(term.gradient);
    terms = {{algebra.sum(gradients), std::ranges::all_of(terms, &Contribution::gated)}};
  }
  return terms[0];
}

/// The values that are computed from these, and these; not the whole numbers, which have no derivative.
std::vector<bool> dependent_on(std::span<const Value> of, const Graph& graph) {
  std::vector<bool> found(graph.values().size());
  for (const Value value : of) found[index_of(value)] = true;
  for (const Node& node : graph.nodes()) {
    if (std::ranges::none_of(node.in, [&](Value operand) { return found[index_of(operand)]; })) continue;
    for (const Value output : node.out) found[index_of(output)] = graph.info(output).type == Type::f32;
  }
  return found;
}

/// The contributions to `of`, from the last node to the first.
ReverseWalk walk_back(Value objective, std::span<const Value> of, std::optional<Value> seed,
                      const GradientAlgebra& algebra) {
  Graph& graph = objective.graph();
  ReverseWalk walk{.contributions = std::vector<std::vector<Contribution>>(graph.values().size()),
                   .wanted = dependent_on(of, graph),
                   .gates = std::ranges::none_of(of, [&](Value value) { return graph.info(value).rectified; })};
  const std::size_t nodes = graph.nodes().size();
  if (!walk.wanted[index_of(objective)]) return walk;
  walk.contributions[index_of(objective)].push_back({seed ? *seed : algebra.constant(graph, {}, 1.)});

  for (std::size_t n = nodes; n-- > 0;) {
    const Node node = graph.nodes()[n];  // a copy: rules append to the list it stands in
    if (std::ranges::none_of(node.in, [&](Value operand) { return walk.wanted[index_of(operand)]; })) continue;
    std::vector<std::optional<Contribution>> of_out;
    for (const Value output : node.out) of_out.push_back(total(walk.contributions[index_of(output)], algebra));
    if (std::ranges::none_of(of_out, &std::optional<Contribution>::has_value)) continue;
    if (node.op->gradient == nullptr)
      fail(Fault::usage, "the objective depends on ",
           std::ranges::all_of(of, [&](Value value) { return is_parameter(graph.info(value)); })
               ? "a parameter"
               : "a value with respect to which its gradient is wanted",
           " through ", node.described(), ", which ",
           node.of_gradient ? "computes a gradient and has none of its own: it cannot be differentiated a second time"
                            : "has no gradient");
    graph.set_label(node.label);
    Gradients gradients(node, walk, std::move(of_out));
    node.op->gradient(node, gradients);
  }
  return walk;
}

/// The gradient buffer wants a tensor of its own: not a view of something, nor one that lies elsewhere already.
void settle_gradient(Graph& graph, Value gradient, std::int64_t offset, const GradientAlgebra& algebra) {
  const auto& info = graph.info(gradient);
  bool shared = info.buffer >= 0 || info.alias_of >= 0;
  for (const auto& other : graph.values()) shared |= other.alias_of == gradient.id();
  GraphEditor(graph).settle(shared ? algebra.copy(gradient) : gradient, Store::gradients_id, offset);
}

void check_differentiable(const Graph& graph, Value value, const char* what) {
  const auto& info = graph.info(value);
  require(info.type == Type::f32, Fault::usage, what, " must be float32, not ", name_of(info.type), ": ",
          value.described());
}

}  // namespace

std::vector<Value> gradients(Value objective, std::span<const Value> of, const GradientAlgebra& algebra,
                             std::optional<Value> seed) {
  Graph& graph = objective.graph();
  check_differentiable(graph, objective, "what gradients are taken of");
  for (const Value value : of) {
    check_differentiable(graph, value, "what a gradient is taken with respect to");
    const auto& info = graph.info(graph.root(value));
    require(info.buffer != Store::parameters_id || is_parameter(info), Fault::usage,
            "no gradient is taken with respect to a place in the parameters' buffer: take the parameter, of ",
            "Graph::parameter(), in place of ", value.described());
  }
  if (seed) {
    check_differentiable(graph, *seed, "a seed of gradients");
    require(seed->shape() == objective.shape(), Fault::usage,
            "the seed of gradients must be like the objective: ", seed->described(), "; ", objective.described());
  } else {
    require(objective.shape() == Shape{}, Fault::usage,
            "gradients are taken of a scalar [], or with a seed like the objective, and not of ",
            objective.described());
  }
  const std::size_t first = graph.nodes().size();
  const std::string label = graph.label();
  ReverseWalk walk = walk_back(objective, of, seed, algebra);
  graph.set_label(label);
  std::vector<Value> found;
  for (const Value value : of) {
    auto& terms = walk.contributions[index_of(value)];
    if (terms.empty()) terms.push_back({algebra.constant(graph, value.shape(), 0.)});
    found.push_back(total(terms, algebra)->gradient);
  }
  GraphEditor(graph).mark_gradients(first);
  return found;
}

void record_gradients(Value objective, const GradientAlgebra& algebra) {
  Graph& graph = objective.graph();
  require(objective.shape() == Shape{}, Fault::usage, "gradients are taken of a scalar [], not of ",
          objective.described());
  require(!graph.is_differentiated(), Fault::usage,
          "gradients were recorded already in this graph, and have one place for each parameter: add the objectives, "
          "and take the gradients of the sum, not of ",
          objective.described());
  for (const auto& node : graph.nodes())
    for (const auto& operand : node.in)
      require(graph.info(operand).buffer != Store::gradients_id, Fault::usage, node.described(),
              " reads gradients that are recorded only now, behind it: take the gradients first, of ",
              objective.described());
  require(graph.info(objective).needs_gradient, Fault::usage, "no parameter reaches the objective ",
          objective.described());

  std::vector<Value> parameters;
  for (std::size_t v = 0; v < graph.values().size(); ++v)
    if (is_parameter(graph.values()[v])) parameters.emplace_back(&graph, static_cast<int>(v));
  const std::size_t first = graph.nodes().size();
  ReverseWalk walk = walk_back(objective, parameters, {}, algebra);
  graph.set_label("");
  for (const Value parameter : parameters)
    if (const auto gradient = total(walk.contributions[index_of(parameter)], algebra))
      settle_gradient(graph, gradient->gradient, graph.info(parameter).offset, algebra);
  GraphEditor editor(graph);
  editor.mark_gradients(first);
  editor.mark_differentiated();
}

}  // namespace deepobs
