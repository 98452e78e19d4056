#include <doctest/doctest.h>
#include <signal.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "tests/cli/workplace.h"

// Several values of a setting: several runs at once.

namespace deepobs::test {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

const Words base{"run", "fmnist_logreg", "-o", "SGD", "--bs", "32", "-N", "2", "--data_dir", "data"};

Words files_of(const Workplace& place) {
  Words files;
  for (const auto& name : place.written())
    if (fs::is_regular_file(place / name)) files.push_back(name);
  return files;
}

TEST_CASE("sweep: lists give their product, and every run has its file, a line, and a row of the table") {
  const Workplace place;
  const auto finished = run_program(base + Words{"--lr", "0.1", "0.01", "-r", "1", "2", "3", "--jobs", "2",
                                                 "--save_params", "state-{lr}-{seed}.safetensors"},
                                    {.folder = place.path()});
  CHECK(finished.status == 0);
  const auto lines = lines_of(finished.out);
  REQUIRE(lines.size() == 1 + 6 + 1 + 1 + 6 + 1 + 1);
  CHECK(lines[0].starts_with("fmnist_logreg with SGD: 6 runs, 2 at once with "));  // the threads are the machine's
  std::set<std::string> described;
  for (std::size_t i = 1; i <= 6; ++i) {
    CHECK(lines[i].starts_with(std::to_string(i) + "/6  learning_rate 0."));
    CHECK(lines[i].find(": test accuracy 0.") != std::string::npos);
    described.insert(lines[i].substr(5, lines[i].find(':') - 5));
  }
  CHECK(described.size() == 6);
  CHECK(lines[8].find("learning_rate  random_seed  test accuracy    best  time  result") != std::string::npos);
  const std::string head = "results in ";
  REQUIRE(lines[16].starts_with(head));
  const fs::path results = lines[16].substr(head.size());
  CHECK(fs::equivalent(results, place / "results/fmnist_logreg/SGD"));
  for (std::size_t i = 9; i < 15; ++i) {
    const auto path = lines[i].substr(lines[i].find("num_epochs__2__"));
    CHECK(fs::is_regular_file(results / path));
    CHECK(path.find("random_seed__" + std::to_string(1 + (i - 9) % 3) + "__") != std::string::npos);
    CHECK(path.find(i < 12 ? "lr__1e-01" : "lr__1e-02") != std::string::npos);
  }
  CHECK(lines[15].starts_with("* best setting: learning_rate 0."));
  CHECK(finished.err.find("WARNING: data set fmnist") == finished.err.rfind("WARNING: data set fmnist"));  // once

  const auto files = files_of(place);
  CHECK(files.size() == 12);
  for (const std::string name : {"state-0.1-1.safetensors", "state-0.01-3.safetensors"})
    CHECK(std::ranges::find(files, name) != files.end());
}

TEST_CASE("sweep: every number of a setting may be several, hyperparameters too, and the problem may stand behind") {
  const auto runs = [](const Words& arguments) {
    const Workplace place;
    const auto finished =
        run_program(Words{"run", "--data_dir", "data", "--dry_run", "--json"} + arguments, {.folder = place.path()});
    INFO(finished.err);
    REQUIRE(finished.status == 0);
    CHECK(place.written().empty());
    return Json::parse(finished.out);
  };
  const Json many = runs({"-o",   "SGD", "--momentum", "0",  "0.9", "--bs", "16",   "32",  "-N",  "1",         "2",
                          "--wd", "0",   "0.1",        "-r", "7",   "8",    "--lr", "0.1", "0.2", "fmnist_mlp"});
  REQUIRE(many.is_array());
  CHECK(many.size() == 64);
  std::set<std::string> different;
  for (const Json& run : many)
    different.insert(Json{run["hyperparams"]["momentum"], run["batch_size"], run["num_epochs"], run["weight_decay"],
                          run["random_seed"], run["learning_rate"]}
                         .dump());
  CHECK(different.size() == 64);
  CHECK(many[0]["random_seed"] == 7);  // the seeds of a setting stand together
  CHECK(many[1]["random_seed"] == 8);
  CHECK(many[0]["learning_rate"] == many[31]["learning_rate"]);
  CHECK(many[0]["learning_rate"] != many[32]["learning_rate"]);
  CHECK(runs({"fmnist_mlp", "-o", "Adam", "--bs", "32", "--lr", "0.1", "--betas", "0.8", "0.9"})
            .is_object());  // one value
  CHECK(runs({"fmnist_mlp", "-o", "Adam", "--bs", "32", "--lr", "0.1", "--eps", "1e-8", "1e-6"}).size() == 2);
}

TEST_CASE("sweep: tuples, flags and words may be several, too") {
  const Workplace place;
  const auto hyperparameters = [&](const Words& arguments) {
    const auto finished = run_program(Words{"run", "fmnist_logreg", "--data_dir", "data", "--bs", "32", "-N", "1",
                                            "--lr", "1", "--dry_run", "--json"} +
                                          arguments,
                                      {.folder = place.path()});
    INFO(finished.err);
    REQUIRE(finished.status == 0);
    const Json json = Json::parse(finished.out);
    std::vector<Json> out;
    for (const Json& run : json.is_array() ? json : Json::array({json})) out.push_back(run["hyperparams"]);
    return out;
  };
  const auto column = [](const std::vector<Json>& runs, const char* name) {
    Json out = Json::array();
    for (const auto& run : runs) out.push_back(run[name]);
    return out.dump();
  };
  const std::string two = "[[0.9,0.99],[0.8,0.999]]";
  for (const Words& betas : {Words{"--betas", "0.9", "0.99", "0.8", "0.999"},
                             {"--betas", "0.9,0.99", "0.8,0.999"},
                             {"--betas", "0.9", "0.99", "(0.8, 0.999)"},
                             {"--betas=0.9", "0.99", "[0.8,0.999]"},
                             {"--betas=0.9,0.99", "0.8", "0.999"}}) {
    INFO(betas.front(), " ", betas.back());
    CHECK(column(hyperparameters(Words{"-o", "Adam"} + betas), "betas") == two);
  }
  CHECK(column(hyperparameters({"-o", "Adam", "--betas", "0.9", "0.99", "-r", "1"}), "betas") == "[[0.9,0.99]]");
  CHECK(column(hyperparameters({"-o", "Adam", "--amsgrad", "false", "true"}), "amsgrad") == "[false,true]");
  CHECK(column(hyperparameters({"-o", "Adam", "--amsgrad", "1", "0", "--eps", "1", "2"}), "amsgrad") ==
        "[true,false,true,false]");
  const auto all = hyperparameters(
      {"-o", "Adam", "--amsgrad", "true", "false", "--betas", "0", "0", "0.5", "0.5", "--eps", "1", "2"});
  CHECK(all.size() == 8);

  CHECK(column(hyperparameters({"-o", "LBFGS", "--line_search_fn", "none", "strong_wolfe", "--max_iter", "1", "2"}),
               "line_search_fn") == R"(["none","strong_wolfe","none","strong_wolfe"])");

  const auto refused = [&](const Words& arguments, const std::string& part) {
    const auto finished = run_program(base + Words{"--lr", "1"} + arguments, {.folder = place.path()});
    INFO(finished.err);
    CHECK(finished.status == 64);
    CHECK(finished.err.find(part) != std::string::npos);
  };
  refused({"--momentum", "0.5", "--nesterov", "true", "true"}, "nesterov has the value true twice");
  refused({"--nesterov", "false", "true"}, "nesterov needs a momentum above 0");
}

TEST_CASE("sweep: the file of the parameters may be named by a pair or a flag") {
  const Workplace place;
  const auto finished = run_program({"run",
                                     "fmnist_logreg",
                                     "-o",
                                     "Adam",
                                     "--bs",
                                     "32",
                                     "-N",
                                     "1",
                                     "--data_dir",
                                     "data",
                                     "--lr",
                                     "0.01",
                                     "--betas",
                                     "0.9",
                                     "0.99",
                                     "0.8",
                                     "0.999",
                                     "--amsgrad",
                                     "false",
                                     "true",
                                     "--save_params",
                                     "{betas}-{amsgrad}.st"},
                                    {.folder = place.path()});
  INFO(finished.err);
  CHECK(finished.status == 0);
  CHECK(finished.out.find("* best setting: learning_rate 0.01, ") != std::string::npos);
  for (const std::string name : {"0.9,0.99-false.st", "0.9,0.99-true.st", "0.8,0.999-false.st", "0.8,0.999-true.st"})
    CHECK(fs::is_regular_file(place / name));
  CHECK(files_of(place).size() == 8);
}

TEST_CASE("sweep: a schedule with an entry for each epoch has a result, and other schedules other folders") {
  std::set<fs::path> folders;
  for (const std::string layout : {"flat", "tf", "1.2"})
    for (const std::string last : {"0.001", "0.002"}) {
      const Workplace place;
      Words epochs{"--lr_sched_epochs"}, factors{"--lr_sched_factors"};
      for (int i = 1; i < 120; ++i)
        epochs.push_back(std::to_string(i)), factors.push_back("0." + std::to_string(1000 - i));
      factors.back() = last;
      Words words{"run", "fmnist_logreg", "-o",  "SGD",        "--bs", "64",       "-N",
                  "1",   "--lr",          "0.1", "--data_dir", "data", "--layout", layout};
      const auto finished = run_program(words + epochs + factors, {.folder = place.path()});
      INFO(finished.err);
      REQUIRE(finished.status == 0);
      const auto files = files_of(place);
      REQUIRE(files.size() == 1);
      std::ifstream file(place / files.front());
      const Json json = Json::parse(file);
      const Json& schedule = layout == "1.2" ? json["training_params"] : json;
      CHECK(schedule["lr_sched_epochs"].size() == 119);
      CHECK(schedule["lr_sched_factors"].back() == std::stod(last));
      folders.insert(fs::path(files.front()).parent_path());
    }
  CHECK(folders.size() == 6);
}

TEST_CASE("sweep: --dry_run in words describes every run and writes nothing") {
  const Workplace place;
  const auto dry = run_program(base + Words{"--lr", "0.1", "0.01", "--dry_run"}, {.folder = place.path()});
  CHECK(dry.status == 0);
  CHECK(place.written().empty());
  const auto lines = lines_of(dry.out);
  CHECK(std::ranges::count_if(lines, [](const auto& line) { return line.starts_with("problem "); }) == 2);
  CHECK(std::ranges::count(lines, "learning_rate           0.1") == 1);
  CHECK(std::ranges::count(lines, "learning_rate           0.01") == 1);
}

TEST_CASE("sweep: a run that fails has its message and status, and the others are complete") {
  const Words run{"run", "fmnist_logreg", "-o", "SGD", "--bs", "64", "--lr", "1e-4", "--data_dir", "data", "-N"};
  const auto sweep = [&](const Words& epochs, const std::string& head, std::size_t complete) {
    const Workplace place;
    // The result of 200 epochs has about 50 kB, one file may have 16: a write beyond that is an error, not a signal.
    const auto finished = run_with_file_limit(32, run + epochs, {.folder = place.path()});
    INFO(finished.out, finished.err);
    CHECK(finished.status == 74);
    CHECK(finished.err.find("deepobs: " + head + "\n  num_epochs 20") != std::string::npos);
    CHECK(finished.err.find("File too large (errno 27); the limit for files is 16384 bytes (ulimit -f)") !=
          std::string::npos);
    CHECK(files_of(place).size() == complete);
  };
  sweep({"1", "200"}, "1 of 2 runs failed, the other is complete:", 1);
  sweep({"1", "200", "2"}, "1 of 3 runs failed, the others are complete:", 2);
  sweep({"200", "201"}, "all 2 runs failed:", 0);
}

TEST_CASE("sweep: initial parameters that no run could start from are refused before any begins") {
  const Workplace place;
  const auto finished = run_program(
      base + Words{"--lr", "0.1", "-r", "1", "2", "3", "--init_from", "state.safetensors"}, {.folder = place.path()});
  CHECK(finished.status == 66);
  CHECK(without_warnings(finished.err) == "deepobs: there is no file 'state.safetensors'\n");
  CHECK(finished.out.empty());
  CHECK(files_of(place).empty());
}

TEST_CASE("sweep: when every run diverged there is no best setting") {
  const Workplace place;
  const auto finished = run_program(base + Words{"--lr", "1e37", "1e38"}, {.folder = place.path()});
  INFO(finished.out);
  CHECK(finished.status == 0);
  CHECK(finished.out.find("\nno best setting: all runs diverged\nresults in ") != std::string::npos);
  CHECK(finished.out.find('*') == std::string::npos);
}

TEST_CASE("sweep: --quiet prints nothing but warnings and divergence") {
  const Workplace place;
  const auto finished = run_program(base + Words{"--lr", "0.01", "1e38", "--quiet"}, {.folder = place.path()});
  CHECK(finished.status == 0);
  CHECK(finished.out.empty());
  const auto lines = lines_of(finished.err);
  REQUIRE(lines.size() == 2);
  CHECK(lines[0].starts_with("WARNING: data set fmnist"));
  CHECK(lines[1].starts_with("WARNING: learning_rate 1e+38: diverged in epoch 0 at step "));
  CHECK(files_of(place).size() == 2);
}

TEST_CASE("sweep: misuse is refused with status 64 before anything is trained") {
  const auto refused = [](const Words& arguments, const std::string& part) {
    const Workplace place;
    const auto finished = run_program(base + arguments, {.folder = place.path()});
    INFO(finished.err);
    CHECK(finished.status == 64);
    CHECK(finished.out.empty());
    CHECK(finished.err.find(part) != std::string::npos);
    CHECK(place.written().empty());
  };
  refused({"--lr", "0.1", "0.1"}, "learning_rate has the value 0.1 twice");
  refused(
      {"--lr", "0.1", "0.10000000000001"},
      "would have one folder, num_epochs__2__batch_size__32__lr__1e-01: learning_rate 0.1 and learning_rate 0.1000");
  refused({"--lr", "0.1", "0.2x"}, "learning_rate must be a number, not '0.2x'");
  refused({"--lr", "0.1", "-r", "1", "2.5"}, "random_seed must be a whole number, not '2.5'");
  refused({"--lr", "0.1", "0.2", "--lr", "0.3"}, "--lr is given 2 times\n");
  refused({"--lr", "0.1", "-1"}, "learning_rate must be a finite number of at least 0, not -1");
  refused({"--lr", "0.1", "0.2", "--save_params", "x"}, "2 runs would write all to x; put {lr} into the name");
  refused({"--lr", "0.1", "0.2", "--print_train_iter"}, "print_train_iter shows the steps of one run");
  refused({"--lr", "0.1", "0.2", "--jobs", "-1"}, "jobs must be 0 ");
  for (const std::string bad : {"nan", "inf", "-inf", "NaN"})
    refused({"--lr", "0.1", bad}, "learning_rate must be a finite number of at least 0, not ");
  refused({"--lr", "nan", "0.1"}, "learning_rate must be a finite number of at least 0, not nan");
  refused({"--lr", "0.1", "--momentum", "0.5", "inf"}, "SGD: momentum must be ");
  refused({"--lr", "0.1", "-r", "1", "nan"}, "random_seed must be a whole number, not 'nan'");
  refused({"--lr", "0.1", "--save_params", "x-{foo}"}, "save_params: unknown placeholder '{foo}'");
  Words rates{"--lr"}, seeds{"-r"};
  for (int i = 0; i < 400; ++i) rates.push_back("0." + std::to_string(1000 + i)), seeds.push_back(std::to_string(i));
  refused(rates + seeds, "400 learning_rate x 400 random_seed make 160000 runs; at most ");
  refused({"--lr", "0.1", "--momentum", "0.5", "-1"}, "SGD: momentum must be at least 0, not -1");
}

TEST_CASE("sweep: Ctrl-C stops all runs, and those that were complete stay") {
  for (const int signal : {SIGINT, SIGTERM}) {
    const Workplace place;
    Words arguments{"run",  "fmnist_logreg", "-o",     "SGD", "--bs", "32", "--data_dir", "data",
                    "--lr", "0.1",           "--jobs", "2",   "-N",   "1",  "100000",     "100001"};
    Program going(arguments, {.folder = place.path()});
    REQUIRE(going.wait_for("1/3  num_epochs 1: "));
    going.signal(signal);
    const auto finished = going.wait();
    INFO(finished.out, finished.err);
    CHECK(finished.status == 128 + signal);
    CHECK(finished.err.find("deepobs: stopped: 1 of 3 runs are complete; nothing was written of the others\n") !=
          std::string::npos);
    CHECK(files_of(place).size() == 1);
    CHECK(
        finished.out.find("\n* best of the complete settings, 1 of 3: learning_rate 0.1, num_epochs 1, final test ") !=
        std::string::npos);
  }
}

}  // namespace
}  // namespace deepobs::test
