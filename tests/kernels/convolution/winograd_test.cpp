#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <random>
#include <tuple>

#include "kernels/backward.h"
#include "kernels/convolution/winograd/winograd_matrices.h"
#include "kernels/convolution/winograd/winograd_tiles.h"
#include "kernels/ops/convolution/conv2d.h"
#include "kernels/ops/convolution/conv2d_attributes.h"
#include "kernels/ops/convolution/conv2d_max_pool.h"
#include "kernels/ops/convolution/conv2d_rules.h"
#include "kernels/ops/elementwise/algebra.h"
#include "kernels/ops/pool/max_pool.h"
#include "kernels/ops/reduce/reduce.h"
#include "tests/golden/hash_values.h"
#include "tests/kernels/harness/check_nothing.h"
#include "tests/kernels/harness/run_op.h"
#include "tests/kernels/ops/convolution/correlation.h"

// Bound. Let |A|, |B|, |G| be the matrices of absolute values. Every number that is added up on the way to an element
// is at most the same formula on absolute operands, with |A|, |B|, |G|: for y, of operands within 1,
//   c_in (max over j of sum over i of |A|_ij (sum over u of |G|_iu) (sum over k of |B|_ik))^2,
// and with the letters exchanged for the gradients, times the tiles that overlap at a pixel or that are summed over. An
// element's error is at most 24 u times that: the chains of the products are those of the direct algorithm, and a
// transform adds at most 2 * 6 roundings on either side.

namespace deepobs {
namespace {

constexpr double u = 0x1p-24;

/// Sums of the absolute values of the matrices' rows, and what they make of operands that are all 1.
struct Amplification {
  template <class M>
  static Amplification of() {
    const auto a = M::a(), b = M::b(), g = M::g();
    const auto row = [](const auto& m, int i) {
      double sum = 0;
      for (int j = 0; j < m.columns; ++j) sum += std::abs(m.at[i][j]);
      return sum;
    };
    const auto worst = [](const auto& to, auto factor) {
      double most = 0;
      for (int j = 0; j < to.columns; ++j) {
        double sum = 0;
        for (int i = 0; i < to.rows; ++i) sum += std::abs(to.at[i][j]) * factor(i);
        most = std::max(most, sum * sum);
      }
      return most;
    };
    return {worst(a, [&](int i) { return row(g, i) * row(b, i); }),
            worst(b, [&](int i) { return row(g, i) * row(a, i); }),
            worst(g, [&](int i) { return row(a, i) * row(b, i); })};
  }
  double y, dx, dw;
};

Amplification amplification(const WinogradTiles& tiles) {
  if (tiles == WinogradTiles{4, 3}) return Amplification::of<WinogradMatrices<4, 3>>();
  if (tiles == WinogradTiles{3, 3}) return Amplification::of<WinogradMatrices<3, 3>>();
  if (tiles == WinogradTiles{3, 5}) return Amplification::of<WinogradMatrices<3, 5>>();
  REQUIRE(tiles == WinogradTiles{2, 5});
  return Amplification::of<WinogradMatrices<2, 5>>();
}

ConvGeometry geometry_of(const Shape& x, const Shape& w, const Conv2d& options) {
  return conv_geometry(x, w, options, "test", Place::current());
}

constexpr Conv2d in_tiles{.algorithm = ConvAlgorithm::winograd};
const Conv2d same_in_tiles{.pad = Pad::same, .algorithm = ConvAlgorithm::winograd};

OpCase conv_case(const Shape& x, const Shape& w, const Conv2d& options) {
  const ConvGeometry g = geometry_of(x, w, options);
  const WinogradTiles tiles = choose_tiles(g, options.algorithm);
  REQUIRE(bool{tiles});
  const Amplification most = amplification(tiles);
  const double overlap = std::ceil(static_cast<double>(tiles.size()) / tiles.output);
  const double in_image = static_cast<double>(tile_grid(tiles, g).in_image());
  const auto scale = [=](DoubleTensors, int input) -> std::vector<double> {
    if (input == 0) return {most.dx * static_cast<double>(g.c_out) * overlap * overlap};
    if (input == 1) return {most.dw * static_cast<double>(g.n) * in_image};
    return {static_cast<double>(g.out_pixels())};
  };
  return {.name = text("conv2d in tiles of ", tiles.output),
          .inputs = {{x}, {w}, {{w[3]}}},
          .build =
              [options](Graph& graph, auto in) {
                const Value y = conv2d(in[0], in[1], in[2], options);
                CHECK(bool{graph.nodes().back().attributes.template as<ConvAttributes>().tiles});
                return y;
              },
          .formula = correlation(options),
          .forward = {.units = 24., .scale = constant_scale(most.y * static_cast<double>(g.c_in) + 1)},
          .gradient = {.units = 24., .scale = scale},
          .difference_step = options.relu ? 0x1p-13 : 1.};
}

/// y and all gradients of sum(y * its weights), of operands that the test writes.
struct Directions {
  Directions(const Shape& x, const Shape& w, const Conv2d& options, Isa isa = best_isa())
      : x_(op.graph.parameter("x", x, {})),
        w_(op.graph.parameter("w", w, {})),
        y_(conv2d(x_, w_, op.graph.parameter("b", {w[3]}, {}), options)) {
    const Value factor = op.graph.input("dy", Type::f32, y_.shape());
    backward(sum(multiply(y_, factor)));
    op.graph.keep(y_);
    op.start({.threads = 2, .isa = isa});
  }

