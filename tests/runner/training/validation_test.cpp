#include <doctest/doctest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "runner/training/records/deepobs_json.h"
#include "runner/training/validation_split.h"
#include "tests/error_of.h"
#include "tests/json_keys.h"
#include "tests/runner/training/plant.h"
#include "tests/runner/training/run_in_memory.h"
#include "tests/runner/training/small_set.h"

// The validation split: who is held out, that nobody trains on it, and what is told of it.

namespace deepobs {
namespace {

using Rows = std::vector<std::int32_t>;
using Json = nlohmann::ordered_json;

constexpr std::int64_t images = 50, held = 12, batch = 8, epochs = 3;

const Dataset& digits() {
  static const Dataset data = small_set("mnist", images, 20);
  return data;
}

/// mnist_logreg that holds out a few of these images.
const Problem& problem() {
  static const Problem small = [] {
    Problem made = find_problem("mnist_logreg");
    made.train_eval_size = held;
    return made;
  }();
  return small;
}

RunConfig config_of(DataOrder order = DataOrder::shuffled) {
  return {.testproblem = "mnist_logreg",
          .batch_size = batch,
          .num_epochs = epochs,
          .learning_rate = 0.1,
          .no_logs = true,
          .train_log_interval = 1,
          .data_order = order,
          .validation = true};
}

Run described(const RunConfig& config, const Optimizer& optimizer = find_optimizer("SGD")) {
  Run run = resolve(config, optimizer);
  run.problem = &problem();
  return run;
}

TEST_CASE("validation: the split has every row once, depends on the seed, and takes the last rows in file order") {
  const auto check = [](const ValidationSplit& split, std::int64_t held_out) {
    CHECK(static_cast<std::int64_t>(split.validation.size()) == held_out);
    CHECK(std::ranges::is_sorted(split.training));
    std::set<std::int32_t> all(split.training.begin(), split.training.end());
    all.insert(split.validation.begin(), split.validation.end());
    CHECK(static_cast<std::int64_t>(all.size()) == images);
    CHECK(static_cast<std::int64_t>(split.training.size() + split.validation.size()) == images);
    CHECK(*all.begin() == 0);
    CHECK(*all.rbegin() == images - 1);
  };
  for (const std::int64_t count : {std::int64_t{0}, std::int64_t{1}, held, images}) {
    check(split_for_validation(images, count, 42, DataOrder::shuffled), count);
    check(split_for_validation(images, count, 42, DataOrder::sequential), count);
  }
  const auto rows = [](std::uint64_t seed) {
    return split_for_validation(images, held, seed, DataOrder::shuffled).validation;
  };
  CHECK(rows(1) == rows(1));
  CHECK(rows(1) != rows(2));
  CHECK(split_for_validation(5, 2, 1, DataOrder::sequential).validation == Rows{3, 4});
}

/// Every row that a run trains on and evaluates, as they stand in its buffers.
struct Watch : Observer {
  explicit Watch(const RunInMemory& run) : memory(run) {}
  Rows read(int buffer, std::int64_t count) const {
    Rows rows(static_cast<std::size_t>(count));
    memory.storage.read(buffer, std::span(rows));
    return rows;
  }
  void evaluated(Phase phase, double, double, bool) override {
    if (phase == Phase::train_eval)
      train_eval.push_back(read(memory.graphs.train_eval.order, memory.graphs.train_eval.examples));
    if (phase == Phase::valid) valid.push_back(read(memory.graphs.valid->order, memory.graphs.valid->examples));
    phases.push_back(phase);
  }
  void stepped(const Step& step) override {
    if (step.step == 0) train.push_back(read(memory.graphs.train_order, memory.graphs.train_examples));
  }
  const RunInMemory& memory;
  std::vector<Rows> train, train_eval, valid;
  std::vector<Phase> phases;
};

TEST_CASE("validation: no row that is held out is ever trained on or drawn for train_eval") {
  for (const DataOrder order : {DataOrder::shuffled, DataOrder::sequential}) {
    RunInMemory memory(described(config_of(order)), digits());
    Watch watch(memory);
    const RunResult result = memory.train(watch);
    REQUIRE(watch.train.size() == epochs);
    REQUIRE(watch.train_eval.size() == epochs + 1);
    REQUIRE(watch.valid.size() == epochs + 1);
    for (std::size_t i = 0; i < watch.phases.size(); ++i)
      CHECK(static_cast<int>(watch.phases[i]) ==
            static_cast<int>(std::vector{Phase::train_eval, Phase::valid, Phase::test}[i % 3]));
    const std::set<std::int32_t> held_out(watch.valid[0].begin(), watch.valid[0].end());
    CHECK(held_out.size() == held);
    for (const auto& rows : watch.valid) CHECK(rows == watch.valid[0]);
    for (const auto* lists : {&watch.train, &watch.train_eval})
      for (const auto& rows : *lists) {
        CHECK(std::ranges::none_of(rows, [&](std::int32_t row) { return held_out.contains(row); }));
        CHECK(std::set<std::int32_t>(rows.begin(), rows.end()).size() == rows.size());
      }
    for (const auto& rows : watch.train) CHECK(static_cast<std::int64_t>(rows.size()) == images - held);
    CHECK(result.validation_examples == held);
    CHECK(memory.graphs.steps_per_epoch == (images - held) / batch);
    if (order == DataOrder::sequential) {
      CHECK(*held_out.begin() == images - held);
      CHECK(watch.train[0].front() == 0);
    } else {
      CHECK(watch.train[0] != watch.train[1]);
      CHECK(watch.train_eval[0] != watch.train_eval[1]);
    }
  }
}

TEST_CASE("validation: what the held-out images show changes the valid curve and nothing else") {
  const auto trained = [](const Dataset& data) {
    RunInMemory memory(described(config_of()), data);
    return memory.train();
  };
  Dataset changed = digits();
  for (const auto row : split_for_validation(images, held, 42, DataOrder::shuffled).validation) {
    std::fill_n(changed.train.values<std::uint8_t>(0).begin() + row * 784, 784, std::uint8_t{255});
    changed.train.values<std::int32_t>(1)[static_cast<std::size_t>(row)] = 3;
  }
  const RunResult with = trained(digits()), without = trained(changed);
  CHECK(with.minibatch_train_losses == without.minibatch_train_losses);
  CHECK(with.train.losses == without.train.losses);
  CHECK(with.test.losses == without.test.losses);
  CHECK(with.valid.losses != without.valid.losses);
  CHECK(with.valid.losses.size() == epochs + 1);
  CHECK(with.valid.accuracies.size() == epochs + 1);
  CHECK(with.valid.plain_losses == with.valid.losses);  // logistic regression has no regulariser
}

TEST_CASE("validation: the held-out images are looked at as test images are, without augmentation") {
  const Dataset data = small_set("cifar10", 24, 8);
  Problem small = find_problem("cifar10_3c3d");
  small.train_eval_size = 8;
  RunConfig config = config_of();
  config.testproblem = "cifar10_3c3d";
  config.batch_size = 8;
  config.learning_rate = 0;
  Run run = resolve(config, find_optimizer("SGD"));
  run.problem = &small;
  RunInMemory memory(run, data);
  const RunResult result = memory.train();
  CHECK(result.valid.losses == std::vector<double>(epochs + 1, result.valid.losses[0]));
  CHECK(std::ranges::adjacent_find(result.train.losses) == result.train.losses.end());  // other crops each time
}

TEST_CASE("validation: a run without it is what it always was, and has no valid curve") {
  RunConfig config = config_of();
  config.validation = false;
  RunInMemory memory(described(config), digits());
  const RunResult result = memory.train();
  CHECK(result.valid.losses.empty());
  CHECK(result.validation_examples == 0);
  CHECK(memory.graphs.train_examples == images);
  CHECK(!memory.graphs.valid);
}

TEST_CASE("validation: a diverged run fills the valid curve with its first entry") {
  RunInMemory memory(described(config_of(), planting_sgd(0, 5)), digits());  // in the second epoch of 4 steps
  const RunResult result = memory.train();
  REQUIRE(result.divergence.has_value());
  REQUIRE(result.divergence->epoch == 1);
  for (const auto* list : {&result.valid.losses, &result.valid.accuracies, &result.valid.plain_losses}) {
    REQUIRE(list->size() == epochs + 1);
    CHECK(list->at(2) == list->at(0));
    CHECK(list->at(3) == list->at(0));
  }
  CHECK(result.valid.losses[1] != result.valid.losses[0]);
}

TEST_CASE("validation: a training set that it would use up is refused with all numbers") {
  const auto refused = [](std::uint32_t count) {
    const Dataset data = small_set("mnist", count, 20);
    check_error([&] { TrainingGraphs(described(config_of()), data); }, Fault::usage,
                {"validation holds out 12 examples", text("the training set mnist has ", count), "no batch of 8"});
  };
  refused(5);
  refused(12);
  refused(19);
  const Dataset enough = small_set("mnist", 20, 20);
  CHECK(TrainingGraphs(described(config_of()), enough).steps_per_epoch == 1);
}

TEST_CASE("validation: 1.2's keys stand where 1.2 has them, the others write them behind their own") {
  for (const Layout layout : {Layout::flat, Layout::v1_2}) {
    RunConfig config = config_of();
    config.layout = layout;
    RunInMemory memory(described(config), digits());
    RunResult result = memory.train();
    result.train_examples = images;  // known to those who load the data
    const Json json = Json::parse(deepobs_json(memory.run, result));
    const auto keys = test::keys_of(json);
    const auto behind = [&](const std::string& key) { return *(std::ranges::find(keys, key) + 1); };
    if (layout == Layout::v1_2) {
      CHECK(behind("train_losses") == "valid_losses");
      CHECK(behind("valid_losses") == "test_losses");
      CHECK(behind("test_losses") == "minibatch_train_losses");
      CHECK(behind("train_accuracies") == "valid_accuracies");
      CHECK(behind("valid_accuracies") == "test_accuracies");
      CHECK(behind("test_accuracies") == "status");
    } else {
      CHECK(behind("train_losses") == "test_losses");
      CHECK(behind("hyperparams") == "status");
      CHECK(behind("test_losses_without_regulariser") == "valid_losses");
      CHECK(behind("valid_losses") == "valid_accuracies");
    }
    CHECK(json["valid_losses"].get<std::vector<double>>() == result.valid.losses);
    CHECK(json["valid_accuracies"].get<std::vector<double>>() == result.valid.accuracies);
    CHECK(json["valid_losses_without_regulariser"].size() == epochs + 1);
    CHECK(json["validation"] == true);
    CHECK(json["validation_split"].dump() ==
          R"({"training_examples":38,"validation_examples":12,"held_out":"random, by random_seed"})");
  }
}

TEST_CASE("validation: runs with it, and short trials, have folders of their own") {
  const auto folder = [](RunConfig config) {
    config.testproblem = "mnist_mlp";
    config.learning_rate = 0.1;
    const Run run = resolve(config, find_optimizer("SGD"));
    return setting_folder(run.name("2000-01-01-00-00-00"), config.layout);
  };
  const std::string flat = "num_epochs__100__batch_size__128__lr__1e-01",
                    nested = "num_epochs__100__batch_size__128__lr__1.e-01";
  CHECK(folder({}) == flat);
  CHECK(folder({.validation = true}) == flat + "__validation__True");
  CHECK(folder({.layout = Layout::v1_2, .validation = true}) == nested);  // 1.2 always has one
  CHECK(folder({.layout = Layout::v1_2}) == nested + "__validation__False");
  CHECK(folder({.max_steps_per_epoch = 20}) == flat + "__max_steps_per_epoch__20");
  // Two files of one name are told apart by what is in them; cbf43926 is the published check value of CRC-32.
  const TempDir place;
  for (const auto& [below, content, crc] : {std::tuple("a", "123456789", "cbf43926"), {"b", "", "00000000"}}) {
    const auto file = test::write(place / below / "start one.safetensors", test::bytes_of(content));
    CHECK(folder(
              {.init_from = file, .data_order = DataOrder::sequential, .max_steps_per_epoch = 20, .eval_batches = 5}) ==
          flat + "__data_order__sequential__eval_batches__5__init_from__start%20one-" + crc +
              "__max_steps_per_epoch__20");
  }
  check_error([&] { folder({.init_from = place / "nowhere"}); }, Fault::missing, "there is no file");
}

TEST_CASE("validation: layout 1.2 without it gets a warning") {
  RunConfig config = config_of();
  config.no_logs = false;
  config.layout = Layout::v1_2;
  CHECK(resolve(config, find_optimizer("SGD")).warnings.empty());
  config.validation = false;
  const auto warnings = resolve(config, find_optimizer("SGD")).warnings;
  REQUIRE(warnings.size() == 1);
  CHECK(warnings[0].find("lacks valid_losses") != std::string::npos);
}

}  // namespace
}  // namespace deepobs
