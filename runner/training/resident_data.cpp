#include "runner/training/resident_data.h"

namespace deepobs {
namespace {

template <class T>
DeviceMemory uploaded(Device& device, const std::vector<T>& values) {
  const auto bytes = static_cast<std::int64_t>(values.size() * sizeof(T));
  DeviceMemory memory(device, bytes);
  device.copy_in(memory.data(), values.data(), bytes);
  return memory;
}

}  // namespace

ResidentData::ResidentData(Device& device, const Dataset& data)
    : train_images_(uploaded(device, data.train.images)),
      train_labels_(uploaded(device, data.train.labels)),
      test_images_(uploaded(device, data.test.images)),
      test_labels_(uploaded(device, data.test.labels)) {}

void ResidentData::bind_to(Storage& storage, const TrainingGraphs& graphs) const {
  storage.bind(graphs.train_images, train_images_);
  storage.bind(graphs.train_labels, train_labels_);
  storage.bind(graphs.test_images, test_images_);
  storage.bind(graphs.test_labels, test_labels_);
}

}  // namespace deepobs
