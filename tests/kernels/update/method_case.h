#pragma once

#include <memory>
#include <string>
#include <vector>

#include "kernels/backward.h"
#include "kernels/ops/elementwise/algebra.h"
#include "kernels/ops/reduce/reduce.h"
#include "kernels/update/step_programs.h"
#include "tests/golden/hash_values.h"

namespace deepobs {

/// A small objective with all that a method may ask for: parameters p0, p1, ... of given shapes, and the sum over them
/// of c sum(p^2) / 2 with c = 1, 2, ..., so the gradient of p_i is (i + 1) p_i.
class MethodCase {
 public:
  MethodCase(const Optimizer& optimizer, const std::vector<Shape>& shapes, std::unique_ptr<Device> device,
             std::span<const NamedValue> given = {})
      : device_(std::move(device)) {
    Graph& graph = step_.graph;
    for (std::size_t i = 0; i < shapes.size(); ++i)
      graph.parameter(text("p", i), shapes[i], [i](std::span<float> values, std::uint64_t, std::uint64_t) {
        for (std::size_t k = 0; k < values.size(); ++k) values[k] = hash_value(i, k);
      });
    const auto record = [&] {
      std::vector<Value> terms;
      for (std::size_t i = 0; i < shapes.size(); ++i) {
        const Value p = graph.parameter(text("p", i), shapes[i], {});
        terms.push_back(scale(sum(multiply(p, p)), 0.5 * static_cast<double>(i + 1)));
      }
      return sum_of(terms);
    };
    const Value objective = record();
    graph.keep(objective);
    backward(objective);
    step_.method =
        record_method(graph, optimizer, resolve(optimizer, given), {.objective = objective, .record_again = record});
    step_.make_plans(device_->info().kind, device_->info().precision);
    storage_ = std::make_unique<Storage>(*device_, store_);
    storage_->initialize(0);
    programs_ = std::make_unique<StepPrograms>(step_, *storage_);
  }

  const Store& store() const { return store_; }
  const Graph& graph() const { return step_.graph; }
  Storage& storage() { return *storage_; }
  const MethodGraphs& method() const { return step_.method; }

  void run(std::int64_t steps, double learning_rate) {
    programs_->run_several({.step = steps_, .learning_rate = learning_rate}, steps);
    steps_ += steps;
  }

  std::vector<float> parameter(std::size_t i) const { return storage_->parameter(store_.parameters()[i]); }
  std::vector<float> buffer(const std::string& name) const {
    const int id = store_.find(name);
    std::vector<float> values(static_cast<std::size_t>(store_.buffer(id).shape.elements()));
    storage_->read(id, std::span(values));
    return values;
  }
  /// The parameter as evaluations see it now.
  std::vector<float> evaluated(std::size_t i) {
    programs_->renew_evaluated({.step = steps_});
    return storage_->parameter_in(step_.method.evaluated, store_.parameters()[i]);
  }

 private:
  Store store_;
  PlannedStep step_{store_};
  std::unique_ptr<Device> device_;
  std::unique_ptr<Storage> storage_;
  std::unique_ptr<StepPrograms> programs_;
  std::int64_t steps_ = 0;
};

}  // namespace deepobs
