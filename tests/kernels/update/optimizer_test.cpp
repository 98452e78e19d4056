#include "kernels/update/optimizer.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <functional>
#include <limits>
#include <nlohmann/json.hpp>

#include "tests/gpus_under_test.h"
#include "tests/kernels/update/golden_cases.h"
#include "tests/kernels/update/update_case.h"

// The optimizers against PyTorch's, and against their formulas in double. tests/golden/scripts/make_optimizers.py says what the
// golden file holds.

namespace deepobs {
namespace {

using nlohmann::json;

const json& golden() {
  static const json file = [] {
    json all = golden_file("optimizers.json");
    const json further = golden_file("schedule_free.json");  // of the same protocol
    for (const auto& one : further["cases"]) all["cases"].push_back(one);
    return all;
  }();
  return file;
}

std::vector<Shape> golden_shapes() {
  std::vector<Shape> shapes;
  for (const auto& extents : golden()["shapes"]) shapes.emplace_back(extents.get<std::vector<std::int64_t>>());
  return shapes;
}

std::vector<std::vector<float>> golden_gradients(const json& one, std::size_t step) {
  std::vector<std::vector<float>> gradients;
  std::uint64_t stream = 100 + 2 * (one["same_gradient"].get<bool>() ? 0 : step);
  for (const auto& shape : golden_shapes())
    gradients.push_back(golden_gradient(one, step, stream++, static_cast<std::size_t>(shape.elements())));
  return gradients;
}

void check_steps(std::unique_ptr<Device> (*device)(const GpuUnderTest*), const GpuUnderTest* gpu) {
  // Judged by PyTorch in double. Rounding to float happens about as often here as in PyTorch's float32 steps but in
  // other places; four times its worst deviation and one unit in the last place of the largest parameter leave room for
  // that, and for nothing else: a wrong constant or a forgotten state is off by orders of magnitude.
  for (const auto& one : golden()["cases"]) {
    CAPTURE(one["name"].get<std::string>());
    const auto given = golden_hyperparameters(one);
    UpdateCase run(find_optimizer(one["optimizer"].get<std::string>()), given, golden_shapes(), device(gpu));
    Worst ours, torch;
    for (std::size_t step = 0; step < one["lr"].size(); ++step) {
      run.step(golden_gradients(one, step), one["lr"][step].get<double>());
      for (std::size_t tensor = 0; tensor < 2; ++tensor) {
        const auto exact = one["float64"][step][tensor].get<std::vector<double>>();
        ours.add(run.parameter(tensor), exact);
        torch.add(one["float32"][step][tensor].get<std::vector<float>>(), exact);
      }
      CAPTURE(step);
      CHECK(ours.error <= 4 * torch.error + 0x1p-23 * ours.size);
    }
    CHECK(torch.error <= 1e-5 * torch.size);  // or the case would prove nothing
  }
}

TEST_CASE("every optimizer makes PyTorch's steps") {
  check_steps([](const GpuUnderTest*) { return cpu_device({.threads = 1}); }, nullptr);
}

TEST_CASE("every optimizer makes PyTorch's steps on a GPU") {
  for (const auto& gpu : gpus_under_test()) {
    CAPTURE(gpu.name);
    check_steps([](const GpuUnderTest* it) { return it->device(); }, &gpu);
  }
  if (!why_no_real_gpu().empty()) MESSAGE("without a real GPU: ", why_no_real_gpu());
}

TEST_CASE("ASGD's average is PyTorch's") {
  for (const auto& one : golden()["cases"]) {
    if (one["optimizer"] != "ASGD") continue;
    CAPTURE(one["name"].get<std::string>());
    UpdateCase run(find_optimizer("ASGD"), golden_hyperparameters(one), golden_shapes());
    for (std::size_t step = 0; step < one["lr"].size(); ++step)
      run.step(golden_gradients(one, step), one["lr"][step].get<double>());
    const auto flat = run.buffer(run.store().find("optimizer.ax"));
    Worst ours, torch;
    for (std::size_t tensor = 0; tensor < 2; ++tensor) {
      const auto& parameter = run.store().parameters()[tensor];
      const auto exact = one["ax_float64"][tensor].get<std::vector<double>>();
      const auto begin = flat.begin() + parameter.offset;
      ours.add(std::vector(begin, begin + parameter.shape.elements()), exact);
      torch.add(one["ax_float32"][tensor].get<std::vector<float>>(), exact);
    }
    CHECK(ours.error <= 4 * torch.error + 0x1p-23 * ours.size);
  }
}

TEST_CASE("what Schedule-Free AdamW shows to evaluations is the average") {
  std::vector<std::function<std::unique_ptr<Device>()>> devices{[] { return cpu_device({.threads = 1}); }};
  for (const auto& gpu : gpus_under_test()) devices.emplace_back([gpu] { return gpu.device(); });
  std::size_t cases = 0;
  for (const auto& device : devices)
    for (const auto& one : golden()["cases"]) {
      if (one["optimizer"] != "ScheduleFreeAdamW") continue;
      CAPTURE(one["name"].get<std::string>());
      UpdateCase run(find_optimizer("ScheduleFreeAdamW"), golden_hyperparameters(one), golden_shapes(), device());
      CHECK(run.evaluated(0) == run.parameter(0));  // before the first step
      for (std::size_t step = 0; step < one["lr"].size(); ++step)
        run.step(golden_gradients(one, step), one["lr"][step].get<double>());
      Worst ours, torch;
      for (std::size_t tensor = 0; tensor < 2; ++tensor) {
        const auto trained = run.parameter(tensor);
        const auto exact = one["evaluated_float64"][tensor].get<std::vector<double>>();
        ours.add(run.evaluated(tensor), exact);
        torch.add(one["evaluated_float32"][tensor].get<std::vector<float>>(), exact);
        CHECK(run.parameter(tensor) == trained);
        CHECK(run.evaluated(tensor) != trained);
      }
      CHECK(ours.error <= 4 * torch.error + 0x1p-23 * ours.size);
      ++cases;
    }
  CHECK(cases > 0);
}

/// The cases of all files that have some of optimizers.
std::vector<json> all_golden_cases() {
  std::vector<json> all;
  for (const char* name : {"optimizers.json", "schedule_free.json", "matrix_optimizers.json", "lbfgs.json"}) {
    json file = golden_file(name);
    for (auto& one : file["cases"]) all.push_back(std::move(one));
  }
  return all;
}

TEST_CASE("the golden cases use every optimizer and every hyperparameter") {
  const auto cases = all_golden_cases();
  for (const auto& optimizer : optimizers()) {
    for (const auto& declared : optimizer.hyperparameters) {
      CAPTURE(optimizer.name);
      CAPTURE(declared.name);
      const auto standard = resolve(optimizer);
      const auto& values = standard.values();
      const auto at = std::ranges::find(values, declared.name, &NamedValue::name);
      const bool varied = std::ranges::any_of(cases, [&](const json& one) {
        if (one["optimizer"] != optimizer.name) return false;
        const auto given = golden_hyperparameters(one);
        const auto resolved = resolve(optimizer, given);
        return std::ranges::find(resolved.values(), declared.name, &NamedValue::name)->value != at->value;
      });
      CHECK(varied);
    }
  }
}

TEST_CASE("PyTorch's standard values are ours") {
  for (const auto& one : all_golden_cases()) {
    const auto name = one["name"].get<std::string>();
    if (!name.ends_with("_default")) continue;
    CAPTURE(name);
    const auto& optimizer = find_optimizer(one["optimizer"].get<std::string>());
    CHECK(one["hyperparameters"].size() == optimizer.hyperparameters.size());
    const auto theirs = resolve(optimizer, golden_hyperparameters(one)), ours = resolve(optimizer);
    for (std::size_t i = 0; i < ours.values().size(); ++i) {
      CAPTURE(ours.values()[i].name);
      CHECK(theirs.values()[i].value == ours.values()[i].value);
    }
  }
}

/// Units in the last place of the larger of the two parameters, the old and the new one: the place where a step rounds.
double ulps(float result, double exact, float before) {
  const float size = std::max(std::fabs(before), std::fabs(static_cast<float>(exact)));
  const float ulp = std::nextafter(size, std::numeric_limits<float>::infinity()) - size;
  return std::fabs(static_cast<double>(result) - exact) / static_cast<double>(ulp);
}

TEST_CASE("one step is exact to a few units in the last place") {
  // The step is smaller than the parameter's scale here, so the sum rounds by half a unit, and each rounding of the
  // step itself adds at most another half.
  struct Bound {
    std::string name;
    double ulps;
  };
  for (const auto& [name, bound] : {Bound{"SGD_default", 1}, {"SGD_momentum", 2}, {"Adam_default", 8}}) {
    CAPTURE(name);
    const auto& cases = golden()["cases"];
    const json& one = *std::ranges::find_if(cases, [&](const json& c) { return c["name"] == name; });
    UpdateCase run(find_optimizer(one["optimizer"].get<std::string>()), golden_hyperparameters(one), golden_shapes());
    const std::vector before{run.parameter(0), run.parameter(1)};
    run.step(golden_gradients(one, 0), one["lr"][0].get<double>());
    for (std::size_t tensor = 0; tensor < 2; ++tensor) {
      const auto after = run.parameter(tensor);
      for (std::size_t i = 0; i < after.size(); ++i)
        CHECK(ulps(after[i], one["float64"][0][tensor][i].get<double>(), before[tensor][i]) <= bound);
    }
  }
}

/// |a - b| / |b|
double normwise(const std::vector<float>& a, const std::vector<double>& b) {
  double off = 0, size = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    off += (a[i] - b[i]) * (a[i] - b[i]);
    size += b[i] * b[i];
  }
  return std::sqrt(off / size);
}

TEST_CASE("1,000 steps of Adam and SGD stay near the formula in double") {
  constexpr std::size_t size = 33;
  const Shape shape{static_cast<std::int64_t>(size)};
  const std::vector<NamedValue> momentum{{"momentum", 0.9}};
  UpdateCase sgd(find_optimizer("SGD"), momentum, {shape}), adam(find_optimizer("Adam"), {}, {shape});
  std::vector<double> p_sgd(size), p_adam(size), buffer(size), m(size), v(size);
  for (std::size_t i = 0; i < size; ++i) p_sgd[i] = p_adam[i] = hash_value(0, i);

  for (int step = 0; step < 1000; ++step) {
    const double rate = step < 700 ? 0.01 : 0.001;
    const auto g = hash_scaled(500 + static_cast<std::uint64_t>(step), size);
    for (std::size_t i = 0; i < size; ++i) {
      buffer[i] = step == 0 ? g[i] : 0.9 * buffer[i] + g[i];
      p_sgd[i] -= rate * buffer[i];
      m[i] = 0.9 * m[i] + 0.1 * g[i];
      v[i] = 0.999 * v[i] + 0.001 * g[i] * g[i];
      const double m_hat = m[i] / (1 - std::pow(0.9, step + 1)), v_hat = v[i] / (1 - std::pow(0.999, step + 1));
      p_adam[i] -= rate * m_hat / (std::sqrt(v_hat) + 1e-8);
    }
    sgd.step({g}, rate);
    adam.step({g}, rate);
  }
  CHECK(normwise(sgd.parameter(0), p_sgd) <= 1e-4);
  CHECK(normwise(adam.parameter(0), p_adam) <= 1e-4);
}

}  // namespace
}  // namespace deepobs