  void run(const std::vector<float>& x, const std::vector<float>& w, const std::vector<float>& dy_given) {
    op.storage->set_parameter(parameter("x"), x);
    op.storage->set_parameter(parameter("w"), w);
    op.write("dy", dy_given);
    y = op.run<float>(y_);
    dx = op.storage->gradient(parameter("x"));
    dw = op.storage->gradient(parameter("w"));
  }

  const Store::Parameter& parameter(const std::string& name) {
    return *std::ranges::find(op.store.parameters(), name, &Store::Parameter::name);
  }

  RunOp op;
  Value x_, w_, y_;
  std::vector<float> y, dx, dw;
};

std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

template <class M>
void check_matrices() {
  constexpr auto a = M::a();
  constexpr auto b = M::b();
  constexpr auto g = M::g();
  for (int k = 0; k < M::size; ++k)  // of every unit pixel and every unit tap
    for (int t = 0; t < M::taps; ++t)
      for (int j = 0; j < M::outputs; ++j) {
        double y = 0;
        for (int i = 0; i < M::size; ++i) y += a.at[i][j] * g.at[i][t] * b.at[i][k];
        CHECK(y == doctest::Approx(k == j + t ? 1. : 0.).epsilon(1e-14).scale(1.));
      }
  for (int pair = 0; 2 * pair + 1 < M::size; ++pair) {
    if (!M::paired(pair)) continue;
    const auto differ_in_signs = [&](const auto& m) {
      for (int j = 0; j < m.columns; ++j) CHECK(std::abs(m.at[2 * pair][j]) == std::abs(m.at[2 * pair + 1][j]));
    };
    differ_in_signs(a);
    differ_in_signs(b);
    differ_in_signs(g);
  }
  for (int i = 0; i < M::size; ++i) {
    for (int j = 0; j < M::size; ++j) CHECK(static_cast<double>(static_cast<float>(b.at[i][j])) == b.at[i][j]);
    for (int j = 0; j < M::outputs; ++j) CHECK(static_cast<double>(static_cast<float>(a.at[i][j])) == a.at[i][j]);
  }
}

std::vector<float> normal_values(std::int64_t count, unsigned seed, float deviation) {
  std::vector<float> values(at(count));
  std::mt19937 bits(seed);
  std::normal_distribution<float> normal(0.f, deviation);
  for (float& x : values) x = normal(bits);
  return values;
}

/// Relative errors of all directions: the root of the mean square, and the worst element in units of u sum |a||b|.
struct Errors {
  double root = 0, worst = 0;

