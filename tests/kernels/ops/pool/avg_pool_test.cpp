#include "kernels/ops/pool/avg_pool.h"

#include <doctest/doctest.h>

#include <cmath>
#include <numeric>

#include "tests/error_of.h"
#include "tests/kernels/ops/pool/pool_cases.h"

namespace deepobs {
namespace {

double mean_of(const std::vector<double>& pixels) {
  return std::accumulate(pixels.begin(), pixels.end(), 0.) / static_cast<double>(pixels.size());
}

/// |mean| + 2^-26 mean |x|: one rounding to float, and the roundings of the sum in double, at most 2^-50 of its terms.
std::vector<double> mean_scale(const PoolCase& p, const DoubleTensor& x) {
  return over_windows(p, x, [](std::vector<double> pixels) {
    const double mean = std::abs(mean_of(pixels));
    for (double& pixel : pixels) pixel = std::abs(pixel);
    return mean + 0x1p-26 * mean_of(pixels);
  });
}

OpCase mean_case(const PoolCase& p, std::function<Value(Value)> build) {
  return {.name = "avg_pool",
          .inputs = {{p.x}},
          .build =
              [=](Graph&, auto in) {
                const Value y = build(in[0]);
                if (in[0].shape() == p.x) CHECK(y.shape() == p.output_shape());
                return y;
              },
          .formula = [=](auto in) { return over_windows(p, in[0], mean_of); },
          .forward = {.units = 1., .scale = [=](auto in) { return mean_scale(p, in[0]); }},
          // Roundings of the weight, of the product, and of the additions.
          .gradient = {.units = 1. + windows_at_a_pixel(p.window)},
          .difference_step = 1.};  // linear
}

}  // namespace

TEST_CASE("avg_pool is the mean of the real pixels under the window") {
  for (const auto& p : pool_cases()) check(mean_case(p, [&](Value x) { return avg_pool(x, p.window); }));
}

TEST_CASE("avg_pool on enough rows for several tasks") {
  const PoolCase p{{3, 40, 40, 17}, {.kernel = 3, .stride = 1, .pad = Pad::same}, {1, 1, 1, 1}, {40, 40}};
  check(mean_case(p, [&](Value x) { return avg_pool(x, p.window); }));
}

TEST_CASE("global_avg_pool is the mean of all pixels") {
  for (const std::int64_t channels : {1, 3, 17, 64}) {
    const PoolCase p{{3, 8, 7, channels}, {.kernel = {8, 7}}, {}, {1, 1}};
    check(mean_case(p, [](Value x) { return global_avg_pool(x); }));
  }
  Store store;
  Graph graph(store);
  const Value row = graph.input("row", Type::f32, {4, 8});
  check_error([&] { global_avg_pool(row); }, Fault::usage, "x must be images [N, H, W, C], not [4, 8]");
}

}  // namespace deepobs
