#include "kernels/ops/recurrent/lstm.h"

#include <doctest/doctest.h>

#include <array>
#include <cmath>

#include "kernels/ops/elementwise/algebra.h"
#include "kernels/ops/reduce/reduce.h"
#include "kernels/ops/shape/reshape.h"
#include "tests/error_of.h"
#include "tests/kernels/harness/op_case.h"

namespace deepobs {
namespace {

struct Sizes {
  std::int64_t sequences, steps, features, units;
};

/// Operands in the order of the cases below.
enum Given : std::uint8_t { x, weight_ih, weight_hh, bias, h0, c0 };

double sigmoid(double z) { return 1. / (1. + std::exp(-z)); }

/// What the definition makes of one sequence, and how far float32 may be from it.
class Sequence {
 public:
  Sequence(DoubleTensors in, const Sizes& s, double forget_bias, std::int64_t n)
      : in_(in), s_(s), forget_bias_(forget_bias), n_(n) {
    for (std::int64_t j = 0; j < s.units; ++j) {
      h.push_back(in[h0][n * s.units + j]);
      c.push_back(in[c0][n * s.units + j]);
    }
    wrong_h = wrong_c = std::vector<double>(h.size());
  }

  void step(std::int64_t t) {
    const auto before = h, wrong_before = wrong_h;
    for (std::int64_t j = 0; j < s_.units; ++j) {
      std::array<double, 4> z{}, wrong{};
      for (std::int64_t q = 0; q < 4; ++q) {
        const std::int64_t column = q * s_.units + j, width = 4 * s_.units;
        auto& sum = z[static_cast<std::size_t>(q)];
        auto& error = wrong[static_cast<std::size_t>(q)];
        double terms = std::abs(in_[bias][column]);
        sum = in_[bias][column] + (q == 1 ? forget_bias_ : 0.);
        for (std::int64_t k = 0; k < s_.features; ++k) {
          const double term = in_[x][(n_ * s_.steps + t) * s_.features + k] * in_[weight_ih][k * width + column];
          sum += term;
          terms += std::abs(term);
        }
        for (std::int64_t k = 0; k < s_.units; ++k) {
          const double w = in_[weight_hh][k * width + column];
          sum += before[at(k)] * w;
          terms += std::abs(before[at(k)] * w);
          error += wrong_before[at(k)] * std::abs(w);
        }
        error += 26. * terms + 2.;  // two products of 24 u each at most, and the sums of their results
        // A function of slope 1, or 1/4 at most, and its own error of 3 units.
        error = (q == 2 ? error : error / 4.) + 3.;
      }
      const double i = sigmoid(z[0]), f = sigmoid(z[1]), g = std::tanh(z[2]), o = sigmoid(z[3]), c_before = c[at(j)];
      c[at(j)] = f * c_before + i * g;
      wrong_c[at(j)] =
          wrong_c[at(j)] + std::abs(c_before) * wrong[1] + wrong[0] + wrong[2] + 3. * (1. + std::abs(c_before));
      h[at(j)] = o * std::tanh(c[at(j)]);
      wrong_h[at(j)] = wrong[3] + wrong_c[at(j)] + 4.;
    }
  }

  std::vector<double> h, c, wrong_h, wrong_c;  // the last two in u, 2^-24

 private:
  static std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

