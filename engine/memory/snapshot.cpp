#include "engine/memory/snapshot.h"

#include "engine/base/check.h"

namespace deepobs {

Snapshot::Snapshot(const Storage& storage) : source_(&storage) {
  while (memory_.size() < storage.memory_.size()) {
    const auto& buffer = storage.store().buffers()[memory_.size()];
    memory_.push_back(is_state(buffer.role) ? memory_for(storage.device(), buffer) : DeviceMemory());
  }
  renew();
}

void Snapshot::renew() {
  has_values_ = source_->has_values_;
  for (std::size_t i = 0; i < memory_.size(); ++i)
    if (memory_[i].data()) source_->device().copy(memory_[i].data(), source_->data_[i], memory_[i].bytes());
}

void Snapshot::restore(Storage& storage) const {
  require(&storage.store() == &source_->store() && &storage.device() == &source_->device(), Fault::usage,
          "a snapshot fits only a storage of the same store and device");
  require(storage.memory_.size() == memory_.size() && storage.has_values_.size() == has_values_.size(), Fault::usage,
          "a snapshot fits only a storage that has all of it: the store grew between the two");
  storage.has_values_ = has_values_;
  for (std::size_t i = 0; i < memory_.size(); ++i)
    if (memory_[i].data()) storage.device().copy(storage.data_[i], memory_[i].data(), memory_[i].bytes());
}

}  // namespace deepobs
