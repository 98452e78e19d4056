#include "kernels/ops/activation/relu.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <tuple>

#include "kernels/backward.h"
#include "kernels/ops/convolution/conv2d.h"
#include "kernels/ops/dense/linear.h"
#include "kernels/ops/elementwise/algebra.h"
#include "kernels/ops/pool/max_pool.h"
#include "kernels/ops/reduce/reduce.h"
#include "kernels/ops/shape/reshape.h"
#include "tests/kernels/harness/op_case.h"

namespace deepobs {

TEST_CASE("relu is max(x, 0)") {
  for (const auto size : awkward_sizes)
    check({.name = "relu",
           .inputs = {{{size}, values_off_zero(0.01, 2.)}},
           .build = [](Graph&, auto in) { return relu(in[0]); },
           .formula = [](auto in) { return each(in[0], [](double x) { return std::max(x, 0.); }); },
           .gradient = {.units = 0}});
}

namespace {

/// How many passes of their own relus have in the backward pass of an objective made of `h`, a relu's output.
std::int64_t passes_of_relu(const std::function<Value(Graph&, Value h)>& objective) {
  Store store;
  Graph graph(store);
  const Value h = relu(graph.parameter("x", {2, 4, 4, 3}, {}));
  backward(objective(graph, h));
  return std::ranges::count(graph.nodes(), "relu_gradient", [](const Node& node) { return node.op->name; });
}

Value dense(Graph& graph, Value h) {
  return linear(h, graph.parameter("w", {h.dim(1), 5}, {}), graph.parameter("b", {5}, {}));
}

}  // namespace

TEST_CASE("relu leaves its gradient to users that zero theirs where it is not positive, and to no others") {
  CHECK(passes_of_relu([](Graph& graph, Value h) { return sum(dense(graph, flatten(h))); }) == 0);
  CHECK(passes_of_relu([](Graph& graph, Value h) {
          const Value w = graph.parameter("w", {3, 3, 3, 2}, {}), b = graph.parameter("b", {2}, {});
          return sum(conv2d(h, w, b, {}));
        }) == 0);
  CHECK(passes_of_relu([](Graph& graph, Value h) {
          return sum(dense(graph, flatten(max_pool(h, {.kernel = 2, .stride = 2}))));
        }) == 0);
  CHECK(passes_of_relu([](Graph&, Value h) { return sum(h); }) == 1);
  CHECK(passes_of_relu([](Graph&, Value h) { return sum(max_pool(h, {.kernel = 2, .stride = 2})); }) == 1);
  CHECK(passes_of_relu([](Graph& graph, Value h) { return add(sum(dense(graph, flatten(h))), sum(h)); }) == 1);
}

TEST_CASE("relu: its gradient is the same, whether its users or a pass of its own zero it") {
  // h w + h with h = relu(x): the product's part is zeroed in the product, the sum's part is not.
  const auto formula = [](DoubleTensors in) {
    const auto& [x, w, b] = std::tie(in[0], in[1], in[2]);
    const std::int64_t n = x.shape[0], k = x.shape[1];
    std::vector<double> y;
    for (std::int64_t i = 0; i < n; ++i)
      for (std::int64_t j = 0; j < k; ++j) {
        double value = b[j] + std::max(x[i * k + j], 0.);
        for (std::int64_t l = 0; l < k; ++l) value += std::max(x[i * k + l], 0.) * w[l * k + j];
        y.push_back(value);
      }
    return y;
  };
  for (const std::int64_t k : {1, 6, 33})
    check({.name = "relu with two users",
           .inputs = {{{5, k}, values_off_zero(0.01, 2.)}, {{k, k}}, {{k}}},
           .build =
               [](Graph&, auto in) {
                 const Value h = relu(in[0]);
                 return add(linear(h, in[1], in[2]), h);
               },
           .formula = formula,
           .forward = {.units = 24., .scale = on_absolute_inputs(formula)},
           .gradient = {.units = 24.},
           .difference_step = 0x1p-13});
}

}  // namespace deepobs
