#include "kernels/ops/dense/linear.h"
#include "kernels/ops/elementwise/algebra.h"
#include "kernels/ops/reduce/reduce.h"
#include "problems/models/quadratic_hessian.h"
#include "problems/problem.h"

namespace deepobs {
namespace {

/// One half of (theta - x)^T H (theta - x) for every point x.
Outputs quadratic_form(Layers& layers, const Batch& batch) {
  constexpr std::int64_t n = quadratic_dimensions;
  Graph& graph = layers.graph();
  const Value theta = layers.parameter("theta", {n}, init::constant(1));
  graph.set_label("loss");
  const Value hessian = graph.constants("hessian", {n, n}, write_quadratic_hessian);
  const Value offset = subtract(batch["points"], theta);  // its sign does not matter
  const Value slope = linear(offset, hessian, constant(graph, {n}, 0));
  const Value losses = scale(sum_rows(multiply(offset, slope)), 0.5);
  graph.set_label("");
  return {.losses = losses};
}

}  // namespace

Problem quadratic_deep() {
  return {.name = "quadratic_deep",
          .title = "Quadratic with eigenvalues like those of a deep network's Hessian",
          .dataset = "quadratic",
          .loss_name = "quadratic form",
          .batch_size = 128,
          .num_epochs = 100,
          .train_eval_size = 1000,
          .record = quadratic_form,
          .source = "Schneider, Balles & Hennig, ICLR 2019, appendix; Chaudhari et al., arXiv:1611.01838"};
}

}  // namespace deepobs
