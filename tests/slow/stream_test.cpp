#include <doctest/doctest.h>

#include <chrono>
#include <cstdio>
#include <numeric>
#include <thread>

#include "problems/data/datasets.h"
#include "problems/models/networks.h"
#include "runner/training/standard_runner.h"
#include "runner/training/stopwatch.h"
#include "runner/training/stream/check_records.h"

// How much of the reading of a streamed set goes on beside the training: figures for docs/performance.md.

namespace deepobs {
namespace {

constexpr std::int64_t train = 6400, test = 128;
constexpr auto disk = std::chrono::microseconds(400);

/// A record, after 0.4 ms: of a disk that is waited for, or of work, as decoding is.
void picture(std::int64_t index, bool works, std::span<std::uint8_t> image, std::int32_t& label) {
  const auto end = std::chrono::steady_clock::now() + disk;
  if (!works) std::this_thread::sleep_until(end);
  while (std::chrono::steady_clock::now() < end) {
  }
  for (std::size_t i = 0; i < image.size(); ++i)
    image[i] = static_cast<std::uint8_t>(static_cast<std::size_t>(index) * 31 + i * i);
  label = static_cast<std::int32_t>(index % 10);
}

DatasetInfo pictures(const std::string& name) {
  DatasetInfo info{.name = "pictures",
                   .title = "Pictures that take their time",
                   .columns = {image_column(32, 32, 3), label_column(10)},
                   .train = train,
                   .test = test};
  const auto count = [](DataPart part) { return part == DataPart::train ? train : test; };
  if (name == "memory")
    info.generate = [=](DataPart part) -> std::vector<ColumnValues> {
      std::vector<std::uint8_t> images(static_cast<std::size_t>(count(part) * 3072));
      std::vector<std::int32_t> labels(static_cast<std::size_t>(count(part)));
      for (std::size_t i = 0; i < labels.size(); ++i)
        picture(static_cast<std::int64_t>(i), false, std::span(images).subspan(i * 3072, 3072), labels[i]);
      return {std::move(images), std::move(labels)};
    };
  else
    info.open = [=](DataPart part) {
      return RecordSource{.count = count(part), .read = [=](std::int64_t index, const RecordPlace& to) {
                            picture(index, name == "work", to.values<std::uint8_t>(0), to.values<std::int32_t>(1)[0]);
                          }};
    };
  return info;
}

TEST_CASE("stream: how much of the reading goes on beside the training") {
  const Problem problem{.name = "pictures_mlp",
                        .title = "Four dense layers on pictures",
                        .dataset = "pictures",
                        .feed = rows({.training = Preprocess::augment, .test = Preprocess::standardise}),
                        .loss_name = "softmax cross entropy",
                        .batch_size = 128,
                        .num_epochs = 2,
                        .train_eval_size = 128,
                        .record = classification([](Layers& layers, Value images) { return mlp(layers, images, 10); }),
                        .source = "this test"};
  const auto sum = [](const std::vector<double>& of) { return std::accumulate(of.begin(), of.end(), 0.); };
  std::vector<double> expected;
  double in_memory = 0;
  for (const int threads : {1, 2})
    for (const std::string name : {"memory", "disk", "work"}) {
      const DatasetInfo info = pictures(name);
      double reading = 0;
      if (info.is_streamed()) {
        const Dataset set = load_dataset(info, {});
        const Stopwatch watch;
        check_records(set, threads);
        reading = 2 * watch.seconds() * train / (train + test);
      }
      const RunResult result = StandardRunner(Catalogue({.problems = {problem}, .data_sets = {info}}))
                                   .run({.testproblem = "pictures_mlp",
                                         .optimizer = "SGD",
                                         .learning_rate = 0.01,
                                         .no_logs = true,
                                         .train_log_interval = 1,
                                         .threads = threads});
      if (expected.empty()) expected = result.minibatch_train_losses;
      CHECK(result.minibatch_train_losses == expected);
      const double seconds = sum(result.train_seconds);
      if (name == "memory") in_memory = seconds;
      std::printf("%d threads, %-6s  training %6.2f s (in memory %6.2f s), reading alone %6.2f s, waited %6.2f s\n",
                  threads, name.c_str(), seconds, in_memory, reading,
                  result.data_wait_seconds ? sum(*result.data_wait_seconds) : 0.);
    }
}

}  // namespace
}  // namespace deepobs
