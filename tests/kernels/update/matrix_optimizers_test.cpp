#include <doctest/doctest.h>

#include <algorithm>

#include "tests/gpus_under_test.h"
#include "tests/kernels/cpu/isas.h"
#include "tests/kernels/update/golden_cases.h"
#include "tests/kernels/update/update_case.h"

// Muon and Adafactor against PyTorch's. tests/golden/scripts/make_matrix_optimizers.py says what the golden file holds.

namespace deepobs {
namespace {

using nlohmann::json;

const json& golden() {
  static const json file = golden_file("matrix_optimizers.json");
  return file;
}

struct Tensors {
  std::vector<Shape> shapes;
  std::vector<ParameterKind> kinds;
};

Tensors golden_tensors() {
  Tensors all;
  for (const auto& tensor : golden()["tensors"]) {
    all.shapes.emplace_back(tensor["shape"].get<std::vector<std::int64_t>>());
    const auto kind = tensor["kind"].get<std::string>();
    for (const ParameterKind one : {ParameterKind::matrix, ParameterKind::kernel, ParameterKind::bias,
                                    ParameterKind::norm, ParameterKind::embedding, ParameterKind::head})
      if (name_of(one) == kind) all.kinds.push_back(one);
  }
  REQUIRE(all.kinds.size() == all.shapes.size());
  return all;
}

std::vector<std::vector<float>> golden_gradients(const json& one, const Tensors& tensors, std::size_t step) {
  std::vector<std::vector<float>> gradients;
  for (std::size_t t = 0; t < tensors.shapes.size(); ++t)
    gradients.push_back(golden_gradient(one, step, 100 + tensors.shapes.size() * step + t,
                                        static_cast<std::size_t>(tensors.shapes[t].elements())));
  return gradients;
}

UpdateCase golden_run(const json& one, const Tensors& tensors, std::unique_ptr<Device> device) {
  return UpdateCase(find_optimizer(one["optimizer"].get<std::string>()), golden_hyperparameters(one), tensors.shapes,
                    std::move(device), tensors.kinds);
}

/// Judged by PyTorch in double. Ours may be four times as far from it as PyTorch's in float32 and some units in the
/// last place of the largest parameter: its sums are shorter than ours, and are rounded in other places.
void check_steps(const std::function<std::unique_ptr<Device>()>& device) {
  const Tensors tensors = golden_tensors();
  for (const auto& one : golden()["cases"]) {
    CAPTURE(one["name"].get<std::string>());
    UpdateCase run = golden_run(one, tensors, device());
    for (std::size_t step = 0; step < one["lr"].size(); ++step) {
      run.step(golden_gradients(one, tensors, step), one["lr"][step].get<double>());
      Worst ours;
      for (std::size_t t = 0; t < tensors.shapes.size(); ++t)
        ours.add(run.parameter(t), one["float64"][step][t].get<std::vector<double>>());
      CAPTURE(step);
      const auto torch = one["float32_error"][step].get<double>();
      CHECK(ours.error <= 4 * torch + 0x1p-22 * ours.size);
      CHECK(torch <= 1e-5 * ours.size);  // or the case would prove nothing
    }
  }
}

TEST_CASE("Muon and Adafactor make PyTorch's steps, on every instruction set") {
  for (const Isa isa : isas()) check_steps([=] { return cpu_device({.threads = 1, .isa = isa}); });
}

TEST_CASE("Muon and Adafactor make PyTorch's steps on a GPU") {
  for (const auto& gpu : gpus_under_test()) {
    CAPTURE(gpu.name);
    check_steps([&] { return gpu.device(); });
  }
  if (!why_no_real_gpu().empty()) MESSAGE("without a real GPU: ", why_no_real_gpu());
}

TEST_CASE("Muon and Adafactor: the same bits for any number of threads, and after a continuation") {
  const Tensors tensors{{{300, 260}, {260}, {3, 3, 40, 130}, {200, 3}},
                        {ParameterKind::matrix, ParameterKind::bias, ParameterKind::kernel, ParameterKind::head}};
  const auto gradients = [&](std::uint64_t step) {
    std::vector<std::vector<float>> all;
    for (std::size_t t = 0; t < tensors.shapes.size(); ++t)
      all.push_back(hash_scaled(1000 + 10 * step + t, static_cast<std::size_t>(tensors.shapes[t].elements())));
    return all;
  };
  for (const char* name : {"Muon", "Adafactor"}) {
    CAPTURE(name);
    const auto after = [&](int threads) {
      UpdateCase run(find_optimizer(name), {}, tensors.shapes, cpu_device({.threads = threads}), tensors.kinds);
      for (std::uint64_t step = 0; step < 3; ++step) run.step(gradients(step), 0.02);
      return run.state();
    };
    const auto one = after(1);
    for (const int threads : {2, 3}) CHECK(after(threads) == one);

    UpdateCase begun(find_optimizer(name), {}, tensors.shapes, cpu_device({.threads = 2}), tensors.kinds);
    UpdateCase continued(find_optimizer(name), {}, tensors.shapes, cpu_device({.threads = 1}), tensors.kinds);
    begun.step(gradients(0), 0.02);
    continued.continue_from(begun);
    for (std::uint64_t step = 1; step < 3; ++step) continued.step(gradients(step), 0.02);
    CHECK(continued.state() == one);
  }
}

TEST_CASE("a NaN in a gradient reaches the parameter, and no other one") {
  for (const char* name : {"Muon", "Adafactor"}) {
    CAPTURE(name);
    UpdateCase run(find_optimizer(name), {}, {{4, 3}, {4, 3}}, CpuOptions{.threads = 1});
    auto gradient = hash_scaled(7, 12), damaged = gradient;
    damaged[5] = std::numeric_limits<float>::quiet_NaN();
    run.step({gradient, damaged}, 0.1);
    CHECK(std::ranges::none_of(run.parameter(0), [](float x) { return std::isnan(x); }));
    CHECK(std::ranges::any_of(run.parameter(1), [](float x) { return std::isnan(x); }));
  }
}

TEST_CASE("a step of Muon is orthogonal, up to what five iterations leave") {
  const std::vector<NamedValue> given{{"optimizer_weight_decay", 0.}};
  for (const auto& shape : {Shape{40, 12}, Shape{12, 40}}) {
    UpdateCase run(find_optimizer("Muon"), given, {shape}, CpuOptions{.threads = 1});
    const auto before = run.parameter(0);
    run.step({hash_scaled(3, 480)}, 1.);
    const auto after = run.parameter(0);
    const double scale = shape[1] > shape[0] ? std::sqrt(40. / 12.) : 1.;
    const bool wide = shape[0] < shape[1];
    for (std::int64_t i = 0; i < 12; ++i)
      for (std::int64_t j = 0; j <= i; ++j) {
        double product = 0;
        for (std::int64_t k = 0; k < 40; ++k) {
          const auto at = [&](std::int64_t row) {
            const auto place = static_cast<std::size_t>(wide ? row * 40 + k : k * 12 + row);
            return static_cast<double>(after[place] - before[place]) / scale;
          };
          product += at(i) * at(j);
        }
        CHECK(product >= (i == j ? 0.4 : -0.3));  // singular values between 0.68 and 1.13
        CHECK(product <= (i == j ? 1.4 : 0.3));
      }
  }
}

}  // namespace
}  // namespace deepobs
