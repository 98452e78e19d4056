#pragma once

#include <cstdint>
#include <span>

#include "problems/data/column.h"
#include "runner/training/config/run_config.h"

namespace deepobs {

/// How much of a streamed data set a run holds at a time.
struct StreamSize {
  std::int64_t batch_bytes = 0;    ///< of a mini-batch, all columns
  std::int64_t batches_ahead = 0;  ///< read ahead, in the host's memory
  std::int64_t batches_ring = 0;   ///< on the device, where steps take them from

  /// Steps that may be asked for at once: a device that works by itself takes those of one half of the ring while the
  /// other half is filled.
  std::int64_t steps_at_once() const { return batches_ring > 1 ? batches_ring / 2 : 1; }

  std::int64_t bytes() const { return batch_bytes * (batches_ahead + batches_ring); }
};

StreamSize stream_size(const Run& run, std::span<const Column> columns);

/// Of one record, all columns.
std::int64_t record_bytes(std::span<const Column> columns);

/// How many mini-batches of that size are read ahead at most: those of a few megabytes, and never fewer than two.
std::int64_t most_batches_ahead(std::int64_t batch_bytes);

}  // namespace deepobs
