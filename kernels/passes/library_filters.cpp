#include "kernels/passes/library_filters.h"

#include <algorithm>
#include <optional>

#include "engine/graph/graph_editor.h"
#include "kernels/convolution/conv_library_order.h"
#include "kernels/ops/convolution/filter_order.h"
#include "kernels/ops/elementwise/algebra_attributes.h"
#include "kernels/ops/reduce/l2_penalty_attributes.h"
#include "kernels/passes/rewrite.h"

namespace deepobs {
namespace {

// Tensors in a node: as many as a launch takes, and no more than an op's masks can name.
constexpr std::size_t most_at_once = 16;

class FilterSharing {
 public:
  explicit FilterSharing(Graph& graph) : graph_(graph), rewrite_(graph) {}

  void run() {
    use_turned_filters();
    finish_gradients();
    rewrite_.commit();
  }

 private:
  /// Whether a filter is the same for all nodes: it stands in a buffer that only nodes behind `last` change.
  bool stays(Value filter, std::size_t last) const {
    const ValueInfo& info = graph_.info(graph_.root(filter));
    if (info.buffer < 0) return false;
    for (std::size_t n = 0; n <= last; ++n) {
      const Node& node = rewrite_.nodes()[n];
      for (std::size_t i = 0; i < node.in.size(); ++i)
        if (node.op->changes_operand(i) && graph_.info(graph_.root(node.in[i])).buffer == info.buffer) return false;
    }
    return true;
  }

  struct Use {
    std::size_t node, operand;
  };

  void use_turned_filters() {
    std::vector<Value> filters;
    std::vector<std::vector<Use>> uses;
    for (std::size_t n = 0; n < rewrite_.nodes().size(); ++n) {
      const auto form = conv_in_library_order(rewrite_.nodes()[n]);
      if (!form || !form->filter_operand) continue;
      const Value filter = rewrite_.nodes()[n].in[*form->filter_operand];
      const auto known = std::ranges::find(filters, filter);
      if (known == filters.end()) {
        filters.push_back(filter);
        uses.push_back({{n, *form->filter_operand}});
      } else {
        uses[static_cast<std::size_t>(known - filters.begin())].push_back({n, *form->filter_operand});
      }
    }
    std::vector<Value> shared;
    std::vector<std::vector<Use>> uses_of_shared;
    for (std::size_t f = 0; f < filters.size(); ++f)
      if (stays(filters[f], uses[f].back().node)) shared.push_back(filters[f]), uses_of_shared.push_back(uses[f]);
    for (std::size_t begin = 0; begin < shared.size(); begin += most_at_once) {
      const std::span some(&shared[begin], std::min(most_at_once, shared.size() - begin));
      const std::size_t first = uses_of_shared[begin][0].node;  // nodes are gone through in order
      const auto turned = rewrite_.record_before(first, rewrite_.nodes()[first],
                                                 [&](Place at) { return filters_in_library_order(some, at); });
      for (std::size_t f = 0; f < some.size(); ++f)
        for (const Use& use : uses_of_shared[begin + f]) take_turned(use, turned[f]);
    }
  }

  void take_turned(const Use& use, Value filter) {
    Node& node = rewrite_.node(use.node);
    node = conv_in_library_order(node)->node;
    node.in[use.operand] = filter;
  }

  /// A gradient that can be finished at the end: that of a convolution's filter, or one with a regulariser's part.
  struct Finished {
    RawGradient raw;
    Value made;                                  // as it lies in the buffer today
    std::vector<const Node*> obsolete;           // what it needs no more
    std::optional<std::size_t> weight_gradient;  // the convolution's node whose output will be turned
    std::size_t last;                            // of the nodes that make it
  };

