#include "runner/training/batch_orders.h"

#include "runner/training/batch_order.h"

namespace deepobs {
namespace {

std::uint64_t seed_of(const Run& run) { return static_cast<std::uint64_t>(run.config.random_seed); }

ValidationSplit split_of(const Run& run, const TrainingGraphs& graphs) {
  if (graphs.train_order < 0) return {};
  return split_for_validation(graphs.train_examples + graphs.held_out, graphs.held_out, seed_of(run),
                              run.config.data_order);
}

void write(Storage& storage, int order, const std::vector<std::int32_t>& records) {
  storage.write(order, std::span(records));
}

}  // namespace

BatchOrders::BatchOrders(const Run& run, const TrainingGraphs& graphs)
    : run_(run), graphs_(graphs), split_(split_of(run, graphs)) {}

/// The first `count` of an order of the records that are trained on: file order, or a new one for each epoch.
std::vector<std::int32_t> BatchOrders::training_records(std::int64_t count, Stream stream, std::int64_t epoch) const {
  auto records =
      run_.config.data_order == DataOrder::sequential
          ? file_order(count)
          : shuffled_order(graphs_.train_examples, count, seed_of(run_), stream, static_cast<std::uint64_t>(epoch));
  for (auto& record : records) record = split_.training[static_cast<std::size_t>(record)];
  return records;
}

void BatchOrders::write_fixed(Storage& storage) const {
  if (graphs_.test.order >= 0) write(storage, graphs_.test.order, file_order(graphs_.test.examples));
  if (!graphs_.valid || graphs_.valid->order < 0) return;
  write(storage, graphs_.valid->order, graphs_.held_out > 0 ? split_.validation : file_order(graphs_.valid->examples));
}

void BatchOrders::write_train_eval(Storage& storage, std::int64_t epoch) const {
  if (graphs_.train_eval.order < 0) return;
  write(storage, graphs_.train_eval.order, training_records(graphs_.train_eval.examples, Stream::train_eval, epoch));
}

void BatchOrders::write_train(Storage& storage, std::int64_t epoch) const {
  if (graphs_.train_order < 0) return;
  write(storage, graphs_.train_order, training_records(graphs_.train_examples, Stream::shuffle, epoch));
}

}  // namespace deepobs
