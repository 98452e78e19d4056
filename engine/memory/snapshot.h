#pragma once

#include <vector>

#include "engine/memory/storage.h"

namespace deepobs {

/// A copy of the state of a storage (every buffer whose role is_state()) on the same device.
class Snapshot {
 public:
  /// Takes the state that the storage has now; the storage must outlive the snapshot.
  explicit Snapshot(const Storage& storage);

  /// Takes it anew, into the same memory.
  void renew();

  /// Gives this state to a storage of the same store and device: the one that it was taken of, or another.
  /// Errors: another store or device; a store that has grown between the two.
  void restore(Storage& storage) const;

 private:
  const Storage* source_;
  std::vector<DeviceMemory> memory_;  ///< by buffer; empty for what is no state
  std::vector<bool> has_values_;      ///< by parameter
};

}  // namespace deepobs
