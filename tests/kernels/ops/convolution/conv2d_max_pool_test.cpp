#include "kernels/ops/convolution/conv2d_max_pool.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "kernels/backward.h"
#include "kernels/ops/dense/linear.h"
#include "kernels/ops/pool/max_pool.h"
#include "kernels/ops/reduce/reduce.h"
#include "kernels/ops/shape/reshape.h"
#include "tests/error_of.h"
#include "tests/golden/hash_values.h"
#include "tests/kernels/harness/check_nothing.h"
#include "tests/kernels/harness/run_op.h"
#include "tests/kernels/ops/convolution/correlation.h"
#include "tests/kernels/ops/pool/pool_cases.h"

namespace deepobs {
namespace {

constexpr Window pool_2_2{.kernel = 2, .stride = 2};
const Window pool_3_2_same{.kernel = 3, .stride = 2, .pad = Pad::same};

struct Case {
  Shape x, w;
  Conv2dMaxPool options;

  std::int64_t channels() const { return w[3]; }
  PoolCase pool() const {
    const Extent2d kernel(static_cast<int>(w[0]), static_cast<int>(w[1]));
    const Extent2d convolved =
        place_window(x, {kernel, options.conv.stride, options.conv.pad}, "case", Place::current()).output;
    const Shape image{x[0], convolved.h, convolved.w, channels()};
    const auto placed = place_window(image, options.pool, "case", Place::current());
    return {image, options.pool, placed.padding, placed.output};
  }
};

/// Small images of all kinds: enough of them, or few enough tasks, for one pass.
std::vector<Case> small_cases() {
  const Conv2d same{.pad = Pad::same, .relu = true}, valid{.relu = true}, bare{};
  return {
      {{1, 1, 1, 1}, {1, 1, 1, 1}, {bare, {}}},                                               // one pixel
      {{2, 8, 8, 1}, {5, 5, 1, 17}, {same, pool_2_2}},                                        // as in 2c2d
      {{2, 10, 9, 3}, {3, 3, 3, 5}, {valid, pool_3_2_same}},                                  // as in 3c3d
      {{2, 9, 10, 3}, {3, 3, 3, 5}, {bare, pool_3_2_same}},                                   // without relu
      {{1, 7, 8, 17}, {3, 3, 17, 33}, {same, {.kernel = 3, .stride = 1, .pad = Pad::same}}},  // 9 windows a pixel
      {{3, 7, 7, 2}, {2, 2, 2, 16}, {valid, {.kernel = 2, .stride = 3}}},                     // unseen pixels
      {{2, 9, 9, 2}, {3, 2, 2, 3}, {{.stride = 2, .pad = Padding{1, 1, 0, 1}, .relu = true}, pool_3_2_same}},
      {{2, 6, 5, 2}, {1, 1, 2, 4}, {valid, {.kernel = {3, 2}, .stride = {2, 1}, .pad = Padding{2, 0, 1, 1}}}},
      {{2, 4, 6, 3}, {3, 3, 3, 6}, {same, {.kernel = {4, 6}}}},                            // all of the image
      {{2, 6, 6, 40}, {3, 3, 40, 10}, {same, pool_2_2}},                                   // several chunks
      {{2, 2, 2, 4}, {1, 1, 4, 300}, {valid, pool_2_2}},                                   // channels in blocks
      {{1, 3, 3, 2}, {3, 3, 2, 3}, {same, {.kernel = 5, .stride = 1, .pad = Pad::same}}},  // pool > image
  };
}

OpCase op_case(const Case& c, bool first_layer) {
  const auto formula = [pool = c.pool(), convolved = correlation(c.options.conv)](DoubleTensors in) {
    return over_windows(pool, {pool.x, convolved(in)},
                        [](const auto& pixels) { return *std::ranges::max_element(pixels); });
  };
  return {.name = "conv2d_max_pool",
          .inputs = {{.shape = c.x, .differentiable = !first_layer}, {c.w}, {{c.channels()}}},
          .build =
              [c](Graph& graph, auto in) {
                const Value y = conv2d_max_pool(in[0], in[1], in[2], c.options);
                CHECK(std::string(graph.nodes().back().op->name) == "conv2d_max_pool");
                if (in[0].shape() == c.x) CHECK(y.shape() == c.pool().output_shape());
                return y;
              },
          .formula = formula,
          .forward = {.units = 24., .scale = on_absolute_inputs(formula)},
          // The sums of conv2d, over what several windows gave to a pixel.
          .gradient = {.units = 24. + windows_at_a_pixel(c.options.pool) - 1.},
          // So small that it does not carry another pixel to the top, or one across the relu's kink.
          .difference_step = 0x1p-20,
          .in_bf16 = c.channels() < 100};  // of so many windows, some have two maxima there
}

/// How a graph computes y of x, w, b: in one pass or in two.
enum class Passes { one, two };

/// y, the gradients of w and b, and of x unless it is the first layer, with a dense layer behind, which hands down a
/// gradient that is 0 already where the relu's is.
struct Results {
  std::vector<std::vector<float>> all;

