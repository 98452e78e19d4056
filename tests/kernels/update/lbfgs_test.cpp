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
  /// Lets the first parameter be what no objective comes back from.
  void set_first(float value) {
    auto values = parameter(0);
    values[0] = value;
    storage_->set_parameter(store_.parameters()[0], values);
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

/// A CPU whose memory is reached by copies alone, as a GPU's is.
class DistantCpu final : public Device {
 public:
  DeviceInfo info() const override { return cpu_->info(); }
  void* allocate(std::int64_t bytes) override { return cpu_->allocate(bytes); }
  void release(void* memory, std::int64_t bytes) noexcept override { cpu_->release(memory, bytes); }
  void copy_in(void* to, const void* from, std::int64_t bytes) override { cpu_->copy_in(to, from, bytes); }
  void copy_out(void* to, const void* from, std::int64_t bytes) override { cpu_->copy_out(to, from, bytes); }
  void copy(void* to, const void* from, std::int64_t bytes) override { cpu_->copy(to, from, bytes); }
  std::unique_ptr<Replay> prepare(std::vector<Resolved> calls) override { return cpu_->prepare(std::move(calls)); }

 private:
  std::unique_ptr<Device> cpu_ = cpu_device({.threads = 1});
};

TEST_CASE("L-BFGS goes the same way where the host works on copies") {
  check_cases([] { return std::make_unique<DistantCpu>(); });
}

TEST_CASE("L-BFGS goes the same way on a GPU") {
  for (const auto& gpu : gpus_under_test()) {
    CAPTURE(gpu.name);
    check_cases([&] { return gpu.device(); });
  }
}

TEST_CASE("L-BFGS evaluates once a step where nothing is finite any more, and lets the parameters follow") {
  for (const std::string search : {"none", "strong_wolfe"})
    for (const int steps_before : {0, 2}) {
      CAPTURE(search);
      CAPTURE(steps_before);
      Minimised run("network", std::vector<NamedValue>{{"line_search_fn", search}}, cpu_device({.threads = 1}));
      for (int step = 0; step < steps_before; ++step) CHECK(run.step(0.1) > 1);
      run.set_first(std::nanf(""));
      for (int step = 0; step < 3; ++step) CHECK(run.step(0.1) == 1);
      const auto last = run.parameter(run.tensors() - 1);
      CHECK(std::ranges::none_of(last, [](float each) { return std::isfinite(each); }));
    }
  // A rate that throws the parameters far away is found out within the step.
  Minimised far("network", std::vector<NamedValue>{}, cpu_device({.threads = 1}));
  CHECK(far.step(1e38) <= 3);
}

TEST_CASE("L-BFGS keeps no more than a run's iterations could fill") {
  const auto rows = [](std::optional<std::int64_t> steps, std::int64_t max_iter, std::int64_t history_size) {
    Store store;
    Graph graph(store);
    const Value p = graph.parameter("p", {3}, [](std::span<float>, std::uint64_t, std::uint64_t) {});
    const Value loss = sum(multiply(p, p));
    backward(loss);
    const Optimizer& lbfgs = find_optimizer("LBFGS");
    const auto given = std::vector<NamedValue>{{"max_iter", max_iter}, {"history_size", history_size}};
    const MethodGraphs made =
        record_method(graph, lbfgs, resolve(lbfgs, given), {.objective = loss, .total_steps = steps});
    CHECK(made.depends_on_total_steps);
    const Shape kept = store.buffers()[static_cast<std::size_t>(store.find("optimizer.old_steps"))].shape;
    CHECK(store.buffers()[static_cast<std::size_t>(store.find("optimizer.old_changes"))].shape == kept);
    CHECK(store.buffers()[static_cast<std::size_t>(store.find("optimizer.inverse_products"))].shape[0] == kept[0]);
    return kept[0];
  };
  CHECK(rows({}, 20, 100) == 100);
  CHECK(rows(1000, 20, 100) == 100);
  CHECK(rows(5, 20, 100) == 100);
  CHECK(rows(4, 20, 100) == 80);
  CHECK(rows(1, 1, 100) == 1);
  CHECK(rows(0, 20, 100) == 1);
  CHECK(rows(std::int64_t{1} << 60, 100'000, 10'000) == 10'000);
}

TEST_CASE("L-BFGS refuses numbers of iterations and evaluations that nobody means") {
  const auto refused = [](const char* name, std::int64_t value, const char* limits) {
    check_error(
        [&] {
          resolve(find_optimizer("LBFGS"), std::vector<NamedValue>{{name, value}});
        },
        Fault::usage, text("LBFGS: ", name, " must be in ", limits, ", not ", value));
  };
  refused("max_iter", 0, "[1, 100000]");
  refused("max_iter", 1'000'000'000, "[1, 100000]");
  refused("max_eval", -1, "[0, 125000]");
  refused("max_eval", 125'001, "[0, 125000]");
  refused("history_size", 0, "[1, 10000]");
  refused("history_size", std::int64_t{1} << 62, "[1, 10000]");
}

}  // namespace
}  // namespace deepobs
