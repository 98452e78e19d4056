#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <sstream>
#include <thread>

#include "kernels/ops/loss/softmax_xent.h"
#include "problems/data/datasets.h"
#include "problems/feeds/windows.h"
#include "runner/bench/live_run.h"
#include "runner/bench/machine/resident_memory.h"
#include "runner/cli/commands/dry_run.h"
#include "runner/results/json/json_reader.h"
#include "runner/training/standard_runner.h"
#include "tests/error_of.h"
#include "tests/gpus_under_test.h"
#include "tests/problems/data/scribbles.h"
#include "tests/runner/results/comparable_result.h"
#include "tests/runner/training/left_run.h"
#include "tests/runner/training/plant.h"
#include "tests/runner/training/run_in_memory.h"
#include "tests/temp_dir.h"

// A run on a streamed set is, bit for bit, the run on the same set in memory.

namespace deepobs {
namespace {

using namespace test;
using namespace std::chrono_literals;

Catalogue catalogue_of(const DatasetInfo& info) {
  return Catalogue({.problems = {scribbles_logreg()}, .data_sets = {info}});
}

RunConfig config_of(const std::string& optimizer = "SGD") {
  return {.testproblem = "scribbles_logreg",
          .optimizer = optimizer,
          .learning_rate = 0.05,
          .no_logs = true,
          .train_log_interval = 1,
          .threads = 1};
}

/// The run of a configuration, and its data set.
struct Prepared {
  explicit Prepared(const DatasetInfo& info, const RunConfig& config = config_of(), std::optional<Optimizer> of = {})
      : optimizer(std::move(of)),
        run(StandardRunner(catalogue_of(info)).resolve(config)),
        data(load_dataset(info, {})) {
    if (optimizer) run.optimizer = &*optimizer;
  }
  Prepared(const Prepared&) = delete;
  Prepared& operator=(const Prepared&) = delete;

