#include "runner/training/stream/record_stream.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <system_error>

#include "engine/tensor/float_environment.h"
#include "runner/results/caught.h"

namespace deepobs {
namespace {

/// Errors: data, for a value that is none of its column's kinds. In a set in memory its format has checked that.
void check_kinds(std::span<const Column> columns, const RecordPlace& place) {
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const Column& column = columns[i];
    if (column.type != Type::i32 || column.kinds == 0) continue;
    for (const std::int32_t value : place.values<std::int32_t>(i))
      require(value >= 0 && value < column.kinds, Fault::data, column.name, " has the value ", value, ", not 0 to ",
              column.kinds - 1);
  }
}

}  // namespace

RecordStream::RecordStream(const Dataset& data, const Options& options) : data_(data), batch_(options.batch) {
  require(data.streamed && options.batch > 0 && options.batches_ahead > 0 && options.threads > 0, Fault::internal,
          "a stream of records needs a streamed data set, a mini-batch, memory for one, and a thread");
  std::int64_t record_bytes = 0;
  for (const Column& column : data.columns) {
    item_bytes_.push_back(column.item.elements() * bytes_of(column.type));
    record_bytes += item_bytes_.back();
  }
  // Small records are taken several at a time: a thread that reads one should not wait for the others longer than that.
  constexpr std::int64_t worth_a_turn = 1 << 16;
  grain_ = std::clamp<std::int64_t>(worth_a_turn / std::max<std::int64_t>(record_bytes, 1), 1, batch_);
  slots_.resize(static_cast<std::size_t>(options.batches_ahead));
  for (Slot& slot : slots_)
    for (const std::int64_t bytes : item_bytes_)
      slot.columns.push_back(std::make_unique_for_overwrite<std::byte[]>(static_cast<std::size_t>(batch_ * bytes)));
  try {
    for (int i = 0; i < options.threads; ++i)
      threads_.emplace_back([this](const std::stop_token& stop) { work(stop); });
  } catch (const std::system_error&) {
    fail(Fault::memory, "the system allows ", threads_.size(), " threads that read data set ", data.name, ", not ",
         options.threads, "; ask for fewer threads, or for fewer runs at once");
  }
}

RecordStream::~RecordStream() {
  for (auto& thread : threads_) thread.request_stop();  // all of them before the first is waited for
}

void RecordStream::begin(DataPart part, std::vector<std::int32_t> records) {
  std::unique_lock lock(mutex_);
  ++pass_;
  position_ = std::ssize(records_);  // nobody begins another record of the old order
  was_read_.wait(lock, [&] { return readers_ == 0; });
  part_ = part;
  records_ = std::move(records);
  position_ = taken_ = 0;
  lent_ = false;
  for (std::int64_t batch = 0; batch < std::ssize(slots_); ++batch) clear_slot(batch);
  may_read_.notify_all();
}

/// The slot of a mini-batch of this order is free for it.
void RecordStream::clear_slot(std::int64_t batch) {
  Slot& slot = slot_of(batch);
  slot.unread = std::clamp<std::int64_t>(std::ssize(records_) - batch * batch_, 0, batch_);
  slot.error.reset();
}

std::optional<RecordStream::Batch> RecordStream::next(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  if (lent_) {
    lent_ = false;
    clear_slot(taken_ + std::ssize(slots_));
    ++taken_;
    may_read_.notify_all();
  }
  if (taken_ == batches()) return {};
  const Slot& slot = slot_of(taken_);
  if (!was_read_.wait(lock, stop, [&] { return slot.unread == 0; })) return {};
  if (slot.error) throw Error(*slot.error);
  lent_ = true;
  Batch batch{.columns = {}, .records = std::min(batch_, std::ssize(records_) - taken_ * batch_)};
  for (const auto& column : slot.columns) batch.columns.push_back(column.get());
  return batch;
}

void RecordStream::work(const std::stop_token& stop) {
  const FloatEnvironment environment;  // what a source computes is the same whatever the host has set
  const auto there_is_work = [&] {
    return position_ < std::ssize(records_) && position_ / batch_ < taken_ + std::ssize(slots_);
  };
  std::unique_lock lock(mutex_);
  while (may_read_.wait(lock, stop, there_is_work) && !stop.stop_requested()) {
    const std::int64_t first = position_, batch = first / batch_, pass = pass_;
    const std::int64_t end =
        std::min({first + grain_, (batch + 1) * batch_, static_cast<std::int64_t>(std::ssize(records_))});
    Slot& slot = slot_of(batch);
    position_ = end;
    ++readers_;
    lock.unlock();
    std::int64_t position = first;
    const auto error = caught([&] {
      for (; position < end && pass == pass_ && !stop.stop_requested(); ++position) read(position, slot);
    });
    lock.lock();
    --readers_;
    slot.unread -= end - first;
    if (error && (!slot.error || position < slot.bad_position)) {
      slot.bad_position = position;
      slot.error = error;
    }
    if (slot.unread == 0 || readers_ == 0) was_read_.notify_all();
  }
}

/// Errors: those of next(). The order, and the slot, stay while a thread reads.
void RecordStream::read(std::int64_t position, Slot& slot) const {
  const std::int32_t record = records_[static_cast<std::size_t>(position)];
  std::vector<std::byte*> places;
  for (std::size_t i = 0; i < item_bytes_.size(); ++i) {
    const std::int64_t bytes = item_bytes_[i];
    places.push_back(slot.columns[i].get() + position % batch_ * bytes);
    std::memset(places.back(), 0, static_cast<std::size_t>(bytes));  // there are values of another record
  }
  const RecordPlace place(data_.columns, places);
  const auto error = caught([&] {
    data_.part(part_).source.read(record, place);
    check_kinds(data_.columns, place);
  });
  if (!error) return;
  // A source cannot ask a run to stop.
  fail(is_stop(error->fault()) ? Fault::internal : error->fault(), "data set ", data_.name, ", ", name_of(part_),
       " record ", record, ": ", error->what());
}

}  // namespace deepobs
