#pragma once

#include <cstdint>
#include <memory>
#include <stop_token>
#include <vector>

#include "engine/memory/storage.h"
#include "problems/data/dataset.h"
#include "runner/training/stream/record_stream.h"
#include "runner/training/stream/stream_size.h"
#include "runner/training/training_graphs.h"

namespace deepobs {

/// What a run has of a streamed data set in place of ResidentData: a ring of mini-batches in the memory of its device,
/// and a stream that fills it in the order of the steps. The programs of the run read mini-batch b of what they go
/// through at place b of the ring, modulo its length (BatchOrders), so they are those of a set in memory.
///
/// A GPU's copies go through a queue of their own, beside the steps of the other half of the ring.
class StreamedData {
 public:
  /// On as many threads as the run has, beside them. The data set, and the run's device, must outlive it, and it the
  /// run's storage. Errors: memory.
  StreamedData(const Run& run, const TrainingGraphs& graphs, const Dataset& data, Device& device);

  /// Lends the ring to the run.
  void bind_to(Storage& storage, const TrainingGraphs& graphs) const;

  /// From here on steps take `records` of a part, whole mini-batches from number `first` on: they are being read.
  void begin(DataPart part, std::vector<std::int32_t> records, std::int64_t first);

  /// Waits until all mini-batches before number `end` are in the ring, and until the steps that were asked for before
  /// are done. So many steps more than those may be asked for: StreamSize::steps_at_once().
  /// Returns false where a stop was requested before that; it can be called again.
  /// Errors: those of RecordStream::next().
  [[nodiscard]] bool bring(std::int64_t end, const std::stop_token& stop = {});

  /// How long bring() has waited for records so far.
  double waited_seconds() const { return waited_seconds_; }

  const StreamSize& size() const { return size_; }

 private:
  StreamSize size_;
  std::int64_t batch_;
  Device& device_;
  std::unique_ptr<Device> copier_;
  std::vector<std::int64_t> batch_bytes_;  // by column
  std::vector<DeviceMemory> ring_;         // by column
  std::int64_t brought_ = 0;               // mini-batches before this one were copied
  double waited_seconds_ = 0;
  RecordStream stream_;
};

}  // namespace deepobs
