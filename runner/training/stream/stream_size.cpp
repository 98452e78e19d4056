#include "runner/training/stream/stream_size.h"

#include <algorithm>

#include "engine/tensor/view.h"

namespace deepobs {

namespace {

constexpr std::int64_t most_batches = 64;

}  // namespace

std::int64_t record_bytes(std::span<const Column> columns) {
  std::int64_t bytes = 0;
  for (const Column& column : columns) bytes += column.item.elements() * bytes_of(column.type);
  return bytes;
}

std::int64_t most_batches_ahead(std::int64_t batch_bytes) {
  // As many as a slow disk, or a record that takes long, may hold up; of large images fewer.
  constexpr std::int64_t host_bytes = 128 << 20;
  return std::clamp<std::int64_t>(host_bytes / std::max<std::int64_t>(batch_bytes, 1), 2, most_batches);
}

StreamSize stream_size(const Run& run, std::span<const Column> columns) {
  constexpr std::int64_t gpu_bytes = 256 << 20;
  StreamSize size;
  size.batch_bytes = run.batch_size * record_bytes(columns);
  size.batches_ahead = most_batches_ahead(size.batch_bytes);
  // A CPU runs one step at a time, and returns behind it.
  const std::int64_t each = std::max<std::int64_t>(size.batch_bytes, 1);
  size.batches_ring = run.config.device == "cpu" ? 1 : 2 * std::clamp<std::int64_t>(gpu_bytes / each, 1, most_batches);
  return size;
}

}  // namespace deepobs