  Results(const Case& c, Passes passes, bool first_layer, const CpuOptions& cpu, bool has_bias = true) {
    RunOp op;
    const Value x = first_layer ? op.graph.input("x", Type::f32, c.x) : op.graph.parameter("x", c.x, {});
    const Value w = op.graph.parameter("w", c.w, {});
    std::optional<Value> b;
    if (has_bias) b = op.graph.parameter("b", {c.channels()}, {});
    const Value y = passes == Passes::one ? conv2d_max_pool(x, w, b, c.options)
                                          : max_pool(conv2d(x, w, b, c.options.conv), c.options.pool);
    const std::int64_t nodes =
        std::ranges::count_if(op.graph.nodes(), [](const Node& node) { return node.op->name == "conv2d_max_pool"; });
    CHECK(nodes == (passes == Passes::one ? 1 : 0));
    const Value flat = flatten(y);
    const Value fw = op.graph.parameter("fw", {flat.dim(1), 3}, {}), fb = op.graph.parameter("fb", {3}, {});
    backward(sum(linear(flat, fw, fb)));
    op.graph.keep(y);
    op.start(cpu);
    if (first_layer) op.write("x", hash_scaled(9, static_cast<std::size_t>(c.x.elements())));
    const auto parameters = op.store.parameters();
    for (std::size_t i = 0; i < parameters.size(); ++i)
      op.storage->set_parameter(parameters[i],
                                hash_scaled(i + 1, static_cast<std::size_t>(parameters[i].shape.elements())));
    all.push_back(op.run<float>(y));
    for (const auto& parameter : parameters) all.push_back(op.storage->gradient(parameter));
  }
};

/// The ops that one call records.
std::vector<std::string> ops_of(const Shape& x, const Shape& w, const Conv2dMaxPool& options) {
  Store store;
  Graph graph(store);
  conv2d_max_pool(graph.input("x", Type::f32, x), graph.parameter("w", w, {}), graph.parameter("b", {w[3]}, {}),
                  options);
  std::vector<std::string> ops;
  for (const Node& node : graph.nodes()) ops.emplace_back(node.op->name);
  return ops;
}

}  // namespace

TEST_CASE("conv2d_max_pool is the largest of the convolutions under the window, and so are its three gradients") {
  for (const Case& c : small_cases()) check(op_case(c, false));
}

TEST_CASE("conv2d_max_pool without a bias is that of the convolutions alone") {
  for (const Case& c : small_cases())
    for (const bool first_layer : {true, false}) {
      OpCase one = op_case(c, first_layer);
      one.name += " without bias";
      one.inputs.pop_back();
      one.build = [c](Graph& graph, auto in) {
        const Value y = conv2d_max_pool(in[0], in[1], {}, c.options);
        CHECK(graph.nodes().back().in.size() == 2);
        return y;
      };
      check(one);
    }
}

TEST_CASE("conv2d_max_pool: the gradients of a first layer, whose input needs none") {
  for (const Case& c : small_cases()) check(op_case(c, true));
}

TEST_CASE("conv2d_max_pool for evaluation has the same output, no winners and no gradient") {
  Case c = small_cases()[2];
  c.options.differentiable = false;
  OpCase forward_only = op_case(c, true);
  for (auto& input : forward_only.inputs) input.differentiable = false;
  check(forward_only);

  RunOp op;
  const Value w = op.graph.parameter("w", c.w, {}), b = op.graph.parameter("b", {c.channels()}, {});
  const Value y = conv2d_max_pool(op.graph.input("x", Type::f32, c.x), w, b, c.options);
  CHECK(op.graph.nodes().back().out.size() == 1);
  check_error([&] { backward(sum(y)); }, Fault::usage, {"conv2d_max_pool", "has no gradient"});
}

TEST_CASE("conv2d_max_pool has the same bits as conv2d and max_pool") {
  const Conv2d same{.pad = Pad::same, .relu = true}, valid{.relu = true};
  std::vector<Case> cases = small_cases();
  cases.push_back({{16, 28, 28, 1}, {5, 5, 1, 32}, {same, pool_2_2}});
  cases.push_back({{16, 14, 14, 32}, {5, 5, 32, 64}, {same, pool_2_2}});
  cases.push_back({{16, 32, 32, 3}, {5, 5, 3, 64}, {valid, pool_3_2_same}});
  cases.push_back({{16, 14, 14, 64}, {3, 3, 64, 96}, {valid, pool_3_2_same}});
  cases.push_back({{48, 6, 6, 96}, {3, 3, 96, 128}, {same, pool_3_2_same}});  // several images in a block
  cases.push_back({{33, 13, 11, 3}, {3, 3, 3, 35}, {{.relu = false}, pool_3_2_same}});
  cases.push_back({{16, 3, 200, 2}, {3, 3, 2, 34}, {same, pool_3_2_same}});  // rows taken in parts
  cases.push_back({{16, 7, 7, 12}, {4, 4, 12, 290}, {{.stride = 2, .pad = Pad::same}, {.kernel = 2}}});
  for (const Case& c : cases)
    for (const Isa isa : isas())
      for (const bool first_layer : {false, true}) {
        CAPTURE(std::string(name_of(isa)));
        CAPTURE(c.x.extents()[1]);
        CAPTURE(c.channels());
        CAPTURE(first_layer);
        const Results one(c, Passes::one, first_layer, {.threads = 2, .isa = isa});
        const Results two(c, Passes::two, first_layer, {.threads = 2, .isa = isa});
        CHECK(one.all == two.all);
        const Results bare_one(c, Passes::one, first_layer, {.threads = 2, .isa = isa}, false);
        CHECK(bare_one.all == Results(c, Passes::two, first_layer, {.threads = 2, .isa = isa}, false).all);
        CHECK(bare_one.all[0] != one.all[0]);
        // Some element of each is not zero: equal results say something.
        for (const auto& values : one.all) CHECK(std::ranges::any_of(values, [](float v) { return v != 0.f; }));
      }
}

TEST_CASE("conv2d_max_pool records two ops where one pass does not pay, and says so in its docstring") {
  const std::vector<std::string> one{"conv2d_max_pool"}, two{"conv2d", "max_pool"};
  const Conv2dMaxPool usual{.conv = {.pad = Pad::same, .relu = true}, .pool = pool_2_2};
  // 196,608 floats of output are 768 KiB.
  CHECK(ops_of({16, 64, 96, 1}, {3, 3, 1, 32}, usual) == one);
  CHECK(ops_of({16, 64, 97, 1}, {3, 3, 1, 32}, usual) == two);
  CHECK(ops_of({16, 64, 48, 1}, {3, 3, 1, 64}, usual) == one);
  // Of many channels 256 are at work at a time.
  CHECK(ops_of({16, 24, 32, 1}, {3, 3, 1, 256}, usual) == one);
  CHECK(ops_of({16, 24, 32, 1}, {3, 3, 1, 512}, usual) == one);
  CHECK(ops_of({16, 24, 33, 1}, {3, 3, 1, 512}, usual) == two);
  // In tiles, 421,888 floats of all channels.
  CHECK(ops_of({16, 64, 103, 16}, {3, 3, 16, 64}, usual) == one);
  CHECK(ops_of({16, 64, 104, 16}, {3, 3, 16, 64}, usual) == two);
  // Few images, of which the convolution alone would make 16 tasks.
  CHECK(ops_of({15, 28, 28, 1}, {5, 5, 1, 32}, usual) == two);
  CHECK(ops_of({16, 28, 28, 1}, {5, 5, 1, 32}, usual) == one);
  CHECK(ops_of({1, 8, 8, 1}, {5, 5, 1, 32}, usual) == one);
  // The winner's place must fit into a byte.
  CHECK(ops_of({16, 20, 20, 1}, {3, 3, 1, 4}, {.conv = {.pad = Pad::same}, .pool = {.kernel = 16}}) == one);
  CHECK(ops_of({16, 20, 20, 1}, {3, 3, 1, 4}, {.conv = {.pad = Pad::same}, .pool = {.kernel = {16, 17}}}) == two);
}

TEST_CASE("conv2d_max_pool without an image, or without channels, is as empty as the two ops") {
  CHECK(ops_of({0, 8, 8, 3}, {3, 3, 3, 4}, {.pool = pool_2_2}) == std::vector<std::string>{"conv2d_max_pool"});
  RunOp op;
  const Value w = op.graph.parameter("w", {3, 3, 3, 4}, {}), b = op.graph.parameter("b", {4}, {});
  const Value y = conv2d_max_pool(op.graph.input("x", Type::f32, {0, 8, 8, 3}), w, b, {.pool = pool_2_2});
  check_nothing(op, y);
}

TEST_CASE("conv2d_max_pool refuses what either op would, in its own name") {
  Store store;
  Graph graph(store);
  const Value x = graph.parameter("x", {2, 4, 4, 3}, {}), b = graph.parameter("b", {2}, {});
  const Value w = graph.parameter("w", {3, 3, 5, 2}, {}), fits = graph.parameter("fits", {3, 3, 3, 2}, {});
  check_error([&] { conv2d_max_pool(x, w, b, {}); }, Fault::usage,
              {"conv2d_max_pool", "the third extent of weight must be the channel count of x"});
  check_error([&] { conv2d_max_pool(x, fits, b, {.pool = {.kernel = 3}}); }, Fault::usage,
              {"conv2d_max_pool", "a kernel of height 3 does not fit into 2 pixels"});
}

}  // namespace deepobs
