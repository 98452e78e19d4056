#include "runner/cli/options/sweep.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "runner/cli/options/argument_words.h"
#include "runner/cli/options/run_arguments.h"
#include "runner/cli/terminal/sweep_table.h"
#include "tests/error_of.h"

namespace deepobs {
namespace {

using Words = std::vector<std::string>;

Axis rates(const std::vector<double>& values) {
  Axis axis{"learning_rate", {}};
  for (const double value : values)
    axis.choices.push_back({text(value), [value](RunConfig& of) { of.learning_rate = value; }});
  return axis;
}

Axis seeds(const std::vector<std::int64_t>& values) {
  Axis axis{"random_seed", {}};
  for (const auto value : values)
    axis.choices.push_back({text(value), [value](RunConfig& of) { of.random_seed = value; }});
  return axis;
}

TEST_CASE("sweep: every combination once, the last axis fastest, over the same base") {
  const Sweep sweep = product({.testproblem = "mnist_mlp", .num_epochs = 7}, {rates({0.1, 0.2}), seeds({4, 5, 6})});
  REQUIRE(sweep.runs.size() == 6);
  CHECK(sweep.names == Words{"learning_rate", "random_seed"});
  for (std::size_t i = 0; i < 6; ++i) {
    CHECK(sweep.runs[i].config.learning_rate == (i < 3 ? 0.1 : 0.2));
    CHECK(sweep.runs[i].config.random_seed == static_cast<std::int64_t>(4 + i % 3));
    CHECK(sweep.runs[i].config.testproblem == "mnist_mlp");
    CHECK(sweep.runs[i].config.num_epochs == 7);
  }
  CHECK(sweep.described(4) == "learning_rate 0.2, random_seed 5");
  CHECK(product({}, {rates({0.1}), seeds({4, 5})}).described(1) == "random_seed 5");
  CHECK(product({}, {rates({0.1}), seeds({4})}).described(0) == "learning_rate 0.1, random_seed 4");
  check_error([] { product({}, {seeds({1, 2, 1})}); }, Fault::usage, "random_seed has the value 1 twice");
}

TEST_CASE("sweep: the file of the parameters holds the values that its name asks for") {
  const auto files = [](const std::string& name, const std::vector<Axis>& axes) {
    Words out;
    for (const auto& run : product({.save_params = name}, axes).runs) out.push_back(run.config.save_params.string());
    return out;
  };
  const std::vector<Axis> both{rates({0.1, 0.2}), seeds({4, 5})};
  CHECK(files("a-{lr}-{seed}.st", both) == Words{"a-0.1-4.st", "a-0.1-5.st", "a-0.2-4.st", "a-0.2-5.st"});
  CHECK(files("{learning_rate}/{random_seed}{seed}", {rates({0.1}), seeds({4, 5})}) == Words{"0.1/44", "0.1/55"});
  CHECK(files("a-{lr}-}{", {rates({0.1}), seeds({4})}) == Words{"a-0.1-}{"});
  check_error(
      [&] {
        files("a-{lr}-{sede}", {rates({0.1}), seeds({4})});
      },
      Fault::usage,
      "save_params: unknown placeholder '{sede}': did you mean {seed}? There are: {learning_rate}, {lr}, "
      "{random_seed}, {seed}");
  check_error([&] { files("{}", {rates({0.1})}); }, Fault::usage, "unknown placeholder '{}'");
  CHECK(files("", both) == Words(4, ""));
  check_error([&] { files("a.st", both); }, Fault::usage,
              {"save_params: 4 runs would write all to a.st", "put {lr}{seed} into the name"});
  check_error([&] { files("a-{lr}", both); }, Fault::usage, "put {lr}{seed}");
}

TEST_CASE("sweep: several numbers behind an option are its values, whatever stands behind them") {
  const auto joined = [&](const Words& words) {
    return with_hyperparameter_values(words, find_optimizer("RMSprop"), Catalogue({}), several_valued_options());
  };
  CHECK(joined({"--lr", "0.1", "0.03", "mnist_mlp"}) ==
        Words{"--learning_rate=0.1", "--learning_rate=0.03", "mnist_mlp"});
  CHECK(joined({"-r", "1", "2", "3", "--lr", "1"}) ==
        Words{"--random_seed=1", "--random_seed=2", "--random_seed=3", "--lr", "1"});
  CHECK(joined({"--eps", "1e-8", ".5", "-1", "+2", "-o", "Adam"}) ==
        Words{"--eps=1e-8", "--eps=.5", "--eps=-1", "--eps=+2", "-o", "Adam"});
  CHECK(joined({"--lr", "nan", "-Inf", "infinity", "x"}) ==
        Words{"--learning_rate=nan", "--learning_rate=-Inf", "--learning_rate=infinity", "x"});
  CHECK(joined({"--lr", "0.1", "info", "x"}) == Words{"--lr", "0.1", "info", "x"});
  for (const Words& words : std::vector<Words>{{"--lr", "0.1", "mnist_mlp"},
                                               {"--lr", "-r", "1"},
                                               {"--lr"},
                                               {"--lr_sched_epochs", "1", "2"},  // one schedule
                                               {"--lr=0.1", "0.2"}})
    CHECK(joined(words) == words);
}

TEST_CASE("sweep: the numbers behind a pair are counted off, and a flag takes all truth values") {
  const auto pairs = [](const Words& words) { return with_tuple_values(words, find_optimizer("Adam")); };
  CHECK(pairs({"--betas", "0.9", "0.99", "mnist_mlp"}) == Words{"--betas=0.9,0.99", "mnist_mlp"});
  CHECK(pairs({"--betas", ".9", "1e-1", "0", "-1", "-o"}) == Words{"--betas=.9,1e-1", "--betas=0,-1", "-o"});
  CHECK(pairs({"--betas=0.9", "0.99", "(1, 2)", "[3,4]", "5,6"}) ==
        Words{"--betas=0.9,0.99", "--betas=(1, 2)", "--betas=[3,4]", "--betas=5,6"});
  CHECK(pairs({"--lr", "1", "2", "--beta", "1"}) == Words{"--lr", "1", "2", "--beta", "1"});
  for (const auto& [words, message] : std::vector<std::pair<Words, std::string>>{
           {{"--betas"}, "Adam: betas takes 2 numbers, not 0"},
           {{"--betas", "--lr"}, "Adam: betas takes 2 numbers, not 0"},
           {{"--betas", "fmnist_mlp"}, "Adam: betas takes 2 numbers, not 'fmnist_mlp'"},
           {{"--betas", "1", "2", "3", "x"}, "Adam: betas takes 2 numbers for each run, not 3: 1 2 3"},
           {{"--betas", "1", "2,3", "4"}, "Adam: betas takes 2 numbers, not 2: 1 4"}})
    CHECK(std::string(error_of([&] { pairs(words); }).what()) == message);

  const auto flags = [](const Words& words) { return with_word_values(words, find_optimizer("SGD"), Catalogue({})); };
  CHECK(flags({"--nesterov", "false", "True", "1", "-o"}) ==
        Words{"--nesterov=false", "--nesterov=True", "--nesterov=1", "-o"});
  CHECK(flags({"--nesterov", "mnist_mlp"}) == Words{"--nesterov=true", "mnist_mlp"});
  CHECK(flags({"--nesterov"}) == Words{"--nesterov=true"});
}

TEST_CASE("sweep: several words to choose from are as many values") {
  const auto joined = [](const Words& words) {
    return with_word_values(words, find_optimizer("LBFGS"), Catalogue({}));
  };
  const std::string option = "--line_search_fn";
  CHECK(joined({option, "none", "strong_wolfe", "mnist_mlp"}) ==
        Words{option + "=none", option + "=strong_wolfe", "mnist_mlp"});
  CHECK(joined({option, "none", "-r", "1"}) == Words{option + "=none", "-r", "1"});
  for (const Words& words : std::vector<Words>{{option}, {option, "--lr"}, {option, "wolfe", "mnist_mlp"}})
    CHECK(joined(words) == words);  // the reader of the value says what is wrong
  CHECK(std::string(error_of([&] {
                      joined({option, "none", "strong_wolf"});
                    }).what()) == "LBFGS: line_search_fn must be none or strong_wolfe, not 'strong_wolf'");
}

Axis many(const std::string& name, std::size_t values) {
  Axis axis{name, {}};
  for (std::size_t i = 0; i < values; ++i) axis.choices.push_back({text(i), [](RunConfig&) {}});
  return axis;
}

TEST_CASE("sweep: more runs than anybody means are refused before they are made") {
  CHECK(product({}, {many("a", most_runs / 100), many("b", 100)}).runs.size() == most_runs);
  check_error([] { product({}, {many("a", most_runs + 1)}); }, Fault::usage,
              text(most_runs + 1, " a make ", most_runs + 1, " runs; at most ", most_runs));
  check_error(
      [] {
        product({}, {many("a", 3000), many("one", 1), many("b", 4000), many("c", 5000)});
      },
      Fault::usage, "3000 a x 4000 b x 5000 c make 60000000000 runs; at most ");
  std::vector<Axis> eight;  // 512^8 is 2^72, and 0 to who counts with 64 bits
  for (const char* name : {"a", "b", "c", "d", "e", "f", "g", "h"}) eight.push_back(many(name, 512));
  check_error([&] { product({}, eight); }, Fault::usage, "make more than 2^64 runs");
}

RunOutcome outcome(const std::vector<double>& accuracies) {
  RunOutcome made;
  made.result.test = {.losses = accuracies, .accuracies = accuracies, .plain_losses = accuracies};
  made.result.json = "/results/x.json";
  return made;
}

TEST_CASE("sweep: the table marks the setting that is best on the mean of its seeds") {
  const Sweep sweep = product({.testproblem = "mnist_mlp", .no_logs = true}, {rates({0.1, 0.2, 0.3}), seeds({4, 5})});
  std::vector<Run> runs;
  for (const auto& run : sweep.runs) runs.push_back(resolve(run.config, find_optimizer("SGD")));
  std::vector<RunOutcome> outcomes{outcome({0.1, 0.90}),  outcome({0.1, 0.50}), outcome({0.1, 0.80}),
                                   outcome({0.85, 0.70}), outcome({0.1, 0.95}), outcome({0.1, 0.96})};
  outcomes[5] = {{}, Error(Fault::io, "no space")};  // else the last setting would be best
  const std::string table = sweep_table(sweep, runs, outcomes);
  INFO(table);
  Words lines;
  for (std::size_t begin = 0; begin < table.size(); begin = table.find('\n', begin) + 1)
    lines.push_back(table.substr(begin, table.find('\n', begin) - begin));
  REQUIRE(lines.size() == 9);
  CHECK(lines[8] == "results in /results");
  CHECK(lines[0].find("learning_rate  random_seed  test accuracy") != std::string::npos);
  for (std::size_t i = 0; i < 6; ++i) CHECK(lines[i + 1].starts_with('*') == (i == 2 || i == 3));
  CHECK(lines[3].find("0.8000  0.8000") != std::string::npos);
  CHECK(lines[4].find("0.7000  0.8500") != std::string::npos);
  CHECK(lines[6].ends_with("FAILED"));
  CHECK(lines[7] ==
        "* best of the complete settings, 2 of 3: learning_rate 0.2, final test accuracy 0.7500, mean of 2 seeds");
}

TEST_CASE("sweep: a setting with a run that diverged is never best, however good it was before the training") {
  const Sweep sweep = product({.testproblem = "mnist_mlp", .no_logs = true}, {rates({0.1, 0.2}), seeds({4, 5})});
  std::vector<Run> runs;
  for (const auto& run : sweep.runs) runs.push_back(resolve(run.config, find_optimizer("SGD")));
  std::vector<RunOutcome> outcomes{outcome({0.1, 0.2}), outcome({0.1, 0.2}), outcome({0.9, 0.9}), outcome({0.9, 0.9})};
  outcomes[3].result.divergence = Divergence{};
  std::string table = sweep_table(sweep, runs, outcomes);
  INFO(table);
  CHECK(table.find("* best setting: learning_rate 0.1, final test accuracy 0.2000, mean of 2 seeds\n") !=
        std::string::npos);
  CHECK(table.find("5              -       -  0:00  diverged: x.json\n") != std::string::npos);

  outcomes[1] = {{}, Error(Fault::interrupted, "stopped")};  // one that diverged is complete
  CHECK(sweep_table(sweep, runs, outcomes)
            .find("\nno best setting: none has only runs that are complete and did not diverge\n") !=
        std::string::npos);
  for (auto& each : outcomes) each = outcome({0.1, 0.2});
  for (auto& each : outcomes) each.result.divergence = Divergence{};
  table = sweep_table(sweep, runs, outcomes);
  CHECK(table.find('*') == std::string::npos);
  CHECK(table.ends_with("\nno best setting: all runs diverged\nresults in /results\n"));
  outcomes[0] = outcomes[2] = {{}, Error(Fault::io, "no space")};
  CHECK(sweep_table(sweep, runs, outcomes)
            .find("\nno best setting: none has only runs that are complete and did not diverge\n") !=
        std::string::npos);
}

TEST_CASE("sweep: the table names the folder of all results once") {
  const Sweep sweep = product({.testproblem = "mnist_mlp"}, {rates({0.1, 0.2})});
  std::vector<Run> runs;
  for (const auto& run : sweep.runs) runs.push_back(resolve(run.config, find_optimizer("SGD")));
  std::vector<RunOutcome> outcomes{outcome({0.1, 0.9}), outcome({0.1, 0.8})};
  outcomes[0].result.json = "/long/way/to/results/mnist_mlp/SGD/lr__1e-01/a.json";
  outcomes[1].result.json = "/long/way/to/results/mnist_mlp/SGD/lr__2e-01/b.json";
  std::string table = sweep_table(sweep, runs, outcomes);
  INFO(table);
  CHECK(table.find("0:00  lr__1e-01/a.json\n") != std::string::npos);
  CHECK(table.find("0:00  lr__2e-01/b.json\n") != std::string::npos);
  CHECK(table.ends_with("\nresults in /long/way/to/results/mnist_mlp/SGD\n"));
  outcomes[1].result.json = "/long/way/to/results/mnist_mlp/SGD/lr__1e-01/b.json";
  table = sweep_table(sweep, runs, outcomes);
  CHECK(table.find("0:00  a.json\n") != std::string::npos);
  CHECK(table.ends_with("\nresults in /long/way/to/results/mnist_mlp/SGD/lr__1e-01\n"));
  for (auto& each : outcomes) each.result.json.clear();
  CHECK(sweep_table(sweep, runs, outcomes).find("results in") == std::string::npos);
}

TEST_CASE("sweep: with a validation set the choice is made there, and reported on the test set") {
  const Sweep sweep =
      product({.testproblem = "mnist_mlp", .no_logs = true, .validation = true}, {rates({0.1, 0.2}), seeds({4})});
  std::vector<Run> runs;
  for (const auto& run : sweep.runs) runs.push_back(resolve(run.config, find_optimizer("SGD")));
  std::vector<RunOutcome> outcomes{outcome({0.1, 0.9}), outcome({0.1, 0.8})};
  outcomes[0].result.valid.accuracies = {0.1, 0.6};
  outcomes[1].result.valid.accuracies = {0.1, 0.7};
  const std::string table = sweep_table(sweep, runs, outcomes);
  CHECK(table.find("* best setting: learning_rate 0.2, final validation accuracy 0.7000\n") != std::string::npos);
  CHECK(table.find("random_seed  validation accuracy  test accuracy") != std::string::npos);
  CHECK(table.find("0.6000         0.9000") != std::string::npos);
  outcomes[1].result.valid.accuracies.back() = std::numeric_limits<double>::quiet_NaN();
  CHECK(sweep_table(sweep, runs, outcomes).find("learning_rate 0.1, final validation") != std::string::npos);
}

}  // namespace
}  // namespace deepobs