  Errors(const std::vector<float>& got, const std::vector<double>& exact, const std::vector<double>& absolute) {
    double error = 0, size = 0;
    const double largest = *std::ranges::max_element(absolute);
    for (std::size_t i = 0; i < exact.size(); ++i) {
      const double difference = std::abs(static_cast<double>(got[i]) - exact[i]);
      error += difference * difference;
      size += exact[i] * exact[i];
      // Where few terms meet, the others of the tile make the error.
      worst = std::max(worst, difference / (u * std::max(absolute[i], largest / 16)));
    }
    root = std::sqrt(error / size);
  }
};

void check_errors(const Shape& x_shape, const Shape& w_shape, const Conv2d& options, double root, Isa isa) {
  const ConvGeometry g = geometry_of(x_shape, w_shape, options);
  auto x = normal_values(x_shape.elements(), 1, 1.f);  // as behind a relu
  for (float& value : x) value = std::max(value + 0.5f, 0.f);
  const double fans = static_cast<double>(g.kh * g.kw * (g.c_in + g.c_out));
  const auto w = normal_values(w_shape.elements(), 2, static_cast<float>(std::sqrt(2 / fans)));  // as Glorot draws them
  auto dy = normal_values(g.out_pixels() * g.c_out, 3, 1.f);                                     // as behind a max pool
  for (std::size_t i = 0; i < dy.size(); ++i)
    if (hash_bits(4, i) % 5) dy[i] = 0.f;
  Directions got(x_shape, w_shape, options, isa);
  got.run(x, w, dy);

  struct Exact {
    explicit Exact(std::size_t count) : value(count), absolute(count) {}
    void add(std::size_t i, double product) {
      value[i] += product;
      absolute[i] += std::abs(product);
    }
    std::vector<double> value, absolute;
  } y(dy.size()), dx(x.size()), dw(w.size());
  for (std::int64_t p = 0; p < g.out_pixels(); ++p)
    for (std::int64_t tap = 0; tap < g.kh * g.kw; ++tap) {
      const std::int64_t row = p / g.out_w % g.out_h - g.pad_top + tap / g.kw;
      const std::int64_t column = p % g.out_w - g.pad_left + tap % g.kw;
      if (row < 0 || row >= g.h || column < 0 || column >= g.w) continue;
      const std::int64_t pixel = (p / (g.out_w * g.out_h) * g.h + row) * g.w + column;
      for (std::int64_t c = 0; c < g.c_in; ++c)
        for (std::int64_t k = 0; k < g.c_out; ++k) {
          const std::size_t i = at(pixel * g.c_in + c), j = at((tap * g.c_in + c) * g.c_out + k),
                            o = at(p * g.c_out + k);
          y.add(o, double{x[i]} * w[j]);
          dx.add(i, double{dy[o]} * w[j]);
          dw.add(j, double{x[i]} * dy[o]);
        }
    }
  const auto check_error = [&](const char* what, const std::vector<float>& values, const Exact& exact) {
    const Errors errors(values, exact.value, exact.absolute);
    INFO(std::string(what), ": ", errors.root, ", ", errors.worst, " u; ", text(w_shape), ", ",
         std::string(name_of(isa)));
    CHECK(errors.root <= root);
    CHECK(errors.worst <= 96);
  };
  check_error("y", got.y, y);
  check_error("dx", got.dx, dx);
  check_error("dw", got.dw, dw);
}

/// The tiles of every convolution of a graph.
std::vector<WinogradTiles> tiles_of(const Graph& graph) {
  std::vector<WinogradTiles> all;
  for (const Node& node : graph.nodes()) {
    if (node.op->name.starts_with("conv2d_max_pool"))
      all.push_back(node.attributes.as<ConvMaxPoolAttributes>().conv.tiles);
    else if (node.op->name.starts_with("conv2d"))
      all.push_back(node.attributes.as<ConvAttributes>().tiles);
  }
  return all;
}

WinogradTiles chosen(const Shape& x, const Shape& w, const Conv2d& options) {
  return choose_tiles(geometry_of(x, w, options), options.algorithm);
}

}  // namespace

TEST_CASE(
    "winograd: the matrices make a correlation, come in pairs, and those of pixels are exact in single precision") {
  check_matrices<WinogradMatrices<4, 3>>();
  check_matrices<WinogradMatrices<3, 3>>();
  check_matrices<WinogradMatrices<2, 5>>();
  check_matrices<WinogradMatrices<3, 5>>();
}

TEST_CASE("winograd: without a bias, tiles are the sums alone, and so are their gradients") {
  for (const auto& [x, w, options] : {std::tuple{Shape{2, 5, 7, 3}, Shape{3, 3, 3, 4}, in_tiles},
                                      std::tuple{Shape{2, 6, 6, 3}, Shape{5, 5, 3, 5}, same_in_tiles}}) {
    OpCase one = conv_case(x, w, options);
    one.inputs.pop_back();
    one.build = [options = options](Graph& graph, auto in) {
      const Value y = conv2d(in[0], in[1], {}, options);
      CHECK(bool{graph.nodes().back().attributes.template as<ConvAttributes>().tiles});
      return y;
    };
    check(one);
  }
}

TEST_CASE("winograd: there are tiles for square kernels alone") {
  for (const Shape& w : {Shape{1, 3, 32, 32}, Shape{3, 1, 32, 32}, Shape{3, 5, 32, 32}, Shape{1, 7, 32, 32}})
    CHECK_FALSE(bool{chosen({16, 12, 12, 32}, w, same_in_tiles)});
  CHECK(bool{chosen({16, 12, 12, 32}, {3, 3, 32, 32}, same_in_tiles)});
  CHECK_FALSE(bool{chosen({16, 12, 12, 32}, {3, 3, 32, 32}, {.stride = {1, 2}, .algorithm = ConvAlgorithm::winograd})});
}

TEST_CASE("winograd: a convolution in tiles is the sum of its docstring, and so are its three gradients") {
  check(conv_case({1, 1, 1, 1}, {3, 3, 1, 1}, same_in_tiles));     // one pixel
  check(conv_case({2, 5, 7, 3}, {3, 3, 3, 4}, in_tiles));          // tiles that stick out
  check(conv_case({1, 4, 4, 17}, {3, 3, 17, 33}, same_in_tiles));  // channels that leave a vector unfilled
  check(conv_case({2, 6, 6, 16}, {3, 3, 16, 32}, same_in_tiles));  // tiles of 3 x 3
  check(conv_case({3, 9, 10, 5}, {3, 3, 5, 3}, {.pad = Padding{1, 0, 2, 1}, .algorithm = ConvAlgorithm::winograd}));
  check(conv_case({1, 2, 2, 2}, {3, 3, 2, 3}, {.pad = Padding{1, 1, 1, 1}, .algorithm = ConvAlgorithm::winograd}));
  check(conv_case({2, 5, 7, 1}, {5, 5, 1, 17}, same_in_tiles));
  check(conv_case({2, 6, 6, 3}, {5, 5, 3, 5}, same_in_tiles));  // tiles of 3 x 3
  check(conv_case({1, 8, 8, 33}, {5, 5, 33, 2}, in_tiles));
  check(conv_case({1, 3, 2, 2}, {5, 5, 2, 3}, {.pad = Padding{4, 3, 2, 4}, .algorithm = ConvAlgorithm::winograd}));
}

TEST_CASE("winograd: several images in a task, several groups of tiles, chains of several chunks") {
  check(conv_case({37, 3, 3, 2}, {3, 3, 2, 3}, same_in_tiles));
  check(conv_case({1, 50, 49, 4}, {3, 3, 4, 5}, in_tiles));
  check(conv_case({1, 4, 4, 300}, {3, 3, 300, 6}, same_in_tiles));
  check(conv_case({1, 3, 3, 6}, {3, 3, 6, 300}, same_in_tiles));
}

TEST_CASE("winograd: a relu in the same pass, and its gradient stops where the output is 0") {
  Conv2d options = same_in_tiles;
  options.relu = true;
  OpCase one = conv_case({2, 4, 4, 2}, {3, 3, 2, 6}, options);
  one.inputs[0].fill = one.inputs[1].fill = uniform_values(-0.2, 0.2);  // |sum| <= 18 * 0.04 < 1
  one.inputs[2].fill = [](std::uint64_t, std::int64_t i) { return i % 2 == 0 ? 1. : -1.; };
  check(one);
}

TEST_CASE("winograd: errors on the layers that take tiles stay within a few times those of sums") {
  for (const Isa isa : isas()) {
    check_errors({4, 14, 14, 64}, {3, 3, 64, 96}, in_tiles, 1e-6, isa);
    check_errors({8, 6, 6, 96}, {3, 3, 96, 128}, same_in_tiles, 1e-6, isa);
    check_errors({2, 14, 14, 32}, {5, 5, 32, 64}, same_in_tiles, 2.4e-6, isa);
    check_errors({4, 8, 8, 32}, {5, 5, 32, 64}, in_tiles, 1e-6, isa);
  }
}

TEST_CASE("winograd: a NaN or an infinity reaches everything that sees it, and no other tile") {
  const Shape x_shape{2, 12, 12, 3}, w_shape{3, 3, 3, 5};
  const std::int64_t pixel = 6 * 12 + 7;  // of the first image; in y the window's first row is 4, its column 5
  const std::vector<float> x = normal_values(x_shape.elements(), 1, 1.f), w = normal_values(w_shape.elements(), 2, 1.f);
  const std::vector<float> dy(at(2 * 10 * 10 * 5), 1.f);
  for (const Isa isa : isas())
    for (const float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
      CAPTURE(std::string(name_of(isa)));
      Directions got(x_shape, w_shape, in_tiles, isa);
      auto bad_x = x;
      bad_x[at(pixel * 3 + 1)] = bad;
      got.run(bad_x, w, dy);
      for (std::int64_t i = 0; i < 2 * 100; ++i)
        for (std::int64_t k = 0; k < 5; ++k) {
          const bool finite = std::isfinite(got.y[at(i * 5 + k)]);
          const std::int64_t row = i / 10, column = i % 10;
          if (row >= 4 && row <= 6 && column >= 5 && column <= 7) CHECK(!finite);
          if (row >= 10) CHECK(finite);  // the other image
        }
      for (std::int64_t j = 0; j < 27 * 5; ++j) {
        if (j / 5 % 3 == 1) CHECK(!std::isfinite(got.dw[at(j)]));  // the channel
        if (j / 5 % 3 != 1) CHECK(std::isfinite(got.dw[at(j)]));
      }
      CHECK(std::ranges::all_of(got.dx, [](float v) { return std::isfinite(v); }));

      auto bad_dy = dy;
      bad_dy[at((5 * 10 + 5) * 5 + 2)] = bad;
      got.run(x, w, bad_dy);
      for (std::int64_t i = 0; i < 3; ++i)
        for (std::int64_t j = 0; j < 3; ++j)
          for (std::int64_t c = 0; c < 3; ++c) CHECK(!std::isfinite(got.dx[at(((5 + i) * 12 + 5 + j) * 3 + c)]));
      CHECK(std::isfinite(got.dx[at(144 * 3)]));
      for (std::int64_t j = 0; j < 27 * 5; ++j) CHECK(std::isfinite(got.dw[at(j)]) == (j % 5 != 2));

      auto bad_w = w;
      bad_w[at((4 * 3 + 1) * 5 + 2)] = bad;
      got.run(x, bad_w, dy);
      for (std::int64_t i = 0; i < 200 * 5; ++i) CHECK(std::isfinite(got.y[at(i)]) == (i % 5 != 2));
      for (std::int64_t i = 0; i < 288 * 3; ++i) {
        const std::int64_t row = i / 3 / 12 % 12, column = i / 3 % 12;
        if (i % 3 != 1) CHECK(std::isfinite(got.dx[at(i)]));
        if (i % 3 == 1 && row >= 1 && row <= 10 && column >= 1 && column <= 10) CHECK(!std::isfinite(got.dx[at(i)]));
      }
    }
}

TEST_CASE("winograd: convolution and max pool in one pass have the same bits as one after the other") {
  const Window pool{.kernel = 3, .stride = 2, .pad = Pad::same};
  for (const bool one_pass : {true, false})
    for (const bool differentiable : {true, false}) {
      RunOp op;
      const Shape x_shape{33, 9, 9, 5}, w_shape{3, 3, 5, 18};
      const Value x = op.graph.parameter("x", x_shape, {}), w = op.graph.parameter("w", w_shape, {}),
                  b = op.graph.parameter("b", {18}, {});
      Conv2d conv = same_in_tiles;
      conv.relu = true;
      const Value y =
          one_pass ? conv2d_max_pool(x, w, b, {conv, pool, differentiable}) : max_pool(conv2d(x, w, b, conv), pool);
      CHECK(op.graph.nodes().front().op->name == (one_pass ? "conv2d_max_pool" : "conv2d"));
      op.graph.keep(y);
      if (differentiable) backward(sum(multiply(y, y)));
      for (const WinogradTiles& tiles : tiles_of(op.graph)) CHECK(tiles == WinogradTiles{3, 3});
      op.start();
      std::vector<std::vector<float>> got;
      for (const auto& parameter : op.store.parameters())
        op.storage->set_parameter(parameter,
                                  hash_scaled(got.size() + 1, static_cast<std::size_t>(parameter.shape.elements())));
      got.push_back(op.run<float>(y));
      if (differentiable)
        for (const auto& parameter : op.store.parameters()) got.push_back(op.storage->gradient(parameter));
      static std::vector<std::vector<float>> first;
      if (first.empty()) first = got;
      for (std::size_t i = 0; i < got.size(); ++i) CHECK(got[i] == first[i]);
    }
}

TEST_CASE("winograd: auto takes tiles for many channels and images without stride, by the shape alone") {
  const Conv2d automatic, automatic_same{.pad = Pad::same};
  CHECK(chosen({128, 14, 14, 64}, {3, 3, 64, 96}, automatic) == WinogradTiles{4, 3});
  CHECK(chosen({128, 6, 6, 96}, {3, 3, 96, 128}, automatic_same) == WinogradTiles{3, 3});
  CHECK(chosen({128, 14, 14, 32}, {5, 5, 32, 64}, automatic_same) == WinogradTiles{3, 5});
  CHECK(chosen({128, 8, 8, 32}, {5, 5, 32, 64}, automatic) == WinogradTiles{2, 5});
  CHECK(chosen({16, 14, 14, 64}, {3, 3, 64, 96}, automatic) == WinogradTiles{4, 3});
  const auto direct = WinogradTiles{};
  CHECK(chosen({15, 14, 14, 64}, {3, 3, 64, 96}, automatic) == direct);      // too few images
  CHECK(chosen({128, 28, 28, 1}, {5, 5, 1, 32}, automatic_same) == direct);  // too few channels
  CHECK(chosen({128, 32, 32, 3}, {5, 5, 3, 64}, automatic) == direct);
  CHECK(chosen({128, 14, 14, 64}, {3, 3, 64, 8}, automatic) == direct);
  CHECK(chosen({128, 14, 14, 64}, {3, 3, 64, 96}, {.stride = 2}) == direct);
  CHECK(chosen({128, 14, 14, 64}, {1, 1, 64, 96}, automatic) == direct);  // kernels without tiles
  CHECK(chosen({128, 14, 14, 64}, {7, 7, 64, 96}, automatic) == direct);
  CHECK(chosen({128, 14, 14, 64}, {3, 5, 64, 96}, automatic) == direct);
  CHECK(chosen({128, 3, 3, 64}, {3, 3, 64, 96}, automatic) == direct);        // one pixel of a tile counts
  CHECK(chosen({128, 14, 14, 4096}, {3, 3, 4096, 96}, automatic) == direct);  // no tile fits
  CHECK(chosen({128, 14, 14, 64}, {3, 3, 64, 96}, {.algorithm = ConvAlgorithm::direct}) == direct);
  CHECK(chosen({128, 14, 14, 64}, {3, 3, 64, 96}, {.stride = 2, .algorithm = ConvAlgorithm::winograd}) == direct);
}

TEST_CASE("winograd: without an image there is nothing, and no gradient") {
  RunOp op;
  const Value w = op.graph.parameter("w", {3, 3, 3, 4}, {}), b = op.graph.parameter("b", {4}, {});
  const Value y = conv2d(op.graph.input("x", Type::f32, {0, 8, 8, 3}), w, b, in_tiles);
  CHECK(tiles_of(op.graph).front());
  check_nothing(op, y);
}

TEST_CASE("winograd: images of tasks and tiles of groups fit into the worker's memory") {
  for (const std::int64_t images : {1, 15, 16, 33, 128, 1000})
    for (const std::int64_t floats : {1, 100, 4608, 12544, 13824, 70'000, 400'000}) {
      const ImageCut cut = cut_images(images, floats);
      CHECK(cut.images * cut.tasks >= images);
      CHECK((cut.images == 1 || cut.images * floats <= 64 * 1024));
      if (images >= 16) CHECK(cut.tasks >= 16 * images / (images + 15));
    }
  for (const std::int64_t tiles : {1, 2, 35, 36, 1000})
    for (const std::int64_t floats : {100, 3456, 200'000}) {
      const std::int64_t groups = groups_of_tiles(tiles, floats, group_floats);
      const std::int64_t most = (tiles + groups - 1) / groups;
      CHECK((most == 1 || most * floats <= group_floats));
      // Two transforms whose positions are spread.
      CHECK(36 * (position_stride(most * floats / 72) + position_stride(most * floats / 72)) <=
            std::max(most * floats, group_floats) + group_slack);
    }
}

}  // namespace deepobs
