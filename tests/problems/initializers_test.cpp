#include "problems/network/initializers.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numbers>
#include <string>
#include <vector>

#include "problems/problem.h"
#include "tests/kernels/harness/run_op.h"
#include "tests/problems/batch_inputs.h"

// Every draw is a pure function of its seed, so nothing here is left to chance: a bound that holds, holds always. The
// bounds are those that a correct generator breaks with a probability below 1e-6.

namespace deepobs {
namespace {

constexpr double cut_deviation = 0.87962566103423978;  // of the standard normal cut at two deviations

std::vector<float> draw(const Initializer& initializer, std::size_t count, std::uint64_t seed = 42,
                        std::uint64_t stream = 0) {
  std::vector<float> values(count);
  initializer(values, seed, stream);
  return values;
}

struct Moments {
  double mean = 0, deviation = 0, largest = 0;
};
Moments moments(const std::vector<float>& values) {
  Moments m;
  const auto count = static_cast<double>(values.size());
  for (const float x : values) m.mean += x / count, m.largest = std::max(m.largest, std::abs(double{x}));
  for (const float x : values) m.deviation += (x - m.mean) * (x - m.mean) / count;
  m.deviation = std::sqrt(m.deviation);
  return m;
}

/// Largest distance between the empirical and the true distribution function.
double kolmogorov_smirnov(std::vector<float> values, const std::function<double(double)>& cdf) {
  std::ranges::sort(values);
  double distance = 0;
  const auto count = static_cast<double>(values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double f = cdf(values[i]), at = static_cast<double>(i);
    distance = std::max({distance, f - at / count, (at + 1) / count - f});
  }
  return distance;
}

double normal_cdf(double x) { return 0.5 * std::erfc(-x / std::numbers::sqrt2); }
double cut_normal_cdf(double x) {
  if (x <= -2 || x >= 2) return x < 0 ? 0 : 1;
  return (normal_cdf(x) - normal_cdf(-2)) / (normal_cdf(2) - normal_cdf(-2));
}

constexpr std::size_t many = 400'000;
const double root_many = std::sqrt(static_cast<double>(many));

/// Mean, deviation, cut and whole distribution of values whose standard form has this distribution function on
/// [-limit, limit].
void check_distribution(const std::vector<float>& values, double scale, double limit, double deviation,
                        const std::function<double(double)>& cdf) {
  const Moments m = moments(values);
  CHECK(std::abs(m.mean) < 5 * deviation * scale / root_many);
  // The deviation of a sample deviates by at most deviation / sqrt(2 n) for distributions with lighter tails than
  // normal.
  CHECK(std::abs(m.deviation - deviation * scale) < 5 * deviation * scale / root_many / std::numbers::sqrt2);
  CHECK(m.largest <= limit * scale * (1 + 0x1p-23));
  CHECK(m.largest > 0.999 * limit * scale);
  std::vector<float> standard;
  for (const float x : values) standard.push_back(static_cast<float>(x / scale));
  CHECK(kolmogorov_smirnov(standard, cdf) < 2.7 / root_many);  // P(sqrt(n) D > 2.7) = 2 exp(-2 * 2.7^2) = 9e-7
}

TEST_CASE("initializers: constant") {
  for (const float x : draw(init::constant(0.05), 1001)) CHECK(x == 0.05f);
  for (const float x : draw(init::constant(0), 3)) CHECK(x == 0.f);
}

TEST_CASE("initializers: truncated normal is cut at two deviations and not corrected") {
  for (const double s : {0.03, 0.05})
    check_distribution(draw(init::truncated_normal(s), many), s, 2, cut_deviation, cut_normal_cdf);
}

TEST_CASE("initializers: Glorot normal has its deviation after the cut") {
  const double deviation = std::sqrt(2. / (75 + 1600));
  const auto values = draw(init::glorot_normal(75, 1600), many);
  check_distribution(values, deviation / cut_deviation, 2, cut_deviation, cut_normal_cdf);
  CHECK(std::abs(moments(values).deviation / deviation - 1) < 0.006);  // without the correction: 0.88
}

TEST_CASE("initializers: Glorot uniform") {
  check_distribution(draw(init::glorot_uniform(1152, 512), many), std::sqrt(6. / (1152 + 512)), 1,
                     1 / std::numbers::sqrt3, [](double x) { return std::clamp((x + 1) / 2, 0., 1.); });
}

TEST_CASE("initializers: a prefix is a prefix, and seeds and parameters are apart") {
  for (const auto& initializer : {init::truncated_normal(1), init::glorot_uniform(3, 3)}) {
    const auto values = draw(initializer, 1000);
    for (const std::size_t count : {1, 2, 3, 4, 5, 17, 999})
      CHECK(draw(initializer, count) == std::vector<float>(values.begin(), values.begin() + static_cast<int>(count)));
    // Draws of other seeds and streams are not correlated: the mean product of n standard pairs is below 5 / sqrt(n).
    for (const auto& other :
         {draw(initializer, 1000, 43), draw(initializer, 1000, 42, 1), draw(initializer, 1000, 0)}) {
      double product = 0, squares = 0;
      for (std::size_t i = 0; i < values.size(); ++i)
        product += double{values[i]} * other[i], squares += double{values[i]} * values[i];
      CHECK(std::abs(product / squares) < 5 / std::sqrt(1000.));
    }
  }
}

/// The initial parameters of a problem, in the order of creation.
struct Initial {
  Initial(const Problem& problem, std::uint64_t seed) {
    RunOp op;
    Layers layers(op.graph, Mode::train);
    problem.record(layers, batch_inputs(op.graph, problem, 1));
    op.start({.threads = 1});
    op.storage->initialize(seed);
    for (const auto& parameter : op.store.parameters()) {
      names.push_back(parameter.name);
      values.push_back(op.storage->parameter(parameter));
    }
  }
  const std::vector<float>& of(const std::string& name) const {
    const auto at = std::ranges::find(names, name);
    REQUIRE(at != names.end());
    return values[static_cast<std::size_t>(at - names.begin())];
  }

