#include "runner/training/stream/streamed_data.h"

#include "engine/run/executor.h"
#include "runner/training/config/run_device.h"
#include "runner/training/stopwatch.h"

namespace deepobs {

StreamedData::StreamedData(const Run& run, const TrainingGraphs& graphs, const Dataset& data, Device& device)
    : size_(stream_size(run, data.columns)),
      batch_(run.batch_size),
      device_(device),
      copier_(make_device(run.device(), {.threads = 1})),
      stream_(data, {.batch = run.batch_size,
                     .batches_ahead = size_.batches_ahead,
                     .threads = run.config.threads > 0 ? run.config.threads : available_cores()}) {
  require(graphs.batches_ring == size_.batches_ring, Fault::internal, "the graphs read a ring of ", graphs.batches_ring,
          " mini-batches, not ", size_.batches_ring);
  for (const Column& column : data.columns) {
    batch_bytes_.push_back(batch_ * column.item.elements() * bytes_of(column.type));
    ring_.emplace_back(*copier_, size_.batches_ring * batch_bytes_.back());
  }
}

void StreamedData::bind_to(Storage& storage, const TrainingGraphs& graphs) const {
  for (const auto* part : {&graphs.data.train, &graphs.data.test, &graphs.data.valid})  // at most one is read at a time
    for (std::size_t i = 0; i < part->size(); ++i) storage.bind((*part)[i], ring_[i]);
}

void StreamedData::begin(DataPart part, std::vector<std::int32_t> records, std::int64_t first) {
  records.erase(records.begin(), records.begin() + static_cast<std::ptrdiff_t>(first * batch_));
  device_.wait();  // other mini-batches come to the places that steps may still read
  brought_ = first;
  stream_.begin(part, std::move(records));
}

bool StreamedData::bring(std::int64_t end, const std::stop_token& stop) {
  for (; brought_ < end; ++brought_) {
    const Stopwatch watch;
    const auto batch = stream_.next(stop);
    waited_seconds_ += watch.seconds();
    if (!batch) {
      require(stop.stop_requested(), Fault::internal, "a step takes mini-batch ", brought_, ", and there is none");
      return false;
    }
    for (std::size_t i = 0; i < ring_.size(); ++i)
      copier_->copy_in(static_cast<std::byte*>(ring_[i].data()) + brought_ % size_.batches_ring * batch_bytes_[i],
                       batch->columns[i], batch_bytes_[i]);
  }
  device_.wait();  // the next ones come to the places of those steps
  return true;
}

}  // namespace deepobs
