#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "engine/memory/plan.h"
#include "kernels/backward.h"
#include "kernels/ops/elementwise/algebra.h"
#include "kernels/ops/reduce/reduce.h"
#include "kernels/passes/for_gpu.h"
#include "kernels/update/method_graphs.h"
#include "kernels/update/step_programs.h"
#include "tests/golden/hash_values.h"

namespace deepobs {

/// A small objective with all that a method may ask for: parameters p0, p1, ... of given shapes, and the sum over them
/// of c sum(p^2) / 2 with c = 1, 2, ..., so the gradient of p_i is (i + 1) p_i.
class MethodCase {
 public:
  MethodCase(const Optimizer& optimizer, const std::vector<Shape>& shapes, std::unique_ptr<Device> device,
             std::span<const NamedValue> given = {})
      : graph_(store_), device_(std::move(device)) {
    for (std::size_t i = 0; i < shapes.size(); ++i)
      graph_.parameter(text("p", i), shapes[i], [i](std::span<float> values, std::uint64_t, std::uint64_t) {
        for (std::size_t k = 0; k < values.size(); ++k) values[k] = hash_value(i, k);
      });
    const auto record = [&] {
      std::vector<Value> terms;
      for (std::size_t i = 0; i < shapes.size(); ++i) {
        const Value p = graph_.parameter(text("p", i), shapes[i], {});
        terms.push_back(scale(sum(multiply(p, p)), 0.5 * static_cast<double>(i + 1)));
      }
      return sum_of(terms);
    };
    const Value objective = record();
    graph_.keep(objective);
    objective_ = objective;
    backward(objective);
    method_ =
        record_method(graph_, optimizer, resolve(optimizer, given), {.objective = objective, .record_again = record});
    const auto plan_of = [&](Graph& complete) {
      if (device_->info().kind == "cuda") record_for_gpu(complete, Precision::fp32);
      return make_plan(complete);
    };
    plan_ = plan_of(graph_);
    std::int64_t bytes = plan_.arena_bytes;
    for (const StepPart& part : method_.parts) {
      part_plans_.push_back(plan_of(*part.graph));
      bytes = std::max(bytes, part_plans_.back().arena_bytes);
    }
    if (method_.evaluation) {
      evaluation_plan_ = plan_of(*method_.evaluation);
      bytes = std::max(bytes, evaluation_plan_.arena_bytes);
    }
    storage_ = std::make_unique<Storage>(*device_, store_);
    storage_->initialize(0);
    arena_ = std::make_unique<Arena>(*device_, bytes);
    programs_ = std::make_unique<StepPrograms>(graph_, plan_, method_, part_plans_, *storage_, *arena_);
    if (method_.evaluation)
      evaluation_ = std::make_unique<Program>(*method_.evaluation, evaluation_plan_, *storage_, *arena_);
  }

  const Store& store() const { return store_; }
  const Graph& graph() const { return graph_; }
  Storage& storage() { return *storage_; }
  const MethodGraphs& method() const { return method_; }

  void run(std::int64_t steps, double learning_rate) {
    programs_->run_several({.step = steps_, .learning_rate = learning_rate}, steps);
    steps_ += steps;
  }

  std::vector<float> parameter(std::size_t i) const { return storage_->parameter(store_.parameters()[i]); }
  std::vector<float> buffer(const std::string& name) const {
    const int id = store_.find(name);
    std::vector<float> values(
        static_cast<std::size_t>(store_.buffers()[static_cast<std::size_t>(id)].shape.elements()));
    storage_->read(id, std::span(values));
    return values;
  }
  /// The parameter as evaluations see it now.
  std::vector<float> evaluated(std::size_t i) {
    evaluation_->run({.step = steps_});
    return storage_->parameter_in(method_.evaluated, store_.parameters()[i]);
  }

 private:
  Store store_;
  Graph graph_;
  Value objective_;
  std::unique_ptr<Device> device_;
  MethodGraphs method_;
  Plan plan_, evaluation_plan_;
  std::vector<Plan> part_plans_;
  std::unique_ptr<Storage> storage_;
  std::unique_ptr<Arena> arena_;
  std::unique_ptr<StepPrograms> programs_;
  std::unique_ptr<Program> evaluation_;
  std::int64_t steps_ = 0;
};

}  // namespace deepobs
