#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <stop_token>
#include <thread>
#include <vector>

#include "engine/base/check.h"
#include "problems/data/dataset.h"

namespace deepobs {

/// Reads the records of a streamed data set ahead of its user, mini-batch by mini-batch, on threads of its own and in
/// bounded memory. Which mini-batches come, and which error, depends neither on the number of threads
/// nor on how fast records are read.
///
///   RecordStream stream(data, {.batch = 128, .batches_ahead = 6, .threads = 4});
///   stream.begin(DataPart::train, order);
///   while (const auto batch = stream.next(stop)) use(*batch);
///
/// One thread uses it. At the end of its life the threads end, each behind the record that it is reading.
class RecordStream {
 public:
  struct Options {
    std::int64_t batch = 0;          ///< records of a mini-batch
    std::int64_t batches_ahead = 2;  ///< that lie in memory at a time
    int threads = 1;
  };

  /// `data` must be streamed, and outlive the stream.
  /// Errors: memory, when the system allows no more threads.
  RecordStream(const Dataset& data, const Options& options);
  ~RecordStream();
  RecordStream(const RecordStream&) = delete;
  RecordStream& operator=(const RecordStream&) = delete;

  /// From here on the mini-batches of `records` of a part come, in their order; the last one may be smaller. What was
  /// read before and not taken is forgotten. Reading begins at once.
  void begin(DataPart part, std::vector<std::int32_t> records);

  /// A mini-batch: for each column the values of its records, those of one behind those of the one before.
  struct Batch {
    std::vector<const std::byte*> columns;
    std::int64_t records = 0;
  };

  /// Waits for the next mini-batch. It lies there up to the next call. Nothing: all have been taken, or a stop was
  /// requested before it was read.
  ///   errors  of a record of this mini-batch, of several the first of them: what its source throws, or data, for a
  ///           value that is none of its column's kinds; with set, part and number of the record. They come again in
  ///           each further call
  std::optional<Batch> next(const std::stop_token& stop = {});

 private:
  /// Memory of a mini-batch.
  struct Slot {
    std::vector<std::unique_ptr<std::byte[]>> columns;
    std::int64_t unread = 0;        ///< records that are still to come
    std::int64_t bad_position = 0;  ///< of `error`, in the order
    std::optional<Error> error;
  };

  Slot& slot_of(std::int64_t batch) { return slots_[static_cast<std::size_t>(batch % std::ssize(slots_))]; }
  std::int64_t batches() const { return (std::ssize(records_) + batch_ - 1) / batch_; }
  void clear_slot(std::int64_t batch);
  void work(const std::stop_token& stop);
  void read(std::int64_t position, Slot& slot) const;

  const Dataset& data_;
  std::int64_t batch_, grain_;
  std::vector<std::int64_t> item_bytes_;  ///< by column

  std::mutex mutex_;
  std::condition_variable_any may_read_, was_read_;
  std::vector<Slot> slots_;
  DataPart part_ = DataPart::train;
  std::vector<std::int32_t> records_;
  std::int64_t position_ = 0;           ///< in records_: that nobody reads yet
  std::int64_t taken_ = 0;              ///< mini-batches that the user is done with
  bool lent_ = false;                   ///< the user looks at the one behind those
  int readers_ = 0;                     ///< threads that read now
  std::atomic<std::int64_t> pass_ = 0;  ///< counts begin(): what was asked for before is left off
  std::vector<std::jthread> threads_;   ///< the last member: they end before the others do
};

}  // namespace deepobs
