#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "engine/memory/plan.h"
#include "engine/memory/storage.h"
#include "engine/run/device.h"
#include "engine/run/program.h"
#include "kernels/update/method_graphs.h"
#include "tests/golden/hash_values.h"

namespace deepobs {

/// A program that is one update and nothing else: parameters of given shapes, whose gradients the test writes. Its
/// first learning rate is the one that a schedule would multiply.
class UpdateCase {
 public:
  UpdateCase(const Optimizer& optimizer, std::span<const NamedValue> given, const std::vector<Shape>& shapes,
             const CpuOptions& options = {.threads = 1})
      : UpdateCase(optimizer, given, shapes, cpu_device(options)) {}
  UpdateCase(const Optimizer& optimizer, std::span<const NamedValue> given, const std::vector<Shape>& shapes,
             std::unique_ptr<Device> device, const std::vector<ParameterKind>& kinds = {})
      : graph_(store_), device_(std::move(device)) {
    for (std::size_t i = 0; i < shapes.size(); ++i) {
      graph_.parameter(text("p", i), shapes[i], [i](std::span<float> values, std::uint64_t, std::uint64_t) {
        for (std::size_t k = 0; k < values.size(); ++k) values[k] = hash_value(i, k);
      });
      if (!kinds.empty()) store_.set_kind(text("p", i), kinds[i]);
    }
    method_ = record_method(graph_, optimizer, resolve(optimizer, given));
    plan_ = make_plan(graph_);
    storage_ = std::make_unique<Storage>(*device_, store_);
    storage_->initialize(0);
    program_ = std::make_unique<Program>(graph_, plan_, *storage_);
    if (!method_.evaluation) return;
    evaluation_plan_ = make_plan(*method_.evaluation);
    evaluation_ = std::make_unique<Program>(*method_.evaluation, evaluation_plan_, *storage_);
  }

  const Store& store() const { return store_; }
  Storage& storage() { return *storage_; }

  /// One step with the gradients of each parameter; the gaps of the flat buffer get zeros.
  void step(const std::vector<std::vector<float>>& gradients, double learning_rate) {
    std::vector<float> flat(static_cast<std::size_t>(store_.flat_floats()));
    for (std::size_t i = 0; i < gradients.size(); ++i)
      std::ranges::copy(gradients[i], flat.begin() + store_.parameters()[i].offset);
    storage_->write(Store::gradients_id, std::span<const float>(flat));
    if (steps_ == 0) base_learning_rate_ = learning_rate;
    program_->run({.step = steps_++, .learning_rate = learning_rate, .base_learning_rate = base_learning_rate_});
  }

  std::vector<float> parameter(std::size_t index) const { return storage_->parameter(store_.parameters()[index]); }

  /// As evaluations see it now, where the optimizer has weights of their own for them.
  std::vector<float> evaluated(std::size_t index) {
    evaluation_->run({.step = steps_});
    return storage_->parameter_in(method_.evaluated, store_.parameters()[index]);
  }

  /// A whole f32 buffer, gaps included.
  std::vector<float> buffer(int id) const {
    std::vector<float> values(static_cast<std::size_t>(store_.buffer(id).shape.elements()));
    storage_->read(id, std::span(values));
    return values;
  }

  /// The bytes of every buffer, gradients excepted: all that a checkpoint would hold.
  std::vector<std::vector<std::byte>> state() const {
    std::vector<std::vector<std::byte>> all;
    for (std::size_t id = 0; id < store_.buffers().size(); ++id) {
      if (id == Store::gradients_id) continue;
      const auto& buffer = store_.buffers()[id];
      all.emplace_back(static_cast<std::size_t>(buffer.shape.elements() * bytes_of(buffer.type)));
      storage_->read(static_cast<int>(id), std::span(all.back()));
    }
    return all;
  }
  void continue_from(const UpdateCase& other) {
    const auto all = other.state();
    std::size_t next = 0;
    for (std::size_t id = 0; id < store_.buffers().size(); ++id)
      if (id != Store::gradients_id) storage_->write(static_cast<int>(id), std::span<const std::byte>(all[next++]));
    steps_ = other.steps_;
    base_learning_rate_ = other.base_learning_rate_;
  }

 private:
  Store store_;
  Graph graph_;
  std::unique_ptr<Device> device_;
  MethodGraphs method_;
  Plan plan_, evaluation_plan_;
  std::unique_ptr<Storage> storage_;
  std::unique_ptr<Program> program_, evaluation_;
  std::int64_t steps_ = 0;
  double base_learning_rate_ = 0;
};

}  // namespace deepobs