  std::vector<std::string> names;
  std::vector<std::vector<float>> values;
};

/// A weight that is drawn within +-bound with this deviation.
struct Drawn {
  std::string name;
  double bound, deviation;
};
Drawn cut_normal(const std::string& name, double sigma) { return {name, 2 * sigma, cut_deviation * sigma}; }
Drawn uniform(const std::string& name, double bound) { return {name, bound, bound / std::numbers::sqrt3}; }

void check_initial(const std::string& problem, const std::vector<Drawn>& weights, float bias) {
  const Initial initial(find_problem(problem), 42);
  CHECK(initial.names.size() == 2 * weights.size());
  for (const auto& weight : weights) {
    INFO(problem, ' ', weight.name);
    const auto& values = initial.of(weight.name + ".weight");
    const auto n = static_cast<double>(values.size());
    const Moments m = moments(values);
    CHECK(m.largest <= weight.bound * (1 + 1e-5));  // the specification gives six digits
    // P(no one of n beyond q * bound) < 1e-6 for the share that lies there, at least (1 - q) / 7 of a cut normal.
    CHECK(m.largest > weight.bound * (1 - std::min(0.5, 7 * 14 / n)));
    CHECK(std::abs(m.mean) < 5 * weight.deviation / std::sqrt(n));
    CHECK(std::abs(m.deviation / weight.deviation - 1) < 5 / std::sqrt(2 * n) + 1e-5);
    const auto& biases = initial.of(weight.name + ".bias");
    CHECK(std::ranges::all_of(biases, [&](float b) { return b == bias; }));
  }
}

TEST_CASE("initializers: each problem's weights keep the bounds of DeepOBS") {
  for (const std::string data : {"mnist", "fmnist"}) {
    check_initial(data + "_mlp",
                  {cut_normal("fc1", 0.03), cut_normal("fc2", 0.03), cut_normal("fc3", 0.03), cut_normal("fc4", 0.03)},
                  0);
    check_initial(
        data + "_2c2d",
        {cut_normal("conv1", 0.05), cut_normal("conv2", 0.05), cut_normal("fc1", 0.05), cut_normal("fc2", 0.05)},
        0.05f);
  }
  for (const int classes : {10, 100})
    check_initial(
        "cifar" + std::to_string(classes) + "_3c3d",
        {cut_normal("conv1", 0.0392835), cut_normal("conv2", 0.0423678), cut_normal("conv3", 0.0358073),
         uniform("fc1", 0.0600481), uniform("fc2", 0.0883883), uniform("fc3", classes == 10 ? 0.150188 : 0.129823)},
        0);
}

TEST_CASE("initializers: logistic regression starts at zero") {
  for (const char* problem : {"mnist_logreg", "fmnist_logreg"})
    for (const auto& values : Initial(find_problem(problem), 7).values)
      CHECK(std::ranges::all_of(values, [](float x) { return x == 0; }));
}

TEST_CASE("initializers: the regulariser starts where the variances put it") {
  struct Expected {
    const char* problem;
    double regulariser;
  };
  for (const auto& [name, expected] : {Expected{"cifar10_3c3d", 1.26175}, Expected{"cifar100_3c3d", 1.38632}})
    for (const std::uint64_t seed : {42, 43, 44}) {
      const Problem& problem = find_problem(name);
      const Initial initial(problem, seed);
      double squares = 0;
      for (std::size_t i = 0; i < initial.names.size(); ++i)
        if (initial.names[i].ends_with(".weight"))
          for (const float w : initial.values[i]) squares += double{w} * w;
      INFO(name, " seed ", seed);
      CHECK(std::abs(0.5 * problem.weight_decay.value() * squares / expected - 1) < 0.01);
    }
}

}  // namespace
}  // namespace deepobs
