#include "engine/autodiff.h"

#include <algorithm>

namespace deepobs {

bool Gradients::wants(int i) const {
  const Value in = node_.in[static_cast<std::size_t>(i)];
  return in.graph().info(in).needs_gradient;
}

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
  return in.graph().info(in).rectified;
}

void Gradients::give(int i, Value gradient, bool gated) {
  const Value in = node_.in[static_cast<std::size_t>(i)];
  require(gradient.shape() == in.shape(), Fault::internal, node_.described(), ": gradient of input ", i, " has shape ",
          gradient.shape(), ", the input ", in.shape());
  if (wants(i)) contributions_[static_cast<std::size_t>(in.id())].push_back({gradient, gated});
}

namespace {

/// All contributions to one value in one tensor.
Contribution total(const std::vector<Contribution>& terms, const GradientAlgebra& algebra) {
  if (terms.size() == 1) return terms[0];
  std::vector<Value> gradients;
  for (const auto& term : terms) gradients.push_back(term.gradient);
  return {algebra.sum(gradients), std::ranges::all_of(terms, &Contribution::gated)};
}

/// The gradient buffer wants a tensor of its own: not a view of something, nor one that lies elsewhere already.
void settle_gradient(Graph& graph, Value gradient, std::int64_t offset, const GradientAlgebra& algebra) {
  const auto& info = graph.info(gradient);
  bool shared = info.buffer >= 0 || info.alias_of >= 0;
  for (const auto& other : graph.values()) shared |= other.alias_of == gradient.id();
  graph.settle(shared ? algebra.copy(gradient) : gradient, Store::gradients_id, offset);
}

}  // namespace

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

  const std::size_t nodes = graph.nodes().size();
  const std::size_t values = graph.values().size();
  std::vector<std::vector<Contribution>> contributions(values);
  contributions[static_cast<std::size_t>(objective.id())].push_back({algebra.one(graph)});

  for (std::size_t n = nodes; n-- > 0;) {
    const Node node = graph.nodes()[n];  // a copy: rules append to the list it stands in
    std::vector<std::optional<Contribution>> of_out(node.out.size());
    bool reached = false;
    for (std::size_t i = 0; i < node.out.size(); ++i) {
      const auto& terms = contributions[static_cast<std::size_t>(node.out[i].id())];
      if (terms.empty()) continue;
      of_out[i] = total(terms, algebra);
      reached = true;
    }
    if (!reached) continue;
    require(node.op->gradient != nullptr, Fault::usage, "the objective depends on a parameter through ",
            node.described(), ", which has no gradient");
    graph.set_label(node.label);
    Gradients gradients(node, contributions, std::move(of_out));
    node.op->gradient(node, gradients);
  }
  graph.set_label("");

  for (std::size_t v = 0; v < values; ++v) {
    const auto info = graph.values()[v];
    if (info.buffer != Store::parameters_id || info.producer >= 0 || contributions[v].empty()) continue;
    settle_gradient(graph, total(contributions[v], algebra).gradient, info.offset, algebra);
  }
  graph.mark_differentiated();
}

}  // namespace deepobs
