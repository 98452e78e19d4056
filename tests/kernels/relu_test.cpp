#include "kernels/relu.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "tests/kernels/op_case.h"

namespace deepobs {

TEST_CASE("relu is max(x, 0)") {
  for (const auto size : awkward_sizes)
    check({.name = "relu",
           .inputs = {{{size}, values_off_zero(0.01, 2.)}},
           .build = [](Graph&, auto in) { return relu(in[0]); },
           .formula = [](auto in) { return each(in[0], [](double x) { return std::max(x, 0.); }); },
           .gradient = {.units = 0}});
}

}  // namespace deepobs
