#include <doctest/doctest.h>

#include <fstream>

#include "runner/results/json/json_reader.h"
#include "runner/training/standard_runner.h"
#include "tests/kernels/update/own_rules.h"
#include "tests/runner/cli/said.h"
#include "tests/runner/results/comparable_result.h"
#include "tests/runner/training/own/own_things.h"
#include "tests/temp_dir.h"

// All commands of a program that has a problem, a data set and an optimizer of its own know them, as they know those of
// deepobs.

namespace deepobs {
namespace {

using namespace test;
using Json = nlohmann::ordered_json;

Own own() {
  Own things{.problems = {quadrants_softmax()}, .data_sets = {quadrants()}, .optimizers = {descent()}};
  things.data_sets.front().version = "1a2b";
  return things;
}

Said said(const std::vector<std::string>& words) { return command_line_of(own(), words); }

/// What a command that ends well printed.
std::string printed(const std::vector<std::string>& words) {
  const Said all = said(words);
  INFO(all.err);
  REQUIRE(all.status == 0);
  return all.out;
}

bool contains(const std::string& all, const std::string& part) {
  INFO(all);
  return all.find(part) != std::string::npos;
}

TEST_CASE("own problem on the command line: list, info and data have it beside deepobs' own") {
  const std::string list = printed({"list"});
  CHECK(contains(list, "problems\n  quadrants_softmax  Softmax regression on quadrants (batch 32, 2 epochs)\n"));
  CHECK(contains(list, "optimizers\n  Descent            no hyperparameters\n"));
  CHECK(contains(list, "data sets\n  quadrants       Quadrants: points of a grid, 256 + 256 "));
  CHECK(contains(list, "mnist_mlp"));
  CHECK(contains(list, "SGD"));

  const std::string info = printed({"info", "quadrants_softmax"});
  CHECK(contains(info, "Quadrants: points of a grid, 256 + 256"));
  CHECK(contains(info, "fc.weight"));
  CHECK(Json::parse(printed({"info", "quadrants_softmax", "--json"}))["parameter_count"] == 12);

  CHECK(contains(printed({"data", "list"}), "quadrants complete"));
  CHECK(contains(printed({"data", "check", "quadrants"}), "256 training and 256 test examples"));
  const Said wrong = said({"data", "check", "quadrant"});
  CHECK(wrong.status == 64);
  CHECK(contains(wrong.err, "unknown data set 'quadrant': did you mean quadrants?"));
}

TEST_CASE("own problem on the command line: a run has the result that StandardRunner writes") {
  const TempDir folder;
  printed({"run", "quadrants_softmax", "-o", "Descent", "--lr", "0.5", "--output_dir", folder / "said", "--quiet"});
  const RunResult result = StandardRunner(Catalogue(own()))
                               .run({.testproblem = "quadrants_softmax",
                                     .optimizer = "Descent",
                                     .learning_rate = 0.5,
                                     .output_dir = folder / "made"});
  const auto relative = std::filesystem::relative(result.json.parent_path(), folder / "made");
  CHECK(contains(relative.string(), "__data_version__1a2b"));
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder / "said" / relative)) files.push_back(entry);
  REQUIRE(files.size() == 1);
  CHECK(comparable(files.front()) == comparable(result.json));
}

TEST_CASE("own problem on the command line: dry run, configuration file, flags in front of it, sweep, wrong name") {
  const TempDir folder;
  const std::string out = folder / "results";
  const std::string dry =
      printed({"run", "quadrants_softmax", "-o", "SGD", "--lr", "0.5", "--output_dir", out, "--dry_run"});
  CHECK(contains(dry, "data_version            1a2b\n"));
  CHECK(contains(dry, "(complete, by headers and sizes)") == false);  // it is computed, and lies nowhere
  const std::string config =
      printed({"run", "quadrants_softmax", "-o", "Descent", "--lr", "0.5", "--output_dir", out, "--print_config"});
  std::ofstream(folder / "run.json") << config;
  CHECK(contains(printed({"run", "--config", folder / "run.json", "--dry_run"}), "optimizer               Descent\n"));

  const std::string sweep = printed({"run", "--optimizer", "SGD", "--lr", "0.5", "0.05", "--momentum", "0.9",
                                     "--nesterov", "quadrants_softmax", "--output_dir", out, "--num_epochs", "1"});
  CHECK(contains(sweep, "quadrants_softmax with SGD: 2 runs"));
  std::size_t results = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(out))
    if (entry.path().extension() == ".json") {
      ++results;
      CHECK(read_result(entry).problem == "quadrants_softmax");
    }
  CHECK(results == 2);
  const Said wrong = said({"run", "quadrants_sofmax", "-o", "SGD", "--lr", "1"});
  CHECK(wrong.status == 64);
  CHECK(contains(wrong.err, "unknown problem 'quadrants_sofmax': did you mean quadrants_softmax?"));
}

TEST_CASE("own problem on the command line: bench trains it with an own optimizer") {
  const Json bench = Json::parse(printed({"bench", "quadrants_softmax", "--optimizer", "Descent", "SGD", "--seconds",
                                          "0.001", "--warmup", "0", "--repetitions", "1", "--threads", "1", "--json"}));
  REQUIRE(bench["rows"].size() == 2);
  CHECK(bench["rows"][0]["problem"] == "quadrants_softmax");
  CHECK(bench["rows"][0]["optimizer"] == "Descent");
  CHECK(bench["rows"][0]["batch_size"] == 32);
  CHECK(bench["rows"][0]["data"] == "official");
  CHECK(bench["rows"][0]["flops_per_step"] == 2 * 2 * 32 * 2 * 4);
}

TEST_CASE("own problem on the command line: an own copy of one of deepobs' optimizers takes its place") {
  Own things = own();
  things.optimizers = {find_optimizer("Adam")};
  things.optimizers.front().version = "mine";
  const std::string list = command_line_of(things, {"list", "optimizers"}).out;
  CHECK(list.find("  Adam  ") == list.rfind("  Adam  "));
  CHECK(contains(command_line_of(things, {"run", "quadrants_softmax", "-o", "Adam", "--lr", "1", "--dry_run"}).out,
                 "optimizer_version       mine\n"));
}

TEST_CASE("own problem on the command line: one that is refused is misuse, and no end of the program") {
  Own things = own();
  things.problems.front().name = "mnist_mlp";
  const Said refused = command_line_of(things, {"list"});
  CHECK(refused.status == 64);
  CHECK(contains(refused.err, "there is a problem mnist_mlp in deepobs already"));
}

}  // namespace
}  // namespace deepobs
