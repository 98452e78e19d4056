#include "kernels/update/host_step.h"

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
                   const std::function<void(Program&)>& replay) {
  step_ = step;
  replay_ = replay;
  evaluations_ = 0;
  drive(*this);
  std::array<double, 1> all{};
  storage_->read(all_evaluations_, std::span<double>(all));
  all[0] += static_cast<double>(evaluations_);
  storage_->write(all_evaluations_, std::span<const double>(all));
  if (evaluations_ > 1)
    for (const Touched& each : touched_)
      storage_->device().copy(storage_->data(each.buffer), each.after.data(), each.bytes);
}

double HostStep::evaluate() {
  Device& device = storage_->device();
  for (const Touched& each : touched_) {
    void* now = storage_->data(each.buffer);
    if (evaluations_ == 1) device.copy(each.after.data(), now, each.bytes);
    if (evaluations_ == 0)
      device.copy(each.before.data(), now, each.bytes);
    else
      device.copy(now, each.before.data(), each.bytes);
  }
  if (replay_)
    replay_(*program_);
  else
    program_->run(step_);
  ++evaluations_;
  std::array<float, 1> objective{};
  storage_->read(objective_, std::span<float>(objective));
  return objective[0];
}

std::vector<float> HostStep::parameters() const {
  std::vector<float> values(static_cast<std::size_t>(storage_->store().flat_floats()));
  storage_->read(Store::parameters_id, std::span(values));
  return values;
}

std::vector<float> HostStep::gradients() const {
  std::vector<float> values(static_cast<std::size_t>(storage_->store().flat_floats()));
  storage_->read(Store::gradients_id, std::span(values));
  return values;
}

void HostStep::set_parameters(std::span<const float> values) { storage_->write(Store::parameters_id, values); }

std::vector<double> HostStep::numbers(const std::string& state) const {
  const int buffer = storage_->store().find("optimizer." + state);
  std::vector<double> values(static_cast<std::size_t>(storage_->store().buffer(buffer).shape.elements()));
  storage_->read(buffer, std::span(values));
  return values;
}

void HostStep::set_numbers(const std::string& state, std::span<const double> values) {
  storage_->write(storage_->store().find("optimizer." + state), values);
}

HostStep::Row HostStep::find_row(const std::string& state, std::int64_t row, std::int64_t count) const {
  const int buffer = storage_->store().find("optimizer." + state);
  const auto& of = storage_->store().buffer(buffer);
  require(of.type == Type::f32 && of.shape.rank() == 2 && row >= 0 && row < of.shape[0] &&
              (count < 0 || count == of.shape[1]),
          Fault::usage, "state '", of.name, "' of ", name_of(of.type), " ", of.shape, " has no row ", row,
          count < 0 ? "" : text(" of ", count, " float32 numbers"));
  return {buffer, row * of.shape[1], of.shape[1]};
}

std::vector<float> HostStep::row(const std::string& state, std::int64_t row) const {
  const Row at = find_row(state, row, -1);
  std::vector<float> values(static_cast<std::size_t>(at.count));
  storage_->device().copy_out(values.data(), static_cast<const float*>(storage_->data(at.buffer)) + at.first,
                              at.count * bytes_of(Type::f32));
  return values;
}

void HostStep::set_row(const std::string& state, std::int64_t row, std::span<const float> values) {
  const Row at = find_row(state, row, std::ssize(values));
  storage_->device().copy_in(static_cast<float*>(storage_->data(at.buffer)) + at.first, values.data(),
                             at.count * bytes_of(Type::f32));
}

}  // namespace deepobs
