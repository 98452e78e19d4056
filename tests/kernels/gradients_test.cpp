#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "kernels/backward.h"
#include "kernels/ops/activation/relu.h"
#include "kernels/ops/activation/sigmoid.h"
#include "kernels/ops/activation/tanh.h"
#include "kernels/ops/convolution/conv2d.h"
#include "kernels/ops/dense/linear.h"
#include "kernels/ops/elementwise/algebra.h"
#include "kernels/ops/elementwise/unary.h"
#include "kernels/ops/loss/mse.h"
#include "kernels/ops/loss/softmax_xent.h"
#include "kernels/ops/pool/avg_pool.h"
#include "kernels/ops/pool/max_pool.h"
#include "kernels/ops/random/dropout.h"
#include "kernels/ops/reduce/l2_penalty.h"
#include "kernels/ops/reduce/reduce.h"
#include "kernels/ops/shape/reshape.h"
#include "tests/error_of.h"
#include "tests/golden/hash_values.h"
#include "tests/kernels/harness/op_case.h"
#include "tests/kernels/harness/run_op.h"

// Gradients as values. What they are is a formula; that they can be differentiated once more is seen from the gradients
// of that formula: check() takes both, in double.

namespace deepobs {
namespace {

Value gradient(Value objective, Value of, std::optional<Value> seed = std::nullopt) {
  return gradients(objective, std::vector<Value>{of}, seed)[0];
}

/// sum over f of the seed times dy/dx, elementwise: operands are the seed and x, near which nothing is steep.
OpCase elementwise_case(const std::string& name, Value (*op)(Value, Place), double (*slope)(double), Fill x) {
  return {
      .name = "gradient of " + name,
      .inputs = {{{3, 17}}, {.shape = {3, 17}, .fill = std::move(x)}},
      .build = [op](Graph&, auto in) { return gradient(op(in[1], Place::current()), in[1], in[0]); },
      .formula = [slope](auto in) { return each(in[0], in[1], [=](double s, double at) { return s * slope(at); }); },
      .forward = {.units = 16., .scale = constant_scale(8.)},
      .gradient = {.units = 64., .scale = [](auto, int) { return std::vector<double>{8.}; }}};
}

double logistic(double x) { return 1. / (1. + std::exp(-x)); }

/// [n, k] times [k, m], of which either may be transposed.
std::vector<double> product(const DoubleTensor& a, const DoubleTensor& b, bool a_turned, bool b_turned) {
  const std::int64_t n = a.shape[a_turned ? 1 : 0], k = a.shape[a_turned ? 0 : 1], m = b.shape[b_turned ? 0 : 1];
  std::vector<double> y;
  for (std::int64_t i = 0; i < n; ++i)
    for (std::int64_t j = 0; j < m; ++j) {
      double sum = 0;
      for (std::int64_t l = 0; l < k; ++l)
        sum += a[a_turned ? l * n + i : i * k + l] * b[b_turned ? j * k + l : l * m + j];
      y.push_back(sum);
    }
  return y;
}

OpCase product_case(const std::string& name, std::vector<OpInput> inputs, decltype(OpCase::build) build,
                    const Formula& formula) {
  return {.name = name,
          .inputs = std::move(inputs),
          .build = std::move(build),
          .formula = formula,
          .forward = {.units = 24., .scale = on_absolute_inputs(formula)},
          .gradient = {.units = 24.},
          .difference_step = 1.,
          .exact_on_integers = true};
}

/// The sums over all products dz[n,i,j,k] x[n,p,q,c] w[u,v,c,k] of a convolution, without the factor that is null.
std::vector<double> convolved(const Conv2d& options, const Shape& x, const Shape& w, const DoubleTensor& dz,
                              const DoubleTensor* of_x, const DoubleTensor* of_w) {
  const auto placed = place_window(x, {{static_cast<int>(w[0]), static_cast<int>(w[1])}, options.stride, options.pad},
                                   "test", Place::current());
  std::vector<double> made(static_cast<std::size_t>((of_x ? w : x).elements()));
  std::int64_t from = 0;
  for (std::int64_t n = 0; n < x[0]; ++n)
    for (std::int64_t i = 0; i < placed.output.h; ++i)
      for (std::int64_t j = 0; j < placed.output.w; ++j)
        for (std::int64_t k = 0; k < w[3]; ++k, ++from)
          for (std::int64_t u = 0; u < w[0]; ++u)
            for (std::int64_t v = 0; v < w[1]; ++v) {
              const std::int64_t p = i * options.stride.h + u - placed.padding.top;
              const std::int64_t q = j * options.stride.w + v - placed.padding.left;
              if (p < 0 || p >= x[1] || q < 0 || q >= x[2]) continue;
              for (std::int64_t c = 0; c < x[3]; ++c) {
                const std::int64_t pixel = ((n * x[1] + p) * x[2] + q) * x[3] + c;
                const std::int64_t tap = ((u * w[1] + v) * x[3] + c) * w[3] + k;
                made[static_cast<std::size_t>(of_x ? tap : pixel)] += dz[from] * (of_x ? (*of_x)[pixel] : (*of_w)[tap]);
              }
            }
  return made;
}

/// A graph on a CPU, and the numbers of some of its values after a replay.
struct Replayed : RunOp {
  Value input(const std::string& name, const Shape& shape) { return graph.input(name, Type::f32, shape); }
  void begin(std::span<const Value> kept) {
    for (const Value value : kept) graph.keep(value);
    start();
  }
};

}  // namespace

TEST_CASE("gradients: those of elementwise ops have gradients of their own") {
  const Fill moderate = uniform_values(-2., 2.), positive = uniform_values(0.5, 2.);
  check(elementwise_case(
      "exp", exp, [](double x) { return std::exp(x); }, moderate));
  check(elementwise_case(
      "log", log, [](double x) { return 1. / x; }, positive));
  check(elementwise_case(
      "sigmoid", sigmoid, [](double x) { return logistic(x) * (1. - logistic(x)); }, moderate));
  check(elementwise_case(
      "tanh", tanh, [](double x) { return 1. - std::tanh(x) * std::tanh(x); }, moderate));
  OpCase of_relu = elementwise_case(
      "relu", relu, [](double x) { return x > 0. ? 1. : 0.; }, values_off_zero(0.25, 2.));
  of_relu.inputs[1].differentiable = false;  // it depends on the sign of x alone
  check(of_relu);
}

TEST_CASE("gradients: those of sums, means and penalties have gradients of their own") {
  const auto with = [](const std::string& name, const Shape& seed, Value (*op)(Value, Place), auto spread) {
    // Of x * x, so that the gradient depends on x.
    check({.name = "gradient of " + name,
           .inputs = {{seed}, {{4, 9}}},
           .build = [op](Graph&,
                         auto in) { return gradient(op(multiply(in[1], in[1]), Place::current()), in[1], in[0]); },
           .formula =
               [spread](DoubleTensors in) {
                 std::vector<double> y;
                 for (std::int64_t i = 0; i < 36; ++i) y.push_back(2. * in[1][i] * spread(in[0], i));
                 return y;
               },
           .forward = {.units = 4., .scale = constant_scale(2.)},
           .gradient = {.units = 8., .scale = [](auto, int) { return std::vector<double>{72.}; }},
           .difference_step = 1.});
  };
  with("sum", {}, sum, [](const DoubleTensor& seed, std::int64_t) { return seed[0]; });
  with("mean", {}, mean, [](const DoubleTensor& seed, std::int64_t) { return seed[0] / 36.; });
  with("sum_rows", {4}, sum_rows, [](const DoubleTensor& seed, std::int64_t i) { return seed[i / 9]; });
  with("sum_columns", {9}, sum_columns, [](const DoubleTensor& seed, std::int64_t i) { return seed[i % 9]; });
  check({.name = "gradient of l2_penalty",
         .inputs = {{Shape{}}, {{4, 9}}},
         .build = [](Graph&, auto in) { return gradient(l2_penalty(std::vector<Value>{in[1]}, 0.5), in[1], in[0]); },
         .formula = [](auto in) { return each(in[1], [&](double w) { return 0.5 * in[0][0] * w; }); },
         .forward = {.units = 4., .scale = constant_scale(1.)},
         .gradient = {.units = 8., .scale = [](auto, int) { return std::vector<double>{36.}; }},
         .difference_step = 1.});
  check({.name = "gradient of mse",
         .inputs = {{{3}}, {{3, 5}}, {{3, 5}}},
         .build = [](Graph&, auto in) { return gradient(mse(in[1], in[2]), in[1], in[0]); },
         .formula =
             [](DoubleTensors in) {
               std::vector<double> y;
               for (std::int64_t i = 0; i < 15; ++i) y.push_back(2. / 5. * in[0][i / 5] * (in[1][i] - in[2][i]));
               return y;
             },
         .forward = {.units = 4., .scale = constant_scale(1.)},
         .gradient = {.units = 8., .scale = [](auto, int) { return std::vector<double>{5.}; }},
         .difference_step = 1.});
  check({.name = "gradient of avg_pool",
         .inputs = {{{2, 2, 2, 3}}, {{2, 4, 4, 3}}},
         .build =
             [](Graph&, auto in) {
               return gradient(avg_pool(multiply(in[1], in[1]), {.kernel = 2, .stride = 2}), in[1], in[0]);
             },
         .formula =
             [](DoubleTensors in) {
               std::vector<double> y;
               for (std::int64_t i = 0; i < 96; ++i) {
                 const std::int64_t c = i % 3, q = i / 3 % 4, p = i / 12 % 4, n = i / 48;
                 y.push_back(2. * in[1][i] * in[0][((n * 2 + p / 2) * 2 + q / 2) * 3 + c] / 4.);
               }
               return y;
             },
         .forward = {.units = 4., .scale = constant_scale(2.)},
         .gradient = {.units = 8., .scale = [](auto, int) { return std::vector<double>{4.}; }},
         .difference_step = 1.});
}

TEST_CASE("gradients: that of a cross-entropy has a gradient of its own, by the logits and by the seed") {
  check({.name = "gradient of softmax_xent",
         .inputs = {{{5}}, {.shape = {5, 7}, .fill = uniform_values(-2., 2.)}, labels_input({5}, 7)},
         .build = [](Graph&, auto in) { return gradient(softmax_xent(in[1], in[2]), in[1], in[0]); },
         .formula =
             [](DoubleTensors in) {
               std::vector<double> y;
               for (std::int64_t n = 0; n < 5; ++n) {
                 double sum = 0;
                 for (std::int64_t k = 0; k < 7; ++k) sum += std::exp(in[1][n * 7 + k]);
                 for (std::int64_t k = 0; k < 7; ++k)
                   y.push_back(in[0][n] * (std::exp(in[1][n * 7 + k]) / sum - (in[2][n] == static_cast<double>(k))));
               }
               return y;
             },
         .forward = {.units = 16., .scale = constant_scale(1.)},
         .gradient = {.units = 32., .scale = [](auto, int) { return std::vector<double>{7.}; }}});
}

TEST_CASE("gradients: those of a dense layer are products, and have gradients of their own") {
  for (const auto& [n, f, k] : {std::array<std::int64_t, 3>{1, 1, 1}, {3, 17, 33}, {64, 5, 10}, {7, 130, 3}}) {
    const OpInput dz{{n, k}}, x{{n, f}}, w{{f, k}};
    const auto fixed = [](OpInput input) {
      input.differentiable = false;
      return input;
    };
    check(product_case(
        "dz w^T", {dz, fixed(x), w}, [](Graph&, auto in) { return gradient(linear(in[1], in[2], {}), in[1], in[0]); },
        [](DoubleTensors in) { return product(in[0], in[2], false, true); }));
    check(product_case(
        "x^T dz", {dz, x, fixed(w)}, [](Graph&, auto in) { return gradient(linear(in[1], in[2], {}), in[2], in[0]); },
        [](DoubleTensors in) { return product(in[1], in[0], true, false); }));
  }
}

TEST_CASE("gradients: where a relu in front stops one, its own is stopped too") {
  // The layer's data gradient applies the relu's gate itself.
  OpCase one{
      .name = "gated dz w^T",
      .inputs = {{{5, 4}}, {.shape = {5, 7}, .fill = values_off_zero(0.25, 1.), .differentiable = false}, {{7, 4}}},
      .build = [](Graph&, auto in) { return gradient(linear(relu(in[1]), in[2], {}), in[1], in[0]); },
      .formula =
          [](DoubleTensors in) {
            auto dx = product(in[0], in[2], false, true);
            for (std::size_t i = 0; i < dx.size(); ++i)
              if (in[1].data[i] <= 0) dx[i] = 0;
            return dx;
          },
      .forward = {.units = 24., .scale = constant_scale(4.)},
      .gradient = {.units = 24., .scale = [](auto, int) { return std::vector<double>{7.}; }}};
  check(one);
}

TEST_CASE("gradients: those of a convolution are sums of its kind, and have gradients of their own") {
  struct Case {
    Shape x, w;
    Conv2d options;
  };
  for (const Case& c : std::vector<Case>{{{2, 5, 7, 3}, {3, 3, 3, 4}, {}},
                                         {{2, 6, 5, 2}, {2, 3, 2, 3}, {.stride = {1, 2}, .pad = Padding{1, 0, 2, 1}}},
                                         {{1, 4, 9, 2}, {1, 7, 2, 5}, {.pad = Pad::same}}}) {
    Store store;
    Graph graph(store);
    const Shape y = conv2d(graph.input("x", Type::f32, c.x), graph.input("w", Type::f32, c.w), {}, c.options).shape();
    const OpInput dz{y}, x{c.x}, w{c.w}, fixed_x{.shape = c.x, .differentiable = false},
        fixed_w{.shape = c.w, .differentiable = false}, fixed_b{.shape = {c.w[3]}, .differentiable = false};
    check(product_case(
        "conv2d_data_gradient", {dz, fixed_x, w},
        [=](Graph&, auto in) { return gradient(conv2d(in[1], in[2], {}, c.options), in[1], in[0]); },
        [=](DoubleTensors in) { return convolved(c.options, c.x, c.w, in[0], nullptr, &in[2]); }));
    check(product_case(
        "conv2d_weight_gradient", {dz, x, fixed_w},
        [=](Graph&, auto in) { return gradient(conv2d(in[1], in[2], {}, c.options), in[2], in[0]); },
        [=](DoubleTensors in) { return convolved(c.options, c.x, c.w, in[0], &in[1], nullptr); }));
    const auto of_bias = [=](const DoubleTensor& dz_given) {
      std::vector<double> db(static_cast<std::size_t>(c.w[3]));
      for (std::int64_t i = 0; i < dz_given.elements(); ++i) db[static_cast<std::size_t>(i % c.w[3])] += dz_given[i];
      return db;
    };
    check(product_case(
        "the gradient of conv2d's bias", {dz, fixed_x, fixed_w, fixed_b},
        [=](Graph&, auto in) { return gradient(conv2d(in[1], in[2], in[3], c.options), in[3], in[0]); },
        [=](DoubleTensors in) { return of_bias(in[0]); }));
    // One node makes both: their sums, so that it gets a gradient for either output.
    check(product_case(
        "the gradients of conv2d's weight and bias", {dz, x, fixed_w, fixed_b},
        [=](Graph&, auto in) {
          const auto both = gradients(conv2d(in[1], in[2], in[3], c.options), std::vector<Value>{in[2], in[3]}, in[0]);
          return add(both[0], both[1]);
        },
        [=](DoubleTensors in) {
          auto all = convolved(c.options, c.x, c.w, in[0], &in[1], nullptr);
          const auto db = of_bias(in[0]);
          for (std::size_t i = 0; i < all.size(); ++i) all[i] += db[i % db.size()];
          return all;
        }));
  }
}

TEST_CASE("gradients: a penalty on the norm of a network's gradient is differentiated by every parameter") {
  const std::int64_t n = 3, f = 4, h = 5;
  // Of sum tanh(x w + b) v with respect to x: (1 - tanh^2) v w^T, row by row.
  const auto formula = [=](DoubleTensors in) {
    double norm = 0;
    for (std::int64_t i = 0; i < n; ++i)
      for (std::int64_t l = 0; l < f; ++l) {
        double g = 0;
        for (std::int64_t j = 0; j < h; ++j) {
          double z = in[2][j];
          for (std::int64_t m = 0; m < f; ++m) z += in[0][i * f + m] * in[1][m * h + j];
          g += (1 - std::tanh(z) * std::tanh(z)) * in[3][j] * in[1][l * h + j];
        }
        norm += g * g;
      }
    return std::vector<double>{norm};
  };
  check({.name = "gradient norm penalty",
         .inputs = {{{n, f}}, {{f, h}}, {{h}}, {{h, 1}}},
         .build =
             [](Graph&, auto in) {
               const Value y = linear(tanh(linear(in[0], in[1], in[2])), in[3], {});
               const Value dx = gradient(sum(y), in[0]);
               return sum(multiply(dx, dx));
             },
         .formula = formula,
         .forward = {.units = 64., .scale = constant_scale(16.)},
         .gradient = {.units = 256., .scale = [](auto, int) { return std::vector<double>{16.}; }}});
}

TEST_CASE("gradients: of inputs, of what is computed on the way, of the objective itself, and zeros") {
  Replayed op;
  const Value x = op.input("x", {3}), apart = op.input("apart", {2, 2}), seed = op.input("seed", {3});
  const Value square = multiply(x, x), cube = multiply(square, x);
  const auto made = gradients(cube, std::vector<Value>{x, square, cube, apart, x}, seed);
  REQUIRE(made.size() == 5);
  CHECK(made[0] == made[4]);
  op.begin(made);
  const auto values = [&](Value value) {
    op.write<float>("x", {1, 2, -3});
    op.write<float>("seed", {1, 10, 100});
    return op.run<float>(value);
  };
  CHECK(values(made[0]) == std::vector<float>{3, 120, 2700});  // 3 x^2
  CHECK(values(made[1]) == std::vector<float>{1, 20, -300});   // x
  CHECK(values(made[2]) == std::vector<float>{1, 10, 100});
  CHECK(values(made[3]) == std::vector<float>{0, 0, 0, 0});
}

TEST_CASE("gradients: with respect to a relu's output they are not zeroed as those in front of it are") {
  // A convolution, a dense layer and a pool would zero them as they make them, were it not asked for.
  Replayed op;
  const Value x = op.input("x", {1, 2, 2, 1}), hidden = relu(x);
  const Value w = op.input("w", {1, 1, 1, 1}), v = op.input("v", {4, 1});
  std::vector<Value> made;
  made.push_back(gradient(sum(conv2d(hidden, w, {})), hidden));
  made.push_back(gradient(sum(linear(flatten(hidden), v, {})), hidden));
  made.push_back(gradient(sum(conv2d(max_pool(hidden, {.kernel = 2, .stride = 2}), w, {})), hidden));
  made.push_back(gradient(sum(conv2d(hidden, w, {})), x));
  op.begin(made);
  const auto values = [&](Value value) {
    op.write<float>("x", {-1, -2, -3, -4});  // the pool's winner is one of four zeros
    op.write<float>("w", {3});
    op.write<float>("v", {1, 2, 3, 4});
    return op.run<float>(value);
  };
  CHECK(values(made[0]) == std::vector<float>{3, 3, 3, 3});
  CHECK(values(made[1]) == std::vector<float>{1, 2, 3, 4});
  CHECK(values(made[2]) == std::vector<float>{3, 0, 0, 0});
  CHECK(values(made[3]) == std::vector<float>{0, 0, 0, 0});
}

TEST_CASE("gradients: by a pool's input, through its winners, there is nothing to differentiate") {
  Replayed op;
  const Value x = op.input("x", {1, 2, 2, 1});
  const Value winner = gradient(sum(max_pool(x, {.kernel = 2, .stride = 2})), x);  // 1 at its place
  const Value again = gradient(sum(multiply(winner, x)), x);
  op.begin(std::vector<Value>{again});
  op.write<float>("x", {1, 4, 3, 2});
  CHECK(op.run<float>(again) == std::vector<float>{0, 1, 0, 0});
}

TEST_CASE("gradients: dropout's own gradient drops what it dropped") {
  Replayed op;
  const Value x = op.input("x", {64}), s = op.input("s", {64}), t = op.input("t", {64});
  const Value first = gradient(dropout(x, 0.5, 3), x, s), second = gradient(first, s, t), dropped = dropout(t, 0.5, 3);
  op.begin(std::vector<Value>{second, dropped});
  op.write("t", hash_scaled(1, 64));
  CHECK(op.run<float>(second) == op.run<float>(dropped));
}

TEST_CASE("gradients: any number of them, before and behind backward(), which stays the only one of its kind") {
  RunOp op;
  const Value w = op.graph.parameter("w", {3}, {}), x = op.graph.input("x", Type::f32, {3});
  op.graph.set_label("layer");
  const Value y = multiply(w, x), loss = sum(multiply(y, y));
  const Value before = gradient(loss, w);
  CHECK(op.graph.label() == "layer");
  const Value objective = add(loss, sum(multiply(before, before)));
  backward(objective);
  check_error([&] { backward(loss); }, Fault::usage, "gradients were recorded already");
  const Value behind = gradient(objective, w), twice = gradient(loss, x);
  for (const Value value : {before, behind, twice}) op.graph.keep(value);
  op.start();
  op.storage->set_parameter(op.store.parameters()[0], std::vector<float>{1, 2, 3});
  op.write<float>("x", {1, -1, 2});
  CHECK(op.run<float>(before) == std::vector<float>{2, 4, 24});  // 2 w x^2
  CHECK(op.run<float>(twice) == std::vector<float>{2, -8, 36});  // 2 w^2 x
  // 2 w x^2 + 8 w x^4
  CHECK(op.run<float>(behind) == std::vector<float>{10, 20, 408});
  CHECK(op.storage->gradient(op.store.parameters()[0]) == std::vector<float>{10, 20, 408});
}

TEST_CASE("gradients: what they cannot be taken of, or with respect to, is refused with words") {
  Store store, other_store;
  Graph graph(store), other(other_store);
  const Value w = graph.parameter("w", {2, 3}, {}), labels = graph.input("labels", Type::i32, {2});
  const Value stranger = other.input("x", Type::f32, {2});
  const Value losses = softmax_xent(w, labels);
  check_error([&] { gradient(losses, w); }, Fault::usage, "or with a seed like the objective");
  check_error([&] { gradient(losses, w, graph.input("seed", Type::f32, {3})); }, Fault::usage,
              "the seed of gradients must be like the objective: [3], buffer 'seed'");
  check_error([&] { gradient(labels, w); }, Fault::usage, "must be float32, not int32");
  check_error([&] { gradient(sum(losses), labels); }, Fault::usage, "must be float32, not int32");
  check_error([&] { gradient(sum(losses), stranger); }, Fault::usage, "belongs to another graph");
  check_error([&] { gradient(sum(losses), Value()); }, Fault::usage, "an empty Value");
  check_error(
      [&] {
        gradient(sum(losses), graph.region(Store::parameters_id, 0, {2, 3}));
      },
      Fault::usage, "no gradient is taken with respect to a place in the parameters' buffer");
  check_error([&] { gradient(sum(losses), graph.buffer(Store::parameters_id)); }, Fault::usage,
              "no gradient is taken with respect to a place in the parameters' buffer");
  const Value images = graph.parameter("images", {1, 4, 4, 1}, {});
  const Value pooled = max_pool(images, {.kernel = 2, .stride = 2});
  const Value dx = gradient(sum(multiply(pooled, pooled)), images);
  check_error(
      [&] { gradient(sum(multiply(dx, dx)), images); }, Fault::usage,
      {"max_pool_gradient", "computes a gradient and has none of its own", "cannot be differentiated a second time"});
}

}  // namespace deepobs
