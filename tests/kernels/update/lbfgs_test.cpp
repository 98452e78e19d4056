#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "kernels/backward.h"
#include "kernels/ops/activation/tanh.h"
#include "kernels/ops/dense/linear.h"
#include "kernels/ops/elementwise/algebra.h"
#include "kernels/ops/reduce/reduce.h"
#include "kernels/update/step_programs.h"
#include "tests/error_of.h"
#include "tests/golden/hash_values.h"
#include "tests/gpus_under_test.h"
#include "tests/kernels/update/golden_cases.h"

// L-BFGS against PyTorch's, in double. tests/golden/scripts/make_lbfgs.py says what the golden file holds.

namespace deepobs {
namespace {

using nlohmann::json;

const json& golden() {
  static const json file = golden_file("lbfgs.json");
  return file;
}

std::vector<float> hashed(std::uint64_t stream, std::int64_t count, float scale = 1, float shift = 0) {
  auto values = hash_scaled(stream, static_cast<std::size_t>(count), scale);
  for (float& each : values) each += shift;
  return values;
}

/// One of the golden file's objectives with the optimizer's steps on it.
class Minimised {
 public:
  Minimised(const std::string& objective, std::span<const NamedValue> given, std::unique_ptr<Device> device)
      : device_(std::move(device)) {
    std::vector<Value> p;
    for (const auto& extents : golden()["shapes"][objective]) {
      const std::size_t t = p.size();
      p.push_back(graph_.parameter(text("p", t), Shape(extents.get<std::vector<std::int64_t>>()),
                                   [t](std::span<float> values, std::uint64_t, std::uint64_t) {
                                     for (std::size_t k = 0; k < values.size(); ++k) values[k] = hash_value(t, k);
                                   }));
    }
    const Value loss = objective == "quadratic" ? quadratic(p) : objective == "valley" ? valley(p) : network(p);
    backward(loss);
    const Optimizer& lbfgs = find_optimizer("LBFGS");
    planned_.method = record_method(graph_, lbfgs, resolve(lbfgs, given), {.objective = loss});
    planned_.make_plans(device_->info().kind, device_->info().precision);
    storage_ = std::make_unique<Storage>(*device_, store_);
    storage_->initialize(0);
    programs_ = std::make_unique<StepPrograms>(planned_, *storage_);
  }

  /// Returns how many evaluations it had.
  std::size_t step(double learning_rate) {
    if (has_data_) {
      const auto s = static_cast<std::uint64_t>(steps_);
      storage_->write(store_.find("x"), std::span<const float>(hashed(300 + s, 30)));
      storage_->write(store_.find("y"), std::span<const float>(hashed(400 + s, 12)));
    }
    const double before = evaluations();
    programs_->run({.step = steps_++, .learning_rate = learning_rate});
    return static_cast<std::size_t>(evaluations() - before);
  }
  std::vector<float> parameter(std::size_t t) const { return storage_->parameter(store_.parameters()[t]); }
  std::size_t tensors() const { return store_.parameters().size(); }

 private:
  double evaluations() const {
    std::vector<double> all(1);
    storage_->read(planned_.method.evaluations, std::span(all));
    return all[0];
  }
  Value numbers(const std::string& name, const Shape& shape, std::vector<float> values) {
    return graph_.constants(
        name, shape, [values = std::move(values)](std::span<float> to) { std::ranges::copy(values, to.begin()); });
  }
  Value quadratic(const std::vector<Value>& p) {
    std::vector<Value> terms;
    for (std::size_t t = 0; t < p.size(); ++t) {
      const std::int64_t count = p[t].shape().elements();
      const Value off = subtract(p[t], numbers(text("c", t), p[t].shape(), hashed(210 + t, count)));
      const Value h = numbers(text("h", t), p[t].shape(), hashed(200 + t, count, 0.875f, 1.f));
      terms.push_back(scale(sum(multiply(h, multiply(off, off))), 0.5));
    }
    return sum_of(terms);
  }
  Value valley(const std::vector<Value>& p) {
    const Value off = subtract(p[1], multiply(p[0], p[0]));
    const Value from_one = subtract(constant(graph_, p[0].shape(), 1), p[0]);
    return add(scale(sum(multiply(off, off)), 10), sum(multiply(from_one, from_one)));
  }
  Value network(const std::vector<Value>& p) {
    has_data_ = true;
    const Value x = graph_.input("x", Type::f32, {6, 5}), y = graph_.input("y", Type::f32, {6, 2});
    const Value off = subtract(linear(deepobs::tanh(linear(x, p[0], p[1])), p[2], p[3]), y);
    return mean(multiply(off, off));
  }

  Store store_;
  PlannedStep planned_{store_};
  Graph& graph_ = planned_.graph;
  bool has_data_ = false;
  std::unique_ptr<Device> device_;
  std::unique_ptr<Storage> storage_;
  std::unique_ptr<StepPrograms> programs_;
  std::int64_t steps_ = 0;
};

void check_cases(const std::function<std::unique_ptr<Device>()>& device) {
  std::size_t checked = 0;
  for (const auto& one : golden()["cases"]) {
    CAPTURE(one["name"].get<std::string>());
    Minimised run(one["objective"].get<std::string>(), golden_hyperparameters(one), device());
    double torch = 0;
    for (std::size_t s = 0; s < one["steps"].size(); ++s) {
      CAPTURE(s);
      const json& step = one["steps"][s];
      const double float32_error = step["float32_error"].get<double>();
      if (float32_error < 0) break;  // PyTorch's own float32 goes another way from here on
      torch = std::max(torch, float32_error);
      CHECK(run.step(one["lr"].get<double>()) == step["losses"].size());
      double error = 0, size = 0;
      for (std::size_t t = 0; t < run.tensors(); ++t) {
        const auto exact = step["float64"][t].get<std::vector<double>>();
        const auto ours = run.parameter(t);
        REQUIRE(ours.size() == exact.size());
        for (std::size_t i = 0; i < exact.size(); ++i) {
          error = std::max(error, std::fabs(ours[i] - exact[i]));
          size = std::max(size, std::fabs(exact[i]));
        }
      }
      // A line search takes lengths from differences of float32 losses, in PyTorch as here; what follows inherits them.
      CHECK(error <= 64 * torch + 0x1p-20 * size);
      ++checked;
    }
  }
  CHECK(checked >= 60);
}

TEST_CASE("L-BFGS goes where PyTorch's goes, and evaluates as often") {
  check_cases([] { return cpu_device({.threads = 1}); });
}

TEST_CASE("L-BFGS goes the same way on a GPU") {
  for (const auto& gpu : gpus_under_test()) {
    CAPTURE(gpu.name);
    check_cases([&] { return gpu.device(); });
  }
}

}  // namespace
}  // namespace deepobs
