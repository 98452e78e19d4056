#include <doctest/doctest.h>

#include <cmath>

#include "tests/kernels/update/update_case.h"

// The optimizers that README.md shows: the build takes them from there, one file each.

namespace deepobs {

Optimizer signum();
Optimizer lars();
Optimizer small_muon();

namespace {

std::vector<float> gradient_of(std::uint64_t step, std::uint64_t tensor, std::int64_t size) {
  return hash_scaled(900 + 10 * step + tensor, static_cast<std::size_t>(size));
}

void check_near(const std::vector<float>& values, const std::vector<double>& exact) {
  REQUIRE(values.size() == exact.size());
  for (std::size_t i = 0; i < values.size(); ++i) CHECK(std::fabs(static_cast<double>(values[i]) - exact[i]) <= 1e-6);
}

double norm_of(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value * value;
  return std::sqrt(sum);
}

TEST_CASE("README's Signum steps against the sign of the momentum") {
  UpdateCase run(signum(), std::vector<NamedValue>{{"momentum", 0.75}}, {{17}});
  std::vector<double> p(17), m(17);
  for (std::size_t i = 0; i < 17; ++i) p[i] = hash_value(0, i);
  for (std::uint64_t step = 0; step < 5; ++step) {
    const auto g = gradient_of(step, 0, 17);
    for (std::size_t i = 0; i < 17; ++i) {
      m[i] = 0.75 * m[i] + 0.25 * g[i];
      p[i] -= 0.01 * (m[i] > 0 ? 1 : -1);
    }
    run.step({g}, 0.01);
  }
  check_near(run.parameter(0), p);
}

TEST_CASE("README's LARS makes steps as long as the tensors, and plain ones of tensors without length") {
  const std::vector<NamedValue> given{{"momentum", 0.75}, {"trust", 0.5}};
  UpdateCase run(lars(), given, {{3, 5}, {17}});
  const std::array<std::int64_t, 2> sizes{15, 17};
  std::array<std::vector<double>, 2> p, m;
  for (std::size_t t = 0; t < 2; ++t) {
    m[t].resize(static_cast<std::size_t>(sizes[t]));
    for (std::size_t i = 0; i < m[t].size(); ++i) p[t].push_back(hash_value(t, i));
  }
  for (std::uint64_t step = 0; step < 5; ++step) {
    std::vector<std::vector<float>> gradients;
    for (std::size_t t = 0; t < 2; ++t) {
      gradients.push_back(gradient_of(step, t, sizes[t]));
      if (step == 2 && t == 1) std::ranges::fill(gradients[1], 0.f);
      const std::vector<double> g(gradients[t].begin(), gradients[t].end());
      const double ratio = norm_of(g) > 0 ? 0.5 * norm_of(p[t]) / norm_of(g) : 1;
      for (std::size_t i = 0; i < m[t].size(); ++i) {
        m[t][i] = 0.75 * m[t][i] + ratio * g[i];
        p[t][i] -= 0.1 * m[t][i];
      }
    }
    run.step(gradients, 0.1);
  }
  for (std::size_t t = 0; t < 2; ++t) check_near(run.parameter(t), p[t]);
}

TEST_CASE("README's small Muon goes along the nearest orthogonal matrix, and straight down for the rest") {
  constexpr std::int64_t rows = 8, columns = 12;
  UpdateCase run(small_muon(), {}, {{rows, columns}, {5}});
  const auto before = run.parameter(0), bias = run.parameter(1);
  const auto g = gradient_of(0, 0, rows * columns), g_bias = gradient_of(0, 1, 5);
  run.step({g, g_bias}, 0.5);
  const auto after = run.parameter(0);
  const auto dot = [&](const auto& a, std::int64_t i, const auto& b, std::int64_t j) {
    double sum = 0;
    for (std::int64_t k = 0; k < columns; ++k) sum += static_cast<double>(a(i * columns + k)) * b(j * columns + k);
    return sum;
  };
  const auto step = [&](std::int64_t i) {
    const auto at = static_cast<std::size_t>(i);
    return (static_cast<double>(before[at]) - static_cast<double>(after[at])) / 0.5;
  };
  const auto gradient = [&](std::int64_t i) { return static_cast<double>(g[static_cast<std::size_t>(i)]); };
  for (std::int64_t i = 0; i < rows; ++i)
    for (std::int64_t j = 0; j <= i; ++j) {
      CHECK(std::fabs(dot(step, i, step, j) - (i == j)) <= 1e-5);
      // The nearest one is the factor u of g = s u, s symmetric (Higham, 2008, theorem 8.4).
      CHECK(std::fabs(dot(gradient, i, step, j) - dot(gradient, j, step, i)) <= 1e-5);
    }
  std::vector<double> exact;
  for (std::size_t i = 0; i < 5; ++i)
    exact.push_back(static_cast<double>(bias[i]) - 0.5 * static_cast<double>(g_bias[i]));
  check_near(run.parameter(1), exact);
}

}  // namespace
}  // namespace deepobs