  std::optional<Optimizer> optimizer;  ///< in place of the configuration's
  Run run;
  Dataset data;
};

TEST_CASE("streamed run: it has the bits of a run in memory, for any number of reading threads") {
  const Prepared memory(scribbles_in_memory());
  const LeftRun expected = uninterrupted(memory.run, memory.data);
  REQUIRE(expected.result.minibatch_train_losses.size() == 3 * 11);
  REQUIRE(expected.result.train.losses.front() != expected.result.train.losses.back());
  for (const int threads : {1, 2, 5}) {
    INFO(threads, " threads");
    Prepared streamed(scribbles_streamed());
    REQUIRE(streamed.data.streamed);
    streamed.run.config.threads = threads;
    check_same(uninterrupted(streamed.run, streamed.data), expected);
  }
}

TEST_CASE("streamed run: file order, short trials, held-out records and an own validation set are those in memory") {
  const auto check = [](auto change, const Records& records = {}) {
    RunConfig config = config_of("Adam");
    config.num_epochs = 2;
    change(config);
    const Prepared memory(scribbles_in_memory(records), config);
    Prepared streamed(scribbles_streamed(wait_a_little, records), config);
    streamed.run.config.threads = 3;
    const LeftRun expected = uninterrupted(memory.run, memory.data);
    CHECK(expected.result.valid.losses.empty() == !config.validation);
    check_same(uninterrupted(streamed.run, streamed.data), expected);
  };
  check([](RunConfig& of) { of.data_order = DataOrder::sequential; });
  check([](RunConfig& of) { of.max_steps_per_epoch = 3, of.eval_batches = 2; });
  check([](RunConfig& of) { of.validation = true; });  // 13 are held out
  check([](RunConfig& of) { of.validation = true, of.data_order = DataOrder::sequential; });
  check([](RunConfig& of) { of.validation = true; }, {.valid = 9});
  check([](RunConfig& of) { of.batch_size = 13; });  // one of each evaluation
}

TEST_CASE("streamed run: only records that it needs are read") {
  std::atomic<int> reads = 0;
  RunConfig config = config_of();
  config.max_steps_per_epoch = 3;
  config.eval_batches = 2;
  config.num_epochs = 2;
  const Prepared streamed(scribbles_streamed([&](DataPart, std::int64_t) { ++reads; }), config);
  CHECK(reads == 0);
  uninterrupted(streamed.run, streamed.data);
  CHECK(reads == 4 * (3 * (2 + 2) + 2 * 3));
}

TEST_CASE("streamed run: left after any number of steps and entered again, it gives the same bits") {
  for (const char* optimizer : {"SGD", "NAdam"}) {
    RunConfig config = config_of(optimizer);
    config.validation = true;
    config.num_epochs = 2;
    const Prepared memory(scribbles_in_memory(), config), streamed(scribbles_streamed(), config);
    const LeftRun expected = uninterrupted(memory.run, memory.data);
    for (const std::int64_t each : {1, 3, 5, 8}) {
      INFO(optimizer, ", ", each, " steps at a time");
      check_same(in_pieces(streamed.run, streamed.data, each), expected);
    }
  }
}

TEST_CASE("streamed run: a divergence is found where it is found in memory, left in between or not") {
  for (const std::int64_t at : {0, 12, 20}) {
    INFO("NaN at step ", at);
    const Prepared memory(scribbles_in_memory(), config_of(), planting_sgd(0, at)),
        streamed(scribbles_streamed(), config_of(), planting_sgd(0, at));
    const LeftRun expected = uninterrupted(memory.run, memory.data);
    REQUIRE(expected.result.divergence.has_value());
    check_same(uninterrupted(streamed.run, streamed.data), expected);
    for (const std::int64_t each : {4, 13}) check_same(in_pieces(streamed.run, streamed.data, each), expected);
  }
}

TEST_CASE("streamed run: the diagnosis of a divergence repeats the steps with the records that they had") {
  for (const std::int64_t record : {3, 29}) {
    const Records records{.without_factor = record};
    const Prepared memory(scribbles_in_memory(records)), streamed(scribbles_streamed(wait_a_little, records));
    const LeftRun expected = uninterrupted(memory.run, memory.data);
    REQUIRE(expected.result.divergence.has_value());
    REQUIRE(expected.result.divergence->step < 10);  // others come behind it
    CHECK(expected.result.divergence->first_bad_tensor == "gather_floats 'batch'");
    check_same(uninterrupted(streamed.run, streamed.data), expected);
    for (const std::int64_t each : {1, 4, 9}) check_same(in_pieces(streamed.run, streamed.data, each), expected);
  }
}

TEST_CASE("streamed run: several at once share a set, and the results are those in memory") {
  const TempDir folder;
  const std::vector<std::string> waiting{"data_wait_seconds"};
  const auto results = [&](const DatasetInfo& info, const std::string& name) {
    std::vector<RunConfig> configs;
    for (const std::int64_t seed : {1, 2, 3, 4}) {
      configs.push_back(config_of());
      configs.back().optimizer = seed % 2 == 0 ? "SGD" : "Adam";
      configs.back().random_seed = seed;
      configs.back().no_logs = false;
      configs.back().output_dir = folder / name;
      configs.back().threads = 2;
    }
    std::vector<std::string> texts;
    for (const RunOutcome& outcome : StandardRunner(catalogue_of(info)).run_all(configs, 3)) {
      REQUIRE_FALSE(outcome.error);
      texts.push_back(comparable(outcome.result.json, info.is_streamed() ? waiting : std::vector<std::string>()));
    }
    return texts;
  };
  const auto expected = results(scribbles_in_memory(), "memory");
  CHECK(expected[0] != expected[2]);
  CHECK(results(scribbles_streamed(), "streamed") == expected);
}

TEST_CASE("streamed run: a GPU takes it as it takes a set in memory") {
  if (gpus_under_test().empty()) {
    MESSAGE("skipped: ", why_no_real_gpu());
    return;
  }
  for (const auto& gpu : gpus_under_test()) {
    CAPTURE(gpu.name);
    for (const bool diverges : {false, true}) {
      const Records many{.train = 150};  // more steps than a ring has places
      RunConfig config = config_of();
      config.batch_size = 1;
      config.num_epochs = 2;
      config.validation = true;
      config.device = "cuda";
      config.cuda_library = gpu.library;
      if (diverges) config.learning_rate = 1e30;
      const auto result = [&](const DatasetInfo& info, int threads) {
        config.threads = threads;
        return StandardRunner(catalogue_of(info)).run(config);
      };
      const RunResult memory = result(scribbles_in_memory(many), 1);
      CHECK(memory.divergence.has_value() == diverges);
      for (const int threads : {1, 5}) {
        if (diverges && threads > 1) continue;
        const RunResult streamed = result(scribbles_streamed(wait_a_little, many), threads);
        check_same({.result = streamed, .state = {}}, {.result = memory, .state = {}});
      }
    }
  }
}

TEST_CASE("streamed run: a record that cannot be read ends it with one error that names it, at any place") {
  for (const DataPart bad_part : {DataPart::train, DataPart::test})
    for (const int threads : {1, 4}) {
      INFO(std::string(name_of(bad_part)), ", ", threads, " threads");
      const auto info = scribbles_streamed([=](DataPart part, std::int64_t index) {
        wait_a_little(part, index);
        if (part == bad_part && index == 7) fail(Fault::data, "/set/picture.jpeg is cut off");
      });
      RunConfig config = config_of();
      config.threads = threads;
      check_error([&] { StandardRunner(catalogue_of(info)).run(config); }, Fault::data,
                  text("data set scribbles, ", name_of(bad_part), " record 7: /set/picture.jpeg is cut off"));
    }
}

TEST_CASE("streamed run: the steps before a bad record are done, and the session goes on where it can be read again") {
  std::atomic<bool> broken = true;
  Prepared streamed(scribbles_streamed([&](DataPart part, std::int64_t index) {
    if (broken && part == DataPart::train && index == 44) throw 7;
  }));
  streamed.run.config.threads = 3;
  streamed.run.config.data_order = DataOrder::sequential;  // record 44 is in the last step
  streamed.run.batch_size = 5;
  RunInMemory memory(streamed.run, streamed.data);
  Observer silent;
  Session session(memory.run, memory.graphs, memory.storage, silent, {}, memory.streamed.get());
  check_error(
      [&] {
        while (!session.done()) session.advance();
      },
      Fault::internal, "data set scribbles, training record 44: something was thrown that is no std::exception");
  CHECK(session.position() == Position{0, true, 8});
  const CheckpointContent left = session.checkpoint();
  broken = false;
  RunInMemory after(streamed.run, streamed.data);
  Session again(after.run, after.graphs, after.storage, silent, {}, after.streamed.get());
  again.resume(left);
  while (!again.done()) again.advance();
  Prepared in_memory(scribbles_in_memory());
  in_memory.run.config.data_order = DataOrder::sequential;
  in_memory.run.batch_size = 5;
  const RunResult expected = RunInMemory(in_memory.run, in_memory.data).train();
  CHECK(again.result().minibatch_train_losses == expected.minibatch_train_losses);
  CHECK(again.result().test.losses == expected.test.losses);
}

TEST_CASE("streamed run: a request to stop does not wait for records that never come") {
  std::stop_source stop, release;
  const auto info = scribbles_streamed([&](DataPart part, std::int64_t index) {
    if (part != DataPart::train || index != 20) return;
    stop.request_stop();
    while (!release.stop_requested()) std::this_thread::sleep_for(1ms);
  });
  RunConfig config = config_of();
  config.threads = 2;
  config.stop = stop.get_token();
  const Prepared streamed(info, config);
  RunInMemory memory(streamed.run, streamed.data);
  check_error([&] { memory.train(); }, Fault::interrupted, "stopped");
  CHECK_FALSE(release.stop_requested());  // it left while the record was still held
  release.request_stop();
}

TEST_CASE("streamed run: windows of a streamed set are refused, and so is a set that says two things") {
  const Column number{.name = "number", .type = Type::i32, .kinds = 4, .kinds_name = "numbers"};
  const auto set_of = [&](bool streamed) {
    DatasetInfo info{.name = "scribbles", .title = "Numbers", .columns = {number}, .train = 64, .test = 64};
    if (streamed)
      info.open = [](DataPart) { return RecordSource{.count = 64, .read = [](std::int64_t, const RecordPlace&) {}}; };
    else
      info.generate = [](DataPart) -> std::vector<ColumnValues> { return {std::vector<std::int32_t>(64)}; };
    return info;
  };
  Problem problem = scribbles_logreg();
  problem.feed = windows(4);
  problem.record = [](Layers& layers, const Batch& batch) {
    return Outputs{.losses = softmax_xent(logreg(layers, batch["inputs"], 4), batch["targets"])};
  };
  const StandardRunner runner(Catalogue({.problems = {problem}, .data_sets = {set_of(true)}}));
  const std::string expected =
      "the problem scribbles_logreg takes neighbouring records, as windows() does, but the "
      "records of data set scribbles are streamed";
  check_error([&] { runner.run(config_of()); }, Fault::usage, expected);
  std::ostringstream out;
  check_error([&] { dry_run({runner.resolve(config_of())}, false, out, [](const std::string&) {}); }, Fault::usage,
              expected);
  DatasetInfo both = set_of(true);
  both.generate = set_of(false).generate;
  check_error([&] { Catalogue({.data_sets = {both}}); }, Fault::usage, "it needs one of them");
}

TEST_CASE("streamed run: a part of a set marks the folder, the JSON tells of waiting, a dry run of memory") {
  const TempDir folder;
  DatasetInfo info = scribbles_streamed();
  info.train = 100;
  RunConfig config = config_of();
  config.no_logs = false;
  config.output_dir = folder.path();
  const StandardRunner runner(catalogue_of(info));
  struct Told : Observer {
    void warning(const std::string& line) override { lines.push_back(line); }
    std::vector<std::string> lines;
  } told;
  const RunResult result = runner.run(config, told);
  CHECK(told.lines == std::vector<std::string>{"WARNING: data set scribbles is not complete: 45 of 100 training and 17 "
                                               "of 17 test examples (the training part has 45 of 100 records)"});
  CHECK(result.json.parent_path().filename().string().ends_with("__train_examples__45"));
  const auto json = nlohmann::ordered_json::parse(content(result.json));
  CHECK(json["data"]["complete"] == false);
  REQUIRE(json["data_wait_seconds"].size() == 3);
  for (std::size_t epoch = 0; epoch < 3; ++epoch)
    CHECK(json["data_wait_seconds"][epoch] <= json["train_seconds"][epoch]);

  config = config_of();
  std::ostringstream lines, dry_json;
  dry_run({runner.resolve(config)}, false, lines, [](const std::string&) {});
  // 4 examples of 6 * 5 * 3 bytes, a label and a factor.
  CHECK(lines.str().find("64 mini-batches read ahead and 1 on the device, of 392 bytes each\n") != std::string::npos);
  dry_run({runner.resolve(config)}, true, dry_json, [](const std::string&) {});
  CHECK(nlohmann::ordered_json::parse(dry_json.str())["data_bytes_in_memory"] == 65 * 392);
}

TEST_CASE("streamed run: a bench reads no record") {
  const DatasetInfo info = scribbles_streamed([](DataPart, std::int64_t) { FAIL("a record was read"); });
  const StandardRunner runner(catalogue_of(info));
  const auto device = cpu_device({.threads = 1});
  const Dataset described = unread_dataset(info);
  const BenchData::Entry entry{described, "synthetic", ResidentData(*device, described)};
  LiveRun live({.run = runner.resolve(config_of()), .optimizer = "SGD"}, entry);
  CHECK(live.graphs().steps_per_epoch == 11);
  for (int step = 0; step < 12; ++step) CHECK(live.train() == 1);
  CHECK(live.evaluate() == 1);
}

/// A set of 1 GiB, of which a run reads everything.
DatasetInfo heavy() {
  constexpr std::int64_t count = 1 << 10, side = 1 << 10;
  DatasetInfo info{.name = "heavy",
                   .title = "Large records, and what they are about",
                   .columns = {image_column(side, side, 1), {.name = "point", .item = {2}}, label_column(2)},
                   .train = count,
                   .test = 8};
  info.open = [](DataPart part) {
    return RecordSource{.count = part == DataPart::test ? 8 : count,
                        .read = [](std::int64_t index, const RecordPlace& to) {
                          std::ranges::fill(to.values<std::uint8_t>(0), static_cast<std::uint8_t>(index));
                          to.values<float>(1)[0] = index % 2 == 0 ? 1.f : -1.f;
                          to.values<std::int32_t>(2)[0] = static_cast<std::int32_t>(index % 2);
                        }};
  };
  return info;
}

TEST_CASE("streamed run: a set of 1 GiB is trained on in a quarter of that") {
  Problem problem{.name = "heavy_logreg",
                  .title = "Softmax regression on what heavy records are about",
                  .dataset = "heavy",
                  .loss_name = "softmax cross entropy",
                  .batch_size = 8,
                  .num_epochs = 1,
                  .train_eval_size = 8,
                  .record =
                      [](Layers& layers, const Batch& batch) {
                        const Value logits = layers.dense("fc", batch["point"], {.units = 2});
                        return Outputs{.losses = softmax_xent(logits, batch["labels"])};
                      },
                  .source = "this test"};
  const StandardRunner runner(Catalogue({.problems = {problem}, .data_sets = {heavy()}}));
  RunConfig config = config_of();
  config.testproblem = "heavy_logreg";
  config.learning_rate = 1;
  config.threads = 2;
  if (!reset_peak_memory()) {
    MESSAGE("skipped: the system counts no peak of resident memory anew");
    return;
  }
  const std::int64_t before = peak_memory().value();
  const RunResult result = runner.run(config);
  const std::int64_t more = peak_memory().value() - before;
  INFO((more >> 20), " MiB");
  CHECK(result.steps_per_epoch == 128);
  CHECK(result.test.losses.back() < 0.2);
  CHECK(more < 256 << 20);
  CHECK(more > 64 << 20);  // it is not for nothing that this is measured: some of it was there
}

}  // namespace
}  // namespace deepobs
