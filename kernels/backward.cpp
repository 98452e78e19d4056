#include "kernels/backward.h"

#include "engine/graph/autodiff.h"
#include "kernels/ops/elementwise/algebra.h"

namespace deepobs {
namespace {

constexpr GradientAlgebra algebra{
    .constant = [](Graph& graph, const Shape& shape, double value) { return constant(graph, shape, value); },
    .sum = [](std::span<const Value> terms) { return sum_of(terms); },
    .copy = [](Value value) { return copy(value); }};

}  // namespace

void backward(Value objective) { record_gradients(objective, algebra); }

std::vector<Value> gradients(Value objective, std::span<const Value> of, std::optional<Value> seed) {
  return gradients(objective, of, algebra, seed);
}

}  // namespace deepobs
