#include <dlfcn.h>
#include <doctest/doctest.h>

#include <cmath>

#include "kernels/ops/elementwise/algebra.h"
#include "kernels/ops/reduce/reduce.h"
#include "problems/network/network.h"
#include "tests/error_of.h"
#include "tests/gpus_under_test.h"

// The op of tests/package/own_op, which README.md shows: an op of a program's own, with bodies of the program's own.

namespace mine {

deepobs::Value squareplus(deepobs::Value x, deepobs::Place at = deepobs::Place::current());

namespace {
deepobs::CudaBody squareplus_body, squareplus_gradient_body;  // of the library that is being tested
}

void cuda_squareplus(const deepobs::Call& call, deepobs::CudaQueue& queue) { squareplus_body(call, queue); }
void cuda_squareplus_gradient(const deepobs::Call& call, deepobs::CudaQueue& queue) {
  squareplus_gradient_body(call, queue);
}

}  // namespace mine

namespace deepobs {
namespace {

constexpr std::int64_t width = 3001;

/// y of x and, of the mean of y, the gradient with respect to a shift of x.
struct Computed {
  std::vector<float> y, slope;
  bool operator==(const Computed&) const = default;
};

std::vector<float> inputs() {
  std::vector<float> x;
  for (std::int64_t i = 0; i < width; ++i) x.push_back(static_cast<float>(i - width / 2) / 64.f);
  return x;
}

Computed computed_on(std::unique_ptr<Device> device) {
  Network network({.inputs = {{"x", {width}}},
                   .record = [](Layers& layers, const Batch& in) -> NetworkValues {
                     const Value shift = layers.parameter("shift", {width}, init::constant(0));
                     const Value y = mine::squareplus(bias_add(in["x"], shift));
                     return {.loss = sum(y), .outputs = {{"y", y}}};
                   }},
                  std::move(device));
  const std::vector<float> x = inputs();
  network.differentiate({{"x", x}});
  return {network.infer({{"x", x}}), network.gradient("shift")};
}

template <class Body>
Body found(const GpuUnderTest& gpu, const char* name) {
  void* library = dlopen(gpu.library.c_str(), RTLD_NOW | RTLD_LOCAL);
  REQUIRE(library != nullptr);
  const auto body = reinterpret_cast<Body>(dlsym(library, name));
  const bool is_there = body != nullptr;
  REQUIRE(is_there);
  return body;
}

}  // namespace

TEST_CASE("own op: bodies of a program's own compute value and gradient, the same bits for every instruction set") {
  const Computed best = computed_on(cpu_device({.threads = 2}));
  const std::vector<float> x = inputs();
  REQUIRE(best.y.size() == x.size());
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double at = static_cast<double>(x[i]), root = std::sqrt(at * at + 4);
    CAPTURE(at);
    // Three roundings of numbers no larger than the root; near nothing the sum of two of them is the small difference.
    CHECK(std::abs(static_cast<double>(best.y[i]) - (at + root) / 2) <= 3 * 0x1p-24 * root);
    CHECK(std::abs(static_cast<double>(best.slope[i]) - (1 + at / root) / 2) <= 5 * 0x1p-24);
  }
  for (int isa = 0; isa <= static_cast<int>(best_isa()); ++isa)
    CHECK(computed_on(cpu_device({.threads = 3, .isa = static_cast<Isa>(isa)})) == best);
}

TEST_CASE("own op: on a GPU its own body runs, and computes the CPU's bits") {
  const Computed on_cpu = computed_on(cpu_device({.threads = 1}));
  for (const auto& gpu : gpus_under_test()) {
    CAPTURE(gpu.name);
    mine::squareplus_body = found<CudaBody>(gpu, "own_squareplus");
    mine::squareplus_gradient_body = found<CudaBody>(gpu, "own_squareplus_gradient");
    CHECK(computed_on(gpu.device()) == on_cpu);
  }
}

}  // namespace deepobs
