#include "kernels/passes/fuse_loss.h"

#include <algorithm>
#include <optional>

#include "kernels/ops/elementwise/algebra_attributes.h"
#include "kernels/ops/loss/mean_softmax_xent_attributes.h"
#include "kernels/ops/reduce/reduce_attributes.h"
#include "kernels/passes/rewrite.h"

namespace deepobs {
namespace {

/// The nodes around a softmax_xent that one node can do.
class LossPattern {
 public:
  LossPattern(Rewrite& rewrite, const Node& xent) : rewrite_(rewrite), xent_(xent) {}

  /// Nothing changes unless all of it fits.
  void fuse() {
    if (!find_objective() || !find_gradient() || !find_accuracies()) return;
    if (options_.logs.size() > static_cast<std::size_t>(MeanSoftmaxXentAttributes::most_logs)) return;
    const auto fused = rewrite_.record_before(rewrite_.index(*objective_node_), *objective_node_, [&](Place at) {
      return mean_softmax_xent(xent_.in[0], xent_.in[1], options_, at);
    });
    if (gradient_) rewrite_.replace(gradient_->out[0], fused.dlogits);
    for (const Node* node : replaced_) rewrite_.drop(*node);
  }

 private:
  /// The loss and, if there is a penalty, the objective; both are read by logs alone.
  bool find_objective() {
    const Node* mean = rewrite_.only_reader(xent_.out[0], "mean");
    if (mean == nullptr || !rewrite_.is_internal(xent_.out[0])) return false;
    replaced_ = {&xent_, mean};
    objective_node_ = mean;
    const Node* sum = nullptr;
    for (const std::size_t reader : rewrite_.readers(mean->out[0]))
      if (rewrite_.nodes()[reader].op->name == "add") sum = &rewrite_.nodes()[reader];
    if (sum == nullptr) return find_logs(mean->out[0], BatchScalar::objective);
    const Value penalty = sum->in[sum->in[0] == mean->out[0] ? 1 : 0];
    if (penalty == mean->out[0] || penalty.shape() != Shape{}) return false;
    options_.penalty = penalty;
    objective_node_ = sum;
    replaced_.push_back(sum);
    return find_logs(mean->out[0], BatchScalar::loss, sum) && find_logs(sum->out[0], BatchScalar::objective);
  }

  /// All readers of a scalar but `beside` must be logs.
  bool find_logs(Value scalar, BatchScalar kind, const Node* beside = nullptr) {
    if (!rewrite_.is_internal(scalar)) return false;
    for (const std::size_t reader : rewrite_.readers(scalar)) {
      const Node& node = rewrite_.nodes()[reader];
      if (&node == beside) continue;
      if (node.op->name != "log_scalar") return false;
      options_.logs.push_back({kind, rewrite_.graph().info(node.in[1]).buffer});
      replaced_.push_back(&node);
    }
    return true;
  }

  /// The gradient of the logits, from a constant that is the same for every row; or there is none.
  bool find_gradient() {
    const Value probabilities = xent_.out[1];
    if (!rewrite_.is_internal(probabilities)) return false;
    if (rewrite_.readers(probabilities).empty()) return true;
    gradient_ = rewrite_.only_reader(probabilities, "softmax_xent_gradient");
    if (gradient_ == nullptr || rewrite_.graph().info(gradient_->out[0]).kept) return false;
    const Node* spread = rewrite_.producer(gradient_->in[2], "spread_scalar");
    const Node* seed = spread ? rewrite_.producer(spread->in[0], "constant") : nullptr;
    if (seed == nullptr || spread->attributes.as<SumDivisor>().divisor != static_cast<double>(xent_.in[0].dim(0)))
      return false;
    options_.gradient = static_cast<double>(seed->attributes.as<AlgebraFactor>().factor);
    replaced_.push_back(gradient_);
    return true;
  }

  /// What else is made of the same logits and labels.
  bool find_accuracies() {
    for (const std::size_t reader : rewrite_.readers(xent_.in[0])) {
      const Node& node = rewrite_.nodes()[reader];
      if (node.op->name != "correct" || node.in != xent_.in) continue;
      const Node* mean = rewrite_.only_reader(node.out[0], "mean");
      if (mean == nullptr || !rewrite_.is_internal(node.out[0])) return false;
      replaced_.insert(replaced_.end(), {&node, mean});
      if (!find_logs(mean->out[0], BatchScalar::accuracy)) return false;
    }
    return true;
  }

  Rewrite& rewrite_;
  const Node& xent_;
  MeanSoftmaxXent options_;
  const Node* objective_node_ = nullptr;  // what computes the objective: behind the penalty
  const Node* gradient_ = nullptr;
  std::vector<const Node*> replaced_;
};

}  // namespace

void fuse_loss(Graph& graph) {
  Rewrite rewrite(graph);
  for (const Node& node : rewrite.nodes())
    if (node.op->name == "softmax_xent") LossPattern(rewrite, node).fuse();
  rewrite.commit();
}

}  // namespace deepobs
