#include <doctest/doctest.h>

#include <functional>
#include <set>

#include "runner/training/config/run_config.h"
#include "tests/problems/data/make_files.h"
#include "tests/temp_dir.h"

// Analyzers average what lies in one folder, so results that are no peers must not share one; and peers must, or
// nothing is ever averaged.

namespace deepobs {
namespace {

struct Change {
  const char* name;
  std::function<void(RunConfig&)> apply;
};

std::filesystem::path folder_of(const RunConfig& config) {
  return run_folder(resolve(config, find_optimizer("SGD")).name("2000-01-01-00-00-00"), config.layout);
}

RunConfig base_of(Layout layout) {
  return {.testproblem = "cifar10_3c3d", .learning_rate = 0.1, .layout = layout, .validation = layout == Layout::v1_2};
}

TEST_CASE("peers: every setting that changes numbers gives a folder of its own") {
  const TempDir place;
  test::write(place / "start.safetensors", test::bytes_of("x"));
  const std::vector<Change> changes{
      {"nothing", [](RunConfig&) {}},
      {"problem", [](RunConfig& of) { of.testproblem = "mnist_2c2d"; }},
      {"batch_size", [](RunConfig& of) { of.batch_size = 64; }},
      {"num_epochs", [](RunConfig& of) { of.num_epochs = 7; }},
      {"learning_rate", [](RunConfig& of) { of.learning_rate = 0.2; }},
      {"weight_decay", [](RunConfig& of) { of.weight_decay = 0.1; }},
      {"hyperparameters",
       [](RunConfig& of) {
         of.hyperparameters = {{"momentum", 0.9}};
       }},
      {"schedule",
       [](RunConfig& of) {
         of.lr_sched_epochs = {{5}};
         of.lr_sched_factors = {{0.1}};
       }},
      {"init_from", [&](RunConfig& of) { of.init_from = place / "start.safetensors"; }},
      {"data_order", [](RunConfig& of) { of.data_order = DataOrder::sequential; }},
      {"max_steps_per_epoch", [](RunConfig& of) { of.max_steps_per_epoch = 20; }},
      {"eval_batches", [](RunConfig& of) { of.eval_batches = 5; }},
      {"validation", [](RunConfig& of) { of.validation = !of.validation; }},
  };
  for (const Layout layout : {Layout::flat, Layout::tf, Layout::v1_2}) {
    std::set<std::filesystem::path> folders;
    for (const auto& [name, apply] : changes) {
      RunConfig config = base_of(layout);
      apply(config);
      INFO(name, ": ", folder_of(config).string());
      CHECK(folders.insert(folder_of(config)).second);
    }
  }
}

TEST_CASE("peers: a part of the data set gives a folder of its own, the whole has DeepOBS's name") {
  for (const Layout layout : {Layout::flat, Layout::tf, Layout::v1_2}) {
    Run run = resolve(base_of(layout), find_optimizer("SGD"));
    const auto folder = [&](std::int64_t train, std::int64_t test) {
      run.note_data(train, test);
      return run_folder(run.name("2000-01-01-00-00-00"), layout).string();
    };
    const std::string whole = folder_of(base_of(layout)).string();
    CHECK(folder(50000, 10000) == whole);
    CHECK(folder(1000, 10000) == whole + "__train_examples__1000");
    CHECK(folder(50000, 500) == whole + "__test_examples__500");
    CHECK(folder(1000, 500) == whole + "__test_examples__500__train_examples__1000");
    CHECK(folder(50000, 10000) == whole);
  }
  // Beside what else sets a run apart, in the order of the names.
  RunConfig config = base_of(Layout::flat);
  config.max_steps_per_epoch = 20;
  config.validation = true;
  Run run = resolve(config, find_optimizer("SGD"));
  run.note_data(1000, 10000);
  CHECK(run_folder(run.name("2000-01-01-00-00-00"), Layout::flat)
            .string()
            .ends_with("__lr__1e-01__max_steps_per_epoch__20__train_examples__1000__validation__True"));
}

TEST_CASE("peers: what changes no number, or only its rounding, leaves the folder as it is") {
  const std::vector<Change> changes{
      {"random_seed", [](RunConfig& of) { of.random_seed = 7; }},
      {"threads", [](RunConfig& of) { of.threads = 3; }},
      {"conv_algorithm", [](RunConfig& of) { of.conv_algorithm = ConvAlgorithm::direct; }},
      {"cuda_overlap", [](RunConfig& of) { of.cuda_overlap = false; }},
      {"data_dir", [](RunConfig& of) { of.data_dir = "elsewhere"; }},
      {"train_log_interval", [](RunConfig& of) { of.train_log_interval = 1; }},
      {"save_params", [](RunConfig& of) { of.save_params = "end.safetensors"; }},
  };
  for (const Layout layout : {Layout::flat, Layout::tf, Layout::v1_2})
    for (const auto& [name, apply] : changes) {
      RunConfig config = base_of(layout);
      apply(config);
      INFO(name);
      CHECK(folder_of(config) == folder_of(base_of(layout)));
    }
}

}  // namespace
}  // namespace deepobs