  DoubleTensors in_;
  const Sizes& s_;
  double forget_bias_;
  std::int64_t n_;
};

enum class Made { y, h, c };

/// y [N, T, H], or the last h or c [N, H]: their values, or the bounds of their errors in u.
Formula formula_of(Made which, const Sizes& s, double forget_bias, bool bound) {
  return [=](DoubleTensors in) {
    std::vector<double> made;
    const auto append = [&](const std::vector<double>& row) { made.insert(made.end(), row.begin(), row.end()); };
    for (std::int64_t n = 0; n < s.sequences; ++n) {
      Sequence sequence(in, s, forget_bias, n);
      for (std::int64_t t = 0; t < s.steps; ++t) {
        sequence.step(t);
        if (which == Made::y) append(bound ? sequence.wrong_h : sequence.h);
      }
      if (which == Made::h) append(bound ? sequence.wrong_h : sequence.h);
      if (which == Made::c) append(bound ? sequence.wrong_c : sequence.c);
    }
    return made;
  };
}

LstmOutput record(std::span<const Value> in, double forget_bias) {
  return lstm(in[x], {in[weight_ih], in[weight_hh], in[bias]}, in[h0], in[c0], {.forget_bias = forget_bias});
}

OpCase lstm_case(Made which, const Sizes& s, double forget_bias = 0.) {
  const double size = 1. / std::sqrt(static_cast<double>(s.units));
  const Fill weights = uniform_values(-size, size);
  return {.name = which == Made::y   ? "lstm"
                  : which == Made::h ? "lstm, last h"
                                     : "lstm, last c",
          .inputs = {{{s.sequences, s.steps, s.features}},
                     {{s.features, 4 * s.units}, weights},
                     {{s.units, 4 * s.units}, weights},
                     {{4 * s.units}},
                     {{s.sequences, s.units}},
                     {{s.sequences, s.units}}},
          .build =
              [=](Graph&, auto in) {
                const LstmOutput made = record(in, forget_bias);
                return which == Made::y ? made.y : which == Made::h ? made.h : made.c;
              },
          .formula = formula_of(which, s, forget_bias, false),
          .forward = {.units = 1., .scale = formula_of(which, s, forget_bias, true)},
          // A path back through one step is a product of at most 8 numbers: a weight, gates and their slopes, with
          // errors of up to 10 u each that they inherit from the sums.
          .gradient = {.units = 80. * static_cast<double>(s.steps)}};
}

}  // namespace

TEST_CASE("lstm: the outputs of all steps") {
  check(lstm_case(Made::y, {1, 1, 1, 1}));
  check(lstm_case(Made::y, {3, 4, 5, 7}));
  check(lstm_case(Made::y, {5, 3, 2, 17}, 1.));
  check(lstm_case(Made::y, {9, 2, 33, 16}, -0.5));  // more sequences than one task has
  check(lstm_case(Made::y, {1, 2, 3, 260}));
  check(lstm_case(Made::y, {2, 2, 3, 70}));  // a weight of more columns and terms than one tile and chunk
}

TEST_CASE("lstm: the state behind the last step") {
  for (const Made which : {Made::h, Made::c}) {
    check(lstm_case(which, {1, 1, 1, 1}));
    check(lstm_case(which, {3, 4, 5, 7}, 1.));
    check(lstm_case(which, {17, 2, 3, 16}));
  }
}

TEST_CASE("lstm: gradients of outputs and state add up") {
  const Sizes s{3, 3, 4, 5};
  OpCase both = lstm_case(Made::h, s);
  both.name = "lstm, all outputs";
  both.build = [=](Graph&, auto in) {
    const LstmOutput made = record(in, 0.);
    return sum_of(std::array{sum(made.y), sum(made.h), sum(made.c)});
  };
  const auto total = [=](bool bound) {
    return [=](DoubleTensors in) {
      double sum = 0.;
      for (const Made which : {Made::y, Made::h, Made::c})
        for (const double one : formula_of(which, s, 0., bound)(in)) sum += bound ? one + 2. : one;
      return std::vector<double>{sum};
    };
  };
  both.formula = total(false);
  both.forward.scale = total(true);
  check(both);
}

TEST_CASE("lstm refuses shapes that do not fit, and takes sequences without steps") {
  Store store;
  Graph graph(store);
  const Value none = graph.input("x", Type::f32, {2, 0, 3}), w = graph.input("w", Type::f32, {3, 8});
  const Value u = graph.input("u", Type::f32, {2, 8}), b = graph.input("b", Type::f32, {8});
  const Value h = graph.input("h", Type::f32, {2, 2}), c = graph.input("c", Type::f32, {2, 2});
  const LstmOutput made = lstm(none, {w, u, b}, h, c);
  CHECK(made.y.shape() == Shape{2, 0, 2});
  check_error([&] { lstm(b, {w, u, b}, h, c); }, Fault::usage, "x must be [N, T, D]");
  check_error([&] { lstm(none, {b, u, b}, h, c); }, Fault::usage, "the weights must be [D, 4H] and [H, 4H]");
  check_error([&] { lstm(none, {w, w, b}, h, c); }, Fault::usage, "weight_hh must be [H, 4H]");
  check_error([&] { lstm(none, {u, u, b}, h, c); }, Fault::usage, "weight_ih must be [D, 4H]");
  check_error([&] { lstm(none, {w, u, h}, h, c); }, Fault::usage, "bias must be [4H]");
  check_error([&] { lstm(none, {w, u, b}, u, c); }, Fault::usage, "h0 and c0 must be [N, H]");
  check_error([&] { lstm(none, {w, u, b}, h, u); }, Fault::usage, "buffer 'u'");
  const auto wide = [&](const char* name, const Shape& shape) { return graph.input(name, Type::f32, shape); };
  constexpr std::int64_t units = (1 << 13) + 1;
  const LstmParameters many{wide("wide w", {3, 4 * units}), wide("wide u", {units, 4 * units}),
                            wide("wide b", {4 * units})};
  check_error(
      [&] {
        lstm(none, many, wide("wide h", {2, units}), wide("wide c", {2, units}));
      },
      Fault::usage, "at most 2^13 units");
}

}  // namespace deepobs
