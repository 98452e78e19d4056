#include "kernels/ops/reduce/l2_penalty.h"

#include <doctest/doctest.h>

#include "tests/kernels/harness/op_case.h"

namespace deepobs {

TEST_CASE("l2_penalty is half the factor times the sum of squares of all its tensors") {
  const double factor = 0.3;
  const std::vector<std::vector<OpInput>> operands = {
      {{{1}}}, {{{3, 17}}, {{}}}, {{{129}}, {{5, 2}}, {{40'003}}}, {{{16 * 1024}}, {{17}}}};
  for (const auto& inputs : operands)
    check({.name = "l2_penalty",
           .inputs = inputs,
           .build = [=](Graph&, auto in) { return l2_penalty(in, factor); },
           .formula =
               [=](auto in) {
                 double sum = 0.;
                 for (const auto& weight : in)
                   for (const double w : weight.data) sum += w * w;
                 return std::vector<double>{factor / 2. * sum};
               },
           .forward = {.units = 2.},
           .gradient = {.units = 2.},
           .difference_step = 1.});
}

TEST_CASE("l2_penalty leaves alone what is no parameter") {
  check({.name = "l2_penalty of a parameter and a constant",
         .inputs = {{{33}}, {{5}, uniform_values(-1., 1.), false}},
         .build = [](Graph&, auto in) { return l2_penalty(in, 1.); },
         .formula =
             [](auto in) {
               double sum = 0.;
               for (const auto& weight : in)
                 for (const double w : weight.data) sum += w * w / 2.;
               return std::vector<double>{sum};
             },
         .forward = {.units = 2.},
         .gradient = {.units = 2.},
         .difference_step = 1.});
}

TEST_CASE("l2_penalty needs a weight") {
  CHECK_THROWS_WITH_AS(l2_penalty({}, 1.), doctest::Contains("at least one tensor"), Error);
}

}  // namespace deepobs
