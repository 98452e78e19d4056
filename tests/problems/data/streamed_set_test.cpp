#include <doctest/doctest.h>

#include <atomic>

#include "problems/data/dataset_status.h"
#include "problems/data/datasets.h"
#include "tests/error_of.h"
#include "tests/problems/data/scribbles.h"

// A set whose records are read one by one, before any is read.

namespace deepobs {
namespace {

using namespace test;

TEST_CASE("streamed set: it is opened and not read, and what it lacks is told") {
  std::atomic<int> reads = 0;
  DatasetInfo info = scribbles_streamed([&](DataPart, std::int64_t) { ++reads; });
  CHECK(info.is_streamed());
  CHECK(load_dataset(info, {}).complete);
  CHECK(dataset_status(info, {}).state == DataState::complete);

  info.train = 100;  // officially
  const Dataset some = load_dataset(info, {});
  CHECK(some.streamed);
  CHECK(some.train.count == 45);
  CHECK(some.train.columns.empty());
  CHECK(some.notes == std::vector<std::string>{"the training part has 45 of 100 records"});
  const DatasetStatus status = dataset_status(info, {});
  CHECK(status.state == DataState::subset);
  CHECK(status.train_samples == 45);
  CHECK(status.notes.back() == std::string(opened_note));

  info.train = 10;
  check_error([&] { load_dataset(info, {}); }, Fault::data, "its training part has 45 records, not 1 to 10");
  CHECK(dataset_status(info, {}).state == DataState::damaged);
  info.open = [](DataPart) -> RecordSource { fail(Fault::missing, "there is no folder /set"); };
  check_error([&] { load_dataset(info, {}); }, Fault::missing, "there is no folder /set");
  CHECK(dataset_status(info, {}).state == DataState::missing);
  info.open = [](DataPart) -> RecordSource { return {.count = 5}; };
  check_error([&] { load_dataset(info, {}); }, Fault::internal,
              "its training part of 5 records is streamed; it needs a source of as many with read()");
  CHECK(reads == 0);
}

}  // namespace
}  // namespace deepobs
