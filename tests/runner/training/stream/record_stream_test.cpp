#include "runner/training/stream/record_stream.h"

#include <doctest/doctest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstring>
#include <stdexcept>
#include <thread>

#include "runner/training/batch_order.h"
#include "runner/training/stream/check_records.h"
#include "tests/error_of.h"

// Records come in the order that was asked for, whatever the threads do that read them.

namespace deepobs {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t small = 2, large = 20'000;  // a thread reads many small records in a row, of large ones one

/// A streamed set of numbers: record i of the training part holds i and -i, that of the test part 1000 + i.
Dataset numbers(
    std::int64_t count, std::function<void(std::int64_t)> before = [](std::int64_t) {}, std::int64_t width = small) {
  Dataset data;
  data.name = "numbers";
  data.columns = {{.name = "number", .type = Type::i32, .kinds = 2000, .kinds_name = "numbers"},
                  {.name = "row", .type = Type::f32, .item = {width}}};
  data.train.count = data.test.count = count;
  data.streamed = true;
  const auto source = [&](std::int32_t base) {
    return RecordSource{.count = count, .read = [before, base](std::int64_t index, const RecordPlace& to) {
                          before(index);
                          to.values<std::int32_t>(0)[0] = base + static_cast<std::int32_t>(index);
                          to.values<float>(1)[0] = static_cast<float>(-index);
                          if (index % 3 == 0) to.values<float>(1)[1] = 7;  // else it is left out: 0
                        }};
  };
  data.train.source = source(0);
  data.test.source = source(1000);
  return data;
}

std::vector<std::int32_t> numbers_of(const RecordStream::Batch& batch, std::int64_t width = small) {
  std::vector<std::int32_t> values(static_cast<std::size_t>(batch.records));
  std::memcpy(values.data(), batch.columns[0], values.size() * sizeof values[0]);
  for (std::size_t i = 0; i < values.size(); ++i) {
    std::array<float, 2> row;
    std::memcpy(row.data(), batch.columns[1] + i * static_cast<std::size_t>(width) * sizeof(float), sizeof row);
    CHECK(row[0] == static_cast<float>(-(values[i] % 1000)));
    CHECK(row[1] == (values[i] % 1000 % 3 == 0 ? 7 : 0));
  }
  return values;
}

std::vector<std::int32_t> all_of(RecordStream& stream, std::int64_t width = small) {
  std::vector<std::int32_t> all;
  while (const auto batch = stream.next()) {
    const auto some = numbers_of(*batch, width);
    all.insert(all.end(), some.begin(), some.end());
  }
  return all;
}

TEST_CASE("record stream: mini-batches come in order, for any number of threads and mini-batches ahead") {
  const auto order = shuffled_order(103, 103, 1, Stream::shuffle, 0);
  for (const int threads : {1, 2, 5})
    for (const auto& how : {std::pair(1l, small), {2, large}, {7, large}, {7, small}, {200, small}}) {
      const std::int64_t ahead = how.first, width = how.second;
      INFO(threads, " threads, ", ahead, " ahead, ", width, " numbers a record");
      const Dataset data = numbers(
          103, [](std::int64_t i) { std::this_thread::sleep_for(std::chrono::microseconds(i * 37 % 200)); }, width);
      RecordStream stream(data, {.batch = 10, .batches_ahead = ahead, .threads = threads});
      CHECK_FALSE(stream.next().has_value());  // nothing was asked for
      stream.begin(DataPart::train, order);
      CHECK(all_of(stream, width) == order);  // and the last mini-batch has 3
      CHECK_FALSE(stream.next().has_value());
      stream.begin(DataPart::test, {5, 5, 0});
      CHECK(all_of(stream, width) == std::vector<std::int32_t>{1005, 1005, 1000});
      stream.begin(DataPart::test, {});
      CHECK_FALSE(stream.next().has_value());
    }
}

TEST_CASE("record stream: no more is read ahead than there is room for, and it is read without being asked") {
  std::atomic<int> reads = 0;
  const Dataset data = numbers(1000, [&](std::int64_t) { ++reads; });
  RecordStream stream(data, {.batch = 10, .batches_ahead = 3, .threads = 4});
  stream.begin(DataPart::train, file_order(1000));
  while (reads < 30) std::this_thread::yield();
  std::this_thread::sleep_for(10ms);
  CHECK(reads == 30);
  REQUIRE(stream.next());
  CHECK(reads == 30);  // it is still looked at
  REQUIRE(stream.next());
  while (reads < 40) std::this_thread::yield();
  std::this_thread::sleep_for(10ms);
  CHECK(reads == 40);
}

TEST_CASE("record stream: what was read ahead for an order is forgotten with it") {
  const Dataset data = numbers(1000, [](std::int64_t) { std::this_thread::sleep_for(50us); });
  RecordStream stream(data, {.batch = 8, .batches_ahead = 4, .threads = 3});
  for (std::int64_t taken = 0; taken < 20; ++taken) {
    stream.begin(taken % 2 == 0 ? DataPart::train : DataPart::test, file_order(1000));
    for (std::int64_t batch = 0; batch < taken % 7; ++batch) {
      const auto got = stream.next();
      REQUIRE(got);
      CHECK(numbers_of(*got).front() == (taken % 2 == 0 ? 0 : 1000) + 8 * batch);
    }
  }
}

TEST_CASE("record stream: the error of the first bad record comes, with its number, when its mini-batch is asked for") {
  for (const int threads : {1, 2, 5}) {
    INFO(threads, " threads");
    const auto breaks = [](std::int64_t i) {
      if (i == 33) std::this_thread::sleep_for(3ms);  // of several threads one fails at 37 before
      if (i == 33 || i == 37) fail(Fault::io, "cannot read picture", i, ".jpeg");
    };
    const Dataset data = numbers(100, breaks, large);
    RecordStream stream(data, {.batch = 10, .batches_ahead = 6, .threads = threads});
    stream.begin(DataPart::test, file_order(100));
    for (int batch = 0; batch < 3; ++batch) CHECK(stream.next().has_value());
    for (int again = 0; again < 2; ++again)
      check_error([&] { stream.next(); }, Fault::io, "data set numbers, test record 33: cannot read picture33.jpeg");
    stream.begin(DataPart::train, {1, 2});  // it can be used again
    CHECK(all_of(stream, large) == std::vector<std::int32_t>{1, 2});
  }
}

TEST_CASE("record stream: whatever a source throws is one typed error") {
  const auto thrown = [](std::function<void()> thrower) {
    const Dataset data = numbers(4, [=](std::int64_t i) {
      if (i == 2) thrower();
    });
    RecordStream stream(data, {.batch = 4, .batches_ahead = 2, .threads = 3});
    stream.begin(DataPart::train, file_order(4));
    return error_of([&] { stream.next(); });
  };
  const auto check = [](const Error& error, Fault fault, const std::string& what) {
    CHECK(static_cast<int>(error.fault()) == static_cast<int>(fault));
    CHECK(std::string(error.what()) == "data set numbers, training record 2: " + what);
  };
  check(thrown([] { throw 7; }), Fault::internal,
        "something was thrown that is no std::exception and says nothing of itself");
  check(thrown([] { throw std::out_of_range("beyond"); }), Fault::internal, "beyond");
  check(thrown([] { throw std::bad_alloc(); }), Fault::memory, "the machine has no memory left");
  check(thrown([] { fail(Fault::interrupted, "I stop"); }), Fault::internal, "I stop");  // a run only stops when asked
}

TEST_CASE("record stream: a number that is none of its column's kinds is refused") {
  Dataset data = numbers(10);
  data.columns[0].kinds = 7;
  RecordStream stream(data, {.batch = 5, .batches_ahead = 2, .threads = 1});
  stream.begin(DataPart::train, file_order(10));
  CHECK(stream.next().has_value());
  check_error([&] { stream.next(); }, Fault::data,
              "data set numbers, training record 7: number has the value 7, not 0 to 6");
  for (const int threads : {1, 3})
    check_error([&] { check_records(data, threads); }, Fault::data, "training record 7: number has the value 7");
  data.columns[0].kinds = 1010;
  check_records(data, 2);
  data.columns[0].kinds = 1009;
  check_error([&] { check_records(data, 2); }, Fault::data, "test record 9: number has the value 1009");
}

TEST_CASE("record stream: a source asks for its columns by their types") {
  Dataset data = numbers(1);
  data.train.source.read = [](std::int64_t, const RecordPlace& to) { to.values<float>(0)[0] = 1; };
  RecordStream stream(data, {.batch = 1, .batches_ahead = 1, .threads = 1});
  stream.begin(DataPart::train, {0});
  check_error([&] { stream.next(); }, Fault::internal, "training record 0: a record has no column 0 of float32");
}

TEST_CASE("record stream: at the end of its life each thread ends behind the record that it is reading") {
  std::atomic<int> read = 0;
  const Dataset data = numbers(100, [&](std::int64_t) {
    ++read;
    std::this_thread::sleep_for(50ms);
  });
  {
    RecordStream stream(data, {.batch = 1, .batches_ahead = 50, .threads = 4});
    stream.begin(DataPart::train, file_order(100));
    while (read < 4) std::this_thread::sleep_for(1ms);
  }
  CHECK(read <= 8);  // a slow machine may have let each begin one more before the end
}

TEST_CASE("record stream: a user that waits is woken by a request to stop") {
  std::stop_source release;
  const Dataset data = numbers(100, [&](std::int64_t i) {
    while (i == 3 && !release.stop_requested()) std::this_thread::sleep_for(1ms);
  });
  std::stop_source stop;
  std::jthread user;
  {
    RecordStream stream(data, {.batch = 2, .batches_ahead = 2, .threads = 2});
    stream.begin(DataPart::train, file_order(100));
    REQUIRE(stream.next(stop.get_token()));
    user = std::jthread([&] {
      std::this_thread::sleep_for(5ms);
      stop.request_stop();
    });
    CHECK_FALSE(stream.next(stop.get_token()).has_value());  // it would wait for ever
    CHECK(stop.stop_requested());
    release.request_stop();
    const auto then = stream.next();
    REQUIRE(then);
    CHECK(numbers_of(*then) == std::vector<std::int32_t>{2, 3});
  }
}

}  // namespace
}  // namespace deepobs
