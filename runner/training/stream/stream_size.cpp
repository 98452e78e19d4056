#include "runner/training/stream/stream_size.h"

#include <algorithm>

#include "engine/tensor/view.h"

namespace deepobs {

StreamSize stream_size(const Run& run, std::span<const Column> columns) {
  // As many mini-batches ahead as a slow disk, or a record that takes long, may hold up; of large images fewer.
  constexpr std::int64_t host_bytes = 128 << 20, gpu_bytes = 256 << 20, most_batches = 64;
  StreamSize size;
  for (const Column& column : columns)
    size.batch_bytes += run.batch_size * column.item.elements() * bytes_of(column.type);
  const std::int64_t each = std::max<std::int64_t>(size.batch_bytes, 1);
  size.batches_ahead = std::clamp<std::int64_t>(host_bytes / each, 2, most_batches);
  // A CPU runs one step at a time, and returns behind it.
  size.batches_ring = run.config.device == "cpu" ? 1 : 2 * std::clamp<std::int64_t>(gpu_bytes / each, 1, most_batches);
  return size;
}

}  // namespace deepobs
