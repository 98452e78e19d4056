#include "kernels/ops/convolution/conv2d.h"

#include <doctest/doctest.h>

#include "tests/cuda_emulation/offered.h"
#include "tests/emulated_gpu.h"
#include "tests/error_of.h"
#include "tests/kernels/ops/convolution/correlation.h"

namespace deepobs {
namespace {

OpCase conv_case(const Shape& x, const Shape& w, const Conv2d& options) {
  return {.name = "conv2d",
          .inputs = {{x}, {w}, {{w[3]}}},
          .build = [options](Graph&, auto in) { return conv2d(in[0], in[1], in[2], options); },
          .formula = correlation(options),
          .forward = {.units = 24., .scale = on_absolute_inputs(correlation(options))},
          .gradient = {.units = 24.},
          .difference_step = options.relu ? 0x1p-13 : 1.,
          .exact_on_integers = !options.relu};
}

std::vector<OpCase> conv_cases() {
  return {conv_case({1, 1, 1, 1}, {1, 1, 1, 1}, {}), conv_case({2, 5, 7, 3}, {3, 3, 3, 4}, {}),
          conv_case({2, 5, 7, 1}, {5, 5, 1, 17}, {.pad = Pad::same}),
          conv_case({1, 6, 6, 3}, {3, 3, 3, 33}, {.stride = 2, .pad = Pad::same}),  // (0, 1): asymmetric
          conv_case({3, 4, 4, 2}, {4, 4, 2, 5}, {.pad = Pad::same}),                // (1, 2)
          conv_case({2, 7, 5, 2}, {2, 3, 2, 3}, {.stride = {3, 2}, .pad = Padding{1, 0, 2, 1}}),
          conv_case({1, 2, 2, 2}, {3, 3, 2, 3}, {.pad = Padding{1, 1, 1, 1}}),  // the kernel is larger than the image
          conv_case({2, 3, 3, 17}, {1, 1, 17, 9}, {.stride = 2}),
          // Windows that are much wider than high, and the other way round.
          conv_case({2, 4, 9, 3}, {1, 7, 3, 5}, {.pad = Pad::same}),
          conv_case({2, 9, 4, 3}, {7, 1, 3, 5}, {.stride = {2, 1}, .pad = Pad::same}),
          conv_case({1, 5, 8, 9}, {3, 1, 9, 33}, {.stride = {1, 2}})};
}

OpCase without_bias(OpCase one, const Conv2d& options) {
  one.name += " without bias";
  one.inputs.pop_back();
  one.build = [options](Graph& graph, auto in) {
    const Value y = conv2d(in[0], in[1], {}, options);
    CHECK(graph.nodes().back().in.size() == 2);
    return y;
  };
  return one;
}

}  // namespace

TEST_CASE("conv2d is the sum of its docstring, and so are its three gradients") {
  for (const auto& one : conv_cases()) check(one);
}

TEST_CASE("conv2d is that on a GPU in every order of the operands and by either interface of cuDNN") {
  if (emulation_is_missing()) return;
  using namespace deepobs_emulation;
  for (const long offered : {long{algorithms_nchw}, long{graphs_nhwc}, long{graphs_nchw},
                             algorithms_nhwc | graphs_nhwc | only_whole_packs}) {
    const Emulated machine("convolutions", offered);
    for (const auto& one : conv_cases()) check(one);
  }
}

TEST_CASE("conv2d applies a relu in the same pass, and its gradient stops where the output is 0") {
  OpCase one = conv_case({2, 4, 4, 2}, {3, 3, 2, 6}, {.pad = Pad::same, .relu = true});
  one.inputs[0].fill = one.inputs[1].fill = uniform_values(-0.2, 0.2);  // |sum| <= 18 * 0.04 < 1
  one.inputs[2].fill = [](std::uint64_t, std::int64_t i) { return i % 2 == 0 ? 1. : -1.; };
  check(one);
}

TEST_CASE("conv2d without a bias is the sum alone, and its relu") {
  for (const Conv2d& options : {Conv2d{}, Conv2d{.stride = 2, .pad = Pad::same}, Conv2d{.pad = Padding{1, 0, 2, 1}}}) {
    check(without_bias(conv_case({2, 5, 7, 3}, {3, 3, 3, 4}, options), options));
    check(without_bias(conv_case({1, 6, 5, 9}, {2, 5, 9, 33}, options), options));
  }
  const Conv2d with_relu{.pad = Pad::same, .relu = true};
  OpCase one = without_bias(conv_case({2, 4, 4, 2}, {3, 3, 2, 6}, with_relu), with_relu);
  one.inputs[0].fill = uniform_values(0.25, 1.);  // clear of the kink
  one.inputs[1].fill = [](std::uint64_t, std::int64_t i) { return i % 6 % 2 == 0 ? 0.5 : -0.5; };
  check(one);
}

TEST_CASE("conv2d without a bias is that on a GPU by either interface of cuDNN") {
  if (emulation_is_missing()) return;
  using namespace deepobs_emulation;
  for (const long offered : {long{algorithms_nchw}, long{graphs_nhwc}}) {
    const Emulated machine("convolutions without a bias", offered);
    check(without_bias(conv_case({2, 5, 7, 3}, {3, 3, 3, 4}, {}), {}));
  }
}

TEST_CASE("conv2d refuses shapes that do not fit, and says which") {
  Store store;
  Graph graph(store);
  const auto x = graph.parameter("x", {2, 4, 4, 3}, {}), w = graph.parameter("w", {3, 3, 5, 2}, {});
  const auto b = graph.parameter("b", {2}, {});
  check_error([&] { conv2d(x, w, b); }, Fault::usage, "the third extent of weight must be the channel count of x");
  check_error([&] { conv2d(x, w, b); }, Fault::usage, "[3, 3, 5, 2], parameter 'w'");
  const auto large = graph.parameter("large", {5, 5, 3, 2}, {});
  check_error([&] { conv2d(x, large, b); }, Fault::usage, "conv2d");
}

}  // namespace deepobs
