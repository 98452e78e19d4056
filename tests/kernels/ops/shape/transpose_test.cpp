#include "kernels/ops/shape/transpose.h"

#include <doctest/doctest.h>

#include "tests/error_of.h"
#include "tests/kernels/harness/op_case.h"

namespace deepobs {

TEST_CASE("transpose makes rows columns") {
  for (const auto& x : {Shape{1, 1}, Shape{1, 33}, Shape{17, 1}, Shape{3, 17}, Shape{16, 16}, Shape{33, 65},
                        Shape{129, 200}, Shape{5, 1001}})
    check({.name = "transpose",
           .inputs = {{x}},
           .build = [](Graph&, auto in) { return transpose(in[0]); },
           .formula =
               [](auto in) {
                 const std::int64_t rows = in[0].shape[0], columns = in[0].shape[1];
                 std::vector<double> y;
                 for (std::int64_t c = 0; c < columns; ++c)
                   for (std::int64_t r = 0; r < rows; ++r) y.push_back(in[0][r * columns + c]);
                 return y;
               },
           .difference_step = 1.,
           .exact_on_integers = x.elements() > 3});
}

TEST_CASE("transpose refuses what is no matrix") {
  Store store;
  Graph graph(store);
  check_error([&] { transpose(graph.input("x", Type::f32, {3})); }, Fault::usage,
              {"transpose at shape/transpose_test.cpp", "x must be a matrix, not [3], buffer 'x'"});
}

}  // namespace deepobs
