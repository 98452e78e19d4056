#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "tests/cli/program.h"
#include "tests/temp_dir.h"

namespace deepobs::test {
namespace {

namespace fs = std::filesystem;

const std::string trees = std::string(DEEPOBS_SOURCE_DIR) + "/tests/golden/analysis/trees";

std::string content(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// A run of a problem "p" with two epochs.
void write_run(const fs::path& file) {
  fs::create_directories(file.parent_path());
  std::ofstream(file)
      << R"({"train_losses": [3, 2, 1], "test_losses": [3, 2, 1], "optimizer": "SGD", "testproblem": "p",)"
      << R"( "weight_decay": null, "batch_size": 1, "num_epochs": 2, "learning_rate": 0.1,)"
      << R"( "random_seed": 1, "hyperparams": {}})";
}

}  // namespace

TEST_CASE("analyze: it says in words which optimizer is best, with nothing on standard error") {
  const auto done = run_program({"analyze", trees + "/baselines_part"});
  CHECK(done.status == 0);
  CHECK(done.err.empty());
  CHECK(done.out.find("fmnist_2c2d     *  AdamOptimizer") != std::string::npos);
  CHECK(done.out.find("0.9234") != std::string::npos);
  CHECK(done.out.find("[0.9213, 0.9255]") != std::string::npos);
}

TEST_CASE("analyze: --json prints one object, of the mode, metric, problems and optimizers asked for") {
  const auto done = run_program({"analyze", trees + "/tree_1_2", "--json", "--metric", "test_losses", "--problems",
                                 "mnist_mlp", "--optimizers", "SGD"});
  CHECK(done.status == 0);
  const auto json = nlohmann::json::parse(done.out);
  REQUIRE(json["problems"].size() == 1);
  CHECK(json["problems"]["mnist_mlp"]["metric"] == "test_accuracies");
  CHECK(json["problems"]["mnist_mlp"]["optimizers"]["SGD"]["chosen_by"] == "test_losses");
  REQUIRE(json["problems"]["mnist_mlp"]["optimizers"].size() == 1);
  CHECK(json["problems"]["mnist_mlp"]["optimizers"]["SGD"]["settings"] == 4);
  CHECK(json["warnings"].empty());
}

TEST_CASE("analyze: it takes references one at a time or several at once") {
  for (const std::vector<std::string>& references :
       {std::vector<std::string>{"--reference", trees + "/tree_1_2", trees + "/baselines_part"},
        std::vector<std::string>{"--reference", trees + "/tree_1_2", "--reference", trees + "/baselines_part"}}) {
    std::vector<std::string> arguments{"analyze", trees + "/tree_1_1", "--json"};
    arguments.insert(arguments.end(), references.begin(), references.end());
    const auto done = run_program(arguments);
    REQUIRE(done.status == 0);
    const auto json = nlohmann::json::parse(done.out);
    const auto& optimizers = json["problems"]["quadratic_deep"]["optimizers"];
    CHECK(optimizers.contains("SGD"));                        // of the first reference
    CHECK(optimizers.contains("MomentumOptimizer"));          // of the second
    CHECK(optimizers.contains("AdamOptimizer (reference)"));  // which the results have, too
    CHECK(json["reference_files"]["found"] == 93);
  }
}

TEST_CASE("analyze: it writes LaTeX and CSV where it is told to") {
  const TempDir folder;
  const auto done = run_program({"analyze", trees + "/baselines_part", "--latex", (folder / "tex").string(), "--csv",
                                 (folder / "a/csv").string()});
  CHECK(done.status == 0);
  CHECK(tree(folder.path()) == std::vector<std::string>{"a", "a/csv", "a/csv/curves.csv", "a/csv/performance_table.csv",
                                                        "a/csv/runs.csv", "a/csv/settings.csv", "tex",
                                                        "tex/performance_table.tex",
                                                        "tex/performance_table_small.tex"});
  CHECK(content(folder / "tex/performance_table_small.tex").find("\\cca{100}{0.9234}") != std::string::npos);
  CHECK(run_program({"analyze", trees + "/tree_1_1", "--latex", (folder / "one.tex").string()}).status == 0);
  CHECK(content(folder / "one.tex").find("Tuneability & lr: 1.00e-02") != std::string::npos);
  std::ofstream(folder / "file") << "x";
  const auto failed = run_program({"analyze", trees + "/tree_1_1", "--csv", (folder / "file/csv").string()});
  CHECK(failed.status == 74);
  CHECK(failed.err.find("file/csv") != std::string::npos);
}

TEST_CASE("analyze: it ends with 65 under --strict where there are warnings, else with 0") {
  const TempDir folder;
  write_run(folder / "p/SGD/num_epochs__2/random_seed__1__a.json");
  CHECK(run_program({"analyze", folder.path().string(), "--strict"}).status == 0);
  std::ofstream(folder / "p/SGD/num_epochs__2/random_seed__2__b.json") << "{\"cut\": ";
  const auto done = run_program({"analyze", folder.path().string()});
  CHECK(done.status == 0);
  CHECK(done.out.starts_with(
      "warning: 1 file: left out, because no result can be read from it: p/SGD/num_epochs__2/random_seed__2__b.json"));
  CHECK(run_program({"analyze", folder.path().string(), "--strict"}).status == 65);
  const auto json = run_program({"analyze", folder.path().string(), "--strict", "--json"});
  CHECK(json.status == 65);
  CHECK(nlohmann::json::parse(json.out)["files"]["unreadable"] == 1);
  const auto check = run_program({"analyze", folder.path().string(), "--check"});
  CHECK(check.status == 0);
  CHECK(check.out.find("p | SGD: 1 setting(s) with 1 seed(s).") != std::string::npos);
  CHECK(check.out.find("1 of 2 files can be used: 1 unreadable") != std::string::npos);
}

TEST_CASE("analyze: it ends with 66 without results and with 64 for misuse") {
  const TempDir folder;
  const auto ends = [&](std::vector<std::string> arguments, int status, const std::string& message) {
    arguments.insert(arguments.begin(), "analyze");
    const auto done = run_program(arguments, {.folder = folder.path()});
    CAPTURE(done.err);
    CHECK(done.status == status);
    CHECK(done.out.empty());
    CHECK(done.err.find(message) != std::string::npos);
  };
  ends({}, 66, "there is no folder 'results'");
  ends({"none"}, 66, "there is no folder 'none'");
  ends({"."}, 66, "there are no results in '.'");
  ends({trees + "/tree_1_1", "--convergence", "none.json"}, 66, "none.json");
  ends({trees + "/tree_1_1", "--mode", "worst"}, 64, "unknown mode 'worst'");
  ends({trees + "/tree_1_1", "--metric", "test_loss"}, 64, "did you mean test_losses?");
  ends({trees + "/tree_1_1", "--problems", "mnist"}, 64, "unknown problem 'mnist'");
  ends({trees + "/tree_1_1", "--optimizer", "SGD"}, 64, "did you mean --optimizers?");
  ends({trees + "/tree_1_1", "--mode", "best", "--mode", "final"}, 64, "--mode is given 2 times");
}

TEST_CASE("analyze: it draws bold on a terminal, unless NO_COLOR says not to") {
  Start start{.environment = {"TERM=xterm"}, .out = Stream::terminal, .err = Stream::terminal, .columns = 100};
  CHECK(run_program({"analyze", trees + "/tree_1_1"}, start).terminal.find("\x1b[1m") != std::string::npos);
  start.environment.push_back("NO_COLOR=1");
  CHECK(run_program({"analyze", trees + "/tree_1_1"}, start).terminal.find('\x1b') == std::string::npos);
}

TEST_CASE("analyze: it reads what run has written, in each layout, with its times") {
  for (const char* layout : {"flat", "tf", "1.2"}) {
    CAPTURE(layout);
    const TempDir folder;
    for (const char* optimizer : {"SGD", "Adam"})
      REQUIRE(run_program({"run", "quadratic_deep", "--optimizer", optimizer, "--lr", "0.01", "0.02", "--num_epochs",
                           "2", "--random_seed", "1", "2", "--layout", layout, "--validation", "--quiet"},
                          {.folder = folder.path()})
                  .status == 0);
    double sum = 0;  // of the last test losses of SGD's runs
    for (const auto& entry : fs::recursive_directory_iterator(folder / "results/quadratic_deep/SGD"))
      if (entry.path().extension() == ".json")
        sum += nlohmann::json::parse(content(entry.path()))["test_losses"].back().get<double>();

    const auto done = run_program({"analyze", "--json", "--runtime", "--strict"}, {.folder = folder.path()});
    REQUIRE(done.status == 0);
    const auto json = nlohmann::json::parse(done.out);
    const auto& problem = json["problems"]["quadratic_deep"];
    CHECK(problem["metric"] == "test_losses");
    for (const char* optimizer : {"SGD", "Adam"}) {
      const auto& of = problem["optimizers"][optimizer];
      CHECK(of["settings"] == 2);
      CHECK(of["runs"] == 4);
      CHECK(of["chosen_by"] == "valid_losses");
      CHECK(of["chosen"]["final"]["seeds"] == std::vector<int>{1, 2});
      CHECK(of["chosen"]["final"]["final"]["low"].is_number());
    }
    double ours = 0;
    for (const auto& setting : problem["optimizers"]["SGD"]["ranking"])
      ours += 2 * setting["final"]["mean"].get<double>();
    CHECK(ours == doctest::Approx(sum).epsilon(1e-14));
    CHECK(problem["optimizers"]["SGD"]["chosen"]["most"]["hyperparameters"].contains("momentum"));
    REQUIRE(json["runtime"].size() == 2);
    CHECK(json["runtime"][1]["optimizer"] == "SGD");
    CHECK(json["runtime"][1]["overhead"].get<double>() == doctest::Approx(1));
    CHECK(json["runtime"][0]["overhead"].get<double>() > 0);
  }
}

TEST_CASE("analyze: it takes names for text: nothing is run, drawn or written elsewhere") {
  const TempDir folder;
  const std::vector<std::string> names{"$(touch X)",
                                       "..\\..\\x",
                                       "a\nb\x1b[31m",
                                       "<script><b>",
                                       "\xe2\x80\xae"
                                       "txt",
                                       std::string(250, 'n'),
                                       "'; \"x\""};
  for (const auto& name : names) write_run(folder / ("results/p/" + name + "/num_epochs__2/random_seed__1__a.json"));
  const auto done = run_program({"analyze", "results", "--latex", "t.tex", "--csv", "csv"}, {.folder = folder.path()});
  CHECK(done.status == 0);
  CHECK(done.out.find('\x1b') == std::string::npos);
  CHECK(done.out.find("\xe2\x80\xae") == std::string::npos);
  CHECK(done.out.find("a\\nb\\x1b[31m") != std::string::npos);
  CHECK(content(folder / "t.tex").find("\\$(touch X)") != std::string::npos);
  CHECK(content(folder / "csv/settings.csv").find("\"'; \"\"x\"\"\"") != std::string::npos);
  const auto json = nlohmann::json::parse(run_program({"analyze", "results", "--json"}, {.folder = folder.path()}).out);
  for (const auto& name : names) CHECK(json["problems"]["p"]["optimizers"].contains(name));
  std::vector<std::string> top;
  for (const auto& entry : fs::directory_iterator(folder.path())) top.push_back(entry.path().filename().string());
  CHECK(top.size() == 3);
}

}  // namespace deepobs::test
