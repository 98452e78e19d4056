#include "runner/training/resident_data.h"

namespace deepobs {
namespace {

std::vector<DeviceMemory> uploaded(Device& device, const Split& split) {
  std::vector<DeviceMemory> memory;
  for (const ColumnValues& column : split.columns)
    std::visit(
        [&](const auto& values) {
          const auto bytes = static_cast<std::int64_t>(values.size() * sizeof values[0]);
          memory.emplace_back(device, bytes);
          device.copy_in(memory.back().data(), values.data(), bytes);
        },
        column);
  return memory;
}

void bind(Storage& storage, const std::vector<int>& buffers, const std::vector<DeviceMemory>& memory) {
  for (std::size_t i = 0; i < buffers.size(); ++i) storage.bind(buffers[i], memory.at(i));
}

}  // namespace

ResidentData::ResidentData(Device& device, const Dataset& data)
    : train_(uploaded(device, data.train)), test_(uploaded(device, data.test)), valid_(uploaded(device, data.valid)) {}

void ResidentData::bind_to(Storage& storage, const TrainingGraphs& graphs) const {
  bind(storage, graphs.data.train, train_);
  bind(storage, graphs.data.test, test_);
  bind(storage, graphs.data.valid, valid_);
}

}  // namespace deepobs
