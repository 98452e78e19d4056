#include "problems/feeds/windows.h"

#include <doctest/doctest.h>

#include "kernels/ops/gather_windows/gather_windows.h"
#include "problems/problem.h"
#include "runner/training/config/run_config.h"
#include "runner/training/training_graphs.h"
#include "tests/error_of.h"
#include "tests/kernels/harness/run_op.h"

namespace deepobs {
namespace {

const Column characters{.name = "characters", .type = Type::i32, .kinds = 83, .kinds_name = "symbols"};

TEST_CASE("windows: inputs and the characters behind them") {
  RunOp op;
  const std::vector<Column> columns{characters};
  const std::vector<Value> data{op.graph.input("characters", Type::i32, {30})};
  const auto feed = windows(4);
  CHECK(!feed->takes_order());
  CHECK(feed->batches(30, 2) == 3);
  CHECK(feed->batches(24, 2) == 2);
  CHECK(feed->batches(8, 2) == 0);
  CHECK(feed->least_records(2) == 9);
  CHECK(feed->batches(feed->least_records(2), 2) == 1);
  const Batch batch = feed->record(op.graph, {.columns = columns, .data = data, .batch = 2, .first = 5, .count = 25});
  op.graph.keep(batch["inputs"]);
  op.graph.keep(batch["targets"]);
  op.start();
  std::vector<std::int32_t> text;
  for (std::int32_t i = 0; i < 30; ++i) text.push_back(i);
  op.write("characters", text);
  CHECK(op.run<std::int32_t>(batch["inputs"], {.batch = 1}) ==
        std::vector<std::int32_t>{9, 10, 11, 12, 21, 22, 23, 24});
  CHECK(op.run<std::int32_t>(batch["targets"], {.batch = 1}) ==
        std::vector<std::int32_t>{10, 11, 12, 13, 22, 23, 24, 25});
}

TEST_CASE("windows: other columns and windows of nothing are refused") {
  RunOp op;
  const std::vector<Column> columns{label_column(10), {.name = "x"}};
  const std::vector<Value> data{op.graph.input("labels", Type::i32, {9}), op.graph.input("x", Type::f32, {9})};
  const FeedSite site{.columns = columns, .data = data, .batch = 2, .count = 9};
  check_error([&] { windows(2)->record(op.graph, site); }, Fault::usage, "windows() takes one column of single int32");
  check_error([] { windows(0); }, Fault::usage, "windows have at least 1 number, not 0");
}

/// A described run of the character model on so many characters.
Run run_on(std::int64_t batch, bool validation = false) {
  return resolve({.testproblem = "tolstoi_char_rnn",
                  .batch_size = batch,
                  .num_epochs = 1,
                  .learning_rate = 0.1,
                  .no_logs = true,
                  .validation = validation},
                 find_optimizer("SGD"));
}
Dataset text_of(std::int64_t train, std::int64_t test) {
  Dataset data;
  data.name = "tolstoi";
  data.columns = {characters};
  data.train.count = train;
  data.test.count = test;
  return data;
}

TEST_CASE("windows: the character model has DeepOBS's steps, and the beginning of the text is held out") {
  {
    const TrainingGraphs graphs(run_on(50), text_of(2'612'948, 653'237));
    CHECK(graphs.steps_per_epoch == 1045);
    CHECK(graphs.train_eval.batches == 1045);
    CHECK(graphs.test.batches == 261);
    CHECK(graphs.train_order == -1);
    CHECK(graphs.store.parameter_count() == 284'499);
    CHECK(graphs.test.metric("accuracy") != nullptr);
  }
  const TrainingGraphs graphs(run_on(50, true), text_of(2'612'948, 653'237));
  CHECK(graphs.held_out == 653'237);
  CHECK(graphs.valid->batches == 261);
  CHECK(graphs.steps_per_epoch == (2'612'948 - 653'237 - 1) / 2500);
  const auto first_of = [](const Graph& graph) {
    const Node& node = graph.nodes().front();
    CHECK(node.op->name == "gather_windows");
    return node.attributes.as<GatherWindows>().first;
  };
  CHECK(first_of(graphs.train.graph) == 653'237);
  CHECK(first_of(graphs.train_eval.graph) == 653'237);
  CHECK(first_of(graphs.valid->graph) == 0);
  CHECK(first_of(graphs.test.graph) == 0);
}

TEST_CASE("windows: a text that is too short is refused with what a mini-batch takes") {
  check_error([] { TrainingGraphs(run_on(50), text_of(2500, 5000)); }, Fault::usage,
              "batch_size 50 takes 2501 records, more than the 2500 of the training set");
  CHECK(TrainingGraphs(run_on(50), text_of(2501, 5000)).steps_per_epoch == 1);
  check_error([] { check_batches(run_on(50), text_of(2501, 100)); }, Fault::usage, "more than the 100 of the test set");
  check_error([] { check_batches(run_on(50, true), text_of(653'237 + 2500, 5000)); }, Fault::usage,
              "validation holds out 653237 examples");
}

}  // namespace
}  // namespace deepobs