  void finish_gradients() {
    std::optional<float> factor;
    std::vector<Finished> all;
    for (std::size_t n = 0; n < rewrite_.nodes().size(); ++n) {
      auto found = with_penalty(n, factor);
      if (!found) found = of_filter(n);
      if (found) all.push_back(*std::move(found));
    }
    for (std::size_t begin = 0; begin < all.size(); begin += most_at_once) {
      const std::span some(&all[begin], std::min(most_at_once, all.size() - begin));
      std::size_t last = 0;
      for (Finished& one : some) {
        last = std::max(last, one.last);
        if (one.weight_gradient) turn_output(one);
        for (const Node* node : one.obsolete) rewrite_.drop(*node);
      }
      std::vector<RawGradient> raw;
      for (const Finished& one : some) raw.push_back(one.raw);
      const auto made = rewrite_.record_before(last + 1, rewrite_.nodes()[last], [&](Place at) {
        return finished_gradients(raw, factor.value_or(0.f), at);
      });
      for (std::size_t i = 0; i < some.size(); ++i) rewrite_.replace(some[i].made, made[i]);
    }
  }

  /// The weight gradient's node makes its output in the library's order.
  void turn_output(Finished& one) {
    Node& node = rewrite_.node(*one.weight_gradient);
    node = conv_in_library_order(node)->node;
    const Shape filter = one.raw.parameter.shape();
    node.out[0] = one.raw.of_loss = GraphEditor(graph_).make_value({filter[3], filter[0], filter[1], filter[2]});
    one.raw.turned = true;
  }

  bool lies_with_gradients(Value value) const { return graph_.info(value).buffer == Store::gradients_id; }

  /// The node of a convolution that computes a gradient of a filter which nobody but `reader` sees.
  std::optional<std::size_t> weight_gradient_of(Value value) const {
    const int at = graph_.info(value).producer;
    if (at < 0) return {};
    const auto form = conv_in_library_order(rewrite_.nodes()[static_cast<std::size_t>(at)]);
    if (!form || !form->filter_output || rewrite_.nodes()[static_cast<std::size_t>(at)].out[0] != value) return {};
    return static_cast<std::size_t>(at);
  }

  /// sum_of(a gradient, the regulariser's), in either order, the latter of a constant: one factor for all of them.
  std::optional<Finished> with_penalty(std::size_t n, std::optional<float>& factor) const {
    const Node& sum = rewrite_.nodes()[n];
    if (sum.op->name != "sum_of" || sum.in.size() != 2 || !lies_with_gradients(sum.out[0])) return {};
    for (const std::size_t second : {0, 1}) {
      const Node* penalty = rewrite_.producer(sum.in[second], "l2_penalty_gradient");
      const Node* seed = penalty ? rewrite_.producer(penalty->in[0], "constant") : nullptr;
      const Value of_loss = sum.in[1 - second];
      if (seed == nullptr || !rewrite_.is_internal(of_loss) || rewrite_.readers(of_loss).size() != 1) continue;
      const auto product = static_cast<float>(penalty->attributes.as<L2Factor>().factor *
                                              static_cast<double>(seed->attributes.as<AlgebraFactor>().factor));
      if (factor.value_or(product) != product) return {};
      factor = product;
      return Finished{.raw = {of_loss, penalty->in[1], false, true},
                      .made = sum.out[0],
                      .obsolete = {&sum},
                      .weight_gradient = weight_gradient_of(of_loss),
                      .last = n};
    }
    return {};
  }

  std::optional<Finished> of_filter(std::size_t n) const {
    const Node& node = rewrite_.nodes()[n];
    if (node.out.empty() || !lies_with_gradients(node.out[0]) || !rewrite_.readers(node.out[0]).empty()) return {};
    const auto weight_gradient = weight_gradient_of(node.out[0]);
    if (!weight_gradient) return {};
    return Finished{.raw = {node.out[0], node.out[0], false, false},  // like the parameter, which is not read
                    .made = node.out[0],
                    .obsolete = {},
                    .weight_gradient = weight_gradient,
                    .last = n};
  }

  Graph& graph_;
  Rewrite rewrite_;
};

}  // namespace

void share_library_filters(Graph& graph) { FilterSharing(graph).run(); }

}  // namespace deepobs
