#include "kernels/backward.h"

#include "engine/autodiff.h"
#include "kernels/ops/elementwise/algebra.h"

namespace deepobs {

void backward(Value objective) {
  record_gradients(objective, {.one = [](Graph& graph) { return constant(graph, {}, 1.); },
                               .sum = [](std::span<const Value> terms) { return sum_of(terms); },
                               .copy = [](Value value) { return copy(value); }});
}

}  // namespace deepobs
