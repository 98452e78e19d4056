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

BatchOrders::Taken BatchOrders::trained(std::int64_t epoch) const {
  return {DataPart::train, training_records(graphs_.train_examples, Stream::shuffle, epoch)};
}

BatchOrders::Taken BatchOrders::evaluated(Phase phase, std::int64_t epoch) const {
  if (phase == Phase::train_eval)
    return {DataPart::train, training_records(graphs_.train_eval.examples, Stream::train_eval, epoch)};
  if (phase == Phase::test) return {DataPart::test, file_order(graphs_.test.examples)};
  if (graphs_.held_out > 0) return {DataPart::train, split_.validation};
  return {DataPart::valid, file_order(graphs_.valid->examples)};
}

void BatchOrders::write_fixed(Storage& storage) const {
  if (graphs_.batches_ring > 0) return write_places(storage);
  if (graphs_.test.order >= 0) write(storage, graphs_.test.order, evaluated(Phase::test, 0).records);
  if (!graphs_.valid || graphs_.valid->order < 0) return;
  write(storage, graphs_.valid->order, evaluated(Phase::valid, 0).records);
}

/// Example k of mini-batch b lies at the same place k of place b of the ring, modulo its length.
void BatchOrders::write_places(Storage& storage) const {
  const auto write_to = [&](int order, std::int64_t count) {
    auto places = file_order(count);
    for (auto& place : places) place = static_cast<std::int32_t>(place % (graphs_.batches_ring * run_.batch_size));
    write(storage, order, places);
  };
  write_to(graphs_.train_order, graphs_.train_examples);
  write_to(graphs_.train_eval.order, graphs_.train_eval.examples);
  write_to(graphs_.test.order, graphs_.test.examples);
  if (graphs_.valid) write_to(graphs_.valid->order, graphs_.valid->examples);
}

void BatchOrders::write_train_eval(Storage& storage, std::int64_t epoch) const {
  if (graphs_.train_eval.order < 0 || graphs_.batches_ring > 0) return;
  write(storage, graphs_.train_eval.order, evaluated(Phase::train_eval, epoch).records);
}

void BatchOrders::write_train(Storage& storage, std::int64_t epoch) const {
  if (graphs_.train_order < 0 || graphs_.batches_ring > 0) return;
  write(storage, graphs_.train_order, trained(epoch).records);
}

}  // namespace deepobs
