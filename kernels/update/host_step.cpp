#include "kernels/update/host_step.h"

#include <algorithm>
#include <array>

namespace deepobs {

HostStep::HostStep(Program& program, Storage& storage, int objective, int evaluations)
    : program_(&program), storage_(&storage), objective_(objective), all_evaluations_(evaluations) {
  for (const Role role : {Role::carried, Role::statistics, Role::log})
    for (const int buffer : storage.store().of_role(role)) {
      if (buffer == objective) continue;
      const auto& of = storage.store().buffer(buffer);
      const std::int64_t bytes = of.shape.elements() * bytes_of(of.type);
      touched_.push_back({buffer, bytes, DeviceMemory(storage.device(), bytes), DeviceMemory(storage.device(), bytes)});
    }
}

void HostStep::run(const StepBlock& step, const std::function<void(StepDriver&)>& drive,
                   const std::function<void()>& replay) {
  step_ = step;
  replay_ = replay;
  evaluations_ = 0;
  try {
    drive(*this);
  } catch (...) {
    undo();
    throw;
  }
  forget();
  std::array<double, 1> all{};
  storage_->read(all_evaluations_, std::span<double>(all));
  all[0] += static_cast<double>(evaluations_);
  storage_->write(all_evaluations_, std::span<const double>(all));
  if (evaluations_ > 1)
    for (const Touched& each : touched_)
      storage_->device().copy(storage_->data(each.buffer), each.after.data(), each.bytes);
}

double HostStep::evaluate() {
  if (ask_) ask_();
  Device& device = storage_->device();
  for (const Touched& each : touched_) {
    void* now = storage_->data(each.buffer);
    if (evaluations_ == 1) device.copy(each.after.data(), now, each.bytes);
    if (evaluations_ == 0)
      device.copy(each.before.data(), now, each.bytes);
    else
      device.copy(now, each.before.data(), each.bytes);
  }
  ++evaluations_;
  replay_ ? replay_() : program_->run(step_);
  std::array<float, 1> objective{};
  storage_->read(objective_, std::span<float>(objective));
  return objective[0];
}

/// Keeps what a step is about to overwrite, if the step may be left.
void HostStep::keep(void* place, std::int64_t bytes) {
  if (ask_ == nullptr || kept_.contains(place)) return;
  const auto spare = std::ranges::find(spare_, bytes, &DeviceMemory::bytes);
  DeviceMemory memory;
  if (spare == spare_.end()) {
    memory = DeviceMemory(storage_->device(), bytes);
  } else {
    memory = std::move(*spare);
    spare_.erase(spare);
  }
  storage_->device().copy(memory.data(), place, bytes);
  kept_.emplace(place, std::move(memory));
}

void HostStep::undo() {
  Device& device = storage_->device();
  for (const auto& [place, memory] : kept_) device.copy(place, memory.data(), memory.bytes());
  if (evaluations_ > 0)
    for (const Touched& each : touched_) device.copy(storage_->data(each.buffer), each.before.data(), each.bytes);
  forget();
}

void HostStep::forget() {
  for (auto& [place, memory] : kept_) spare_.push_back(std::move(memory));
  kept_.clear();
}

std::span<const float> HostStep::read(const void* from, std::int64_t count, std::vector<float>& copy) const {
  const auto size = static_cast<std::size_t>(count);
  if (const void* here = storage_->device().on_host(from)) return {static_cast<const float*>(here), size};
  copy.resize(size);
  storage_->device().copy_out(copy.data(), from, count * bytes_of(Type::f32));
  return copy;
}

std::span<const float> HostStep::parameters() {
  return read(storage_->data(Store::parameters_id), storage_->store().flat_floats(), parameters_);
}

std::span<const float> HostStep::gradients() {
  return read(storage_->data(Store::gradients_id), storage_->store().flat_floats(), gradients_);
}

void HostStep::set_parameters(std::span<const float> values) {
  keep(storage_->data(Store::parameters_id), storage_->store().flat_floats() * bytes_of(Type::f32));
  storage_->write(Store::parameters_id, values);
}

std::vector<double> HostStep::numbers(const std::string& state) {
  const int buffer = storage_->store().find("optimizer." + state);
  std::vector<double> values(static_cast<std::size_t>(storage_->store().buffer(buffer).shape.elements()));
  storage_->read(buffer, std::span(values));
  return values;
}

void HostStep::set_numbers(const std::string& state, std::span<const double> values) {
  const int buffer = storage_->store().find("optimizer." + state);
  const auto& of = storage_->store().buffers()[static_cast<std::size_t>(buffer)];
  keep(storage_->data(buffer), of.shape.elements() * bytes_of(of.type));
  storage_->write(buffer, values);
}

HostStep::Row HostStep::find_row(const std::string& state, std::int64_t row, std::int64_t count) const {
  const int buffer = storage_->store().find("optimizer." + state);
  const auto& of = storage_->store().buffer(buffer);
  require(of.type == Type::f32 && of.shape.rank() == 2 && row >= 0 && row < of.shape[0] &&
              (count < 0 || count == of.shape[1]),
          Fault::usage, "state '", of.name, "' of ", name_of(of.type), " ", of.shape, " has no row ", row,
          count < 0 ? "" : text(" of ", count, " float32 numbers"));
  return {static_cast<float*>(storage_->data(buffer)) + row * of.shape[1], of.shape[1]};
}

std::span<const float> HostStep::row(const std::string& state, std::int64_t row) {
  const Row at = find_row(state, row, -1);
  return read(at.data, at.count, row_);
}

void HostStep::set_row(const std::string& state, std::int64_t row, std::span<const float> values) {
  const Row at = find_row(state, row, std::ssize(values));
  keep(at.data, at.count * bytes_of(Type::f32));
  storage_->device().copy_in(at.data, values.data(), at.count * bytes_of(Type::f32));
}

}  // namespace deepobs
