#include "runner/bench/bench_data.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "problems/data/dataset_info.h"
#include "tests/error_of.h"
#include "tests/runner/training/small_set.h"

namespace deepobs {
namespace {

TEST_CASE("bench data: a synthetic set has the official shape, every byte, and every label") {
  const Dataset data = synthetic_dataset(find_data_set("mnist"));
  CHECK(data.train.count == 60000);
  CHECK(data.test.count == 10000);
  CHECK(data.valid.count == 0);
  for (const Split* split : {&data.train, &data.test}) {
    CHECK(static_cast<std::int64_t>(split->values<std::uint8_t>(0).size()) == split->count * 784);
    CHECK(static_cast<std::int64_t>(split->values<std::int32_t>(1).size()) == split->count);
    std::vector<bool> bytes(256), labels(10);
    for (const auto byte : split->values<std::uint8_t>(0)) bytes[byte] = true;
    for (const auto label : split->values<std::int32_t>(1)) labels.at(static_cast<std::size_t>(label)) = true;
    CHECK(std::ranges::count(bytes, true) == 256);
    CHECK(std::ranges::count(labels, true) == 10);
  }
}

TEST_CASE("bench data: what is there is used, what is missing is made up, and both are said") {
  const TempDir folder;
  write_small_set(folder.path(), "fmnist", 20, 10);
  BenchData data({folder.path()});
  CHECK(data.of(find_data_set("fmnist")).origin == "subset");
  CHECK(data.of(find_data_set("fmnist")).described.train.count == 20);
  CHECK(data.of(find_data_set("fmnist")).described.train.columns.empty());
  CHECK(data.of(find_data_set("mnist")).origin == "synthetic");
  CHECK(&data.of(find_data_set("mnist")) == &data.of(find_data_set("mnist")));
}

TEST_CASE("bench data: a damaged set is an error, not a reason to make one up") {
  const TempDir folder;
  write_small_set(folder.path(), "fmnist", 20, 10);
  test::write(folder / "fmnist/train-labels-idx1-ubyte", test::bytes_of("broken"));
  BenchData data({folder.path()});
  check_error([&] { data.of(find_data_set("fmnist")); }, Fault::data, "train-labels-idx1-ubyte");
}

}  // namespace
}  // namespace deepobs
