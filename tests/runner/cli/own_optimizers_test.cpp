#include <doctest/doctest.h>

#include <set>

#include "kernels/update/update_pass.h"
#include "runner/cli/options/run_arguments.h"
#include "runner/training/config/offered_optimizers.h"
#include "runner/training/records/deepobs_json.h"
#include "runner/training/standard_runner.h"
#include "tests/error_of.h"
#include "tests/kernels/update/own_rules.h"
#include "tests/runner/cli/said.h"

// What is wrong with a user's own optimizer is one clear error of misuse, on the command line and in StandardRunner
// alike.

namespace deepobs {
namespace {

using namespace test;

Optimizer own(const std::string& hyperparameter, const std::string& name = "Own") {
  return {.name = name,
          .source = "this test",
          .usual_learning_rate = 0.1,
          .hyperparameters = {{hyperparameter, 0.5, {Range::closed(0, 1)}, "a number"}},
          .configure = [](const Hyperparameters&) { return flat_update(Descent{}); }};
}

/// Both ways to use an optimizer refuse it with this message, and nothing else is said.
void refused(const Optimizer& optimizer, const std::string& part) {
  const auto check = [&](const Said& said) {
    INFO(said.err, "wanted: ", part);
    CHECK(said.status == 64);
    CHECK(said.out.empty());
    CHECK(said.err.starts_with("deepobs: "));
    CHECK(said.err.find(part) != std::string::npos);
    CHECK(said.err.find('\n') + 1 == said.err.size());
  };
  check(command_line_of(std::vector{optimizer}, {"run", "mnist_mlp", "-o", optimizer.name, "--lr", "1", "--dry_run"}));
  check(command_line_of(std::vector{optimizer}, {"list", "optimizers"}));
  check(command_line_of(std::vector{optimizer}, {"bench", "mnist_mlp", "--optimizer", optimizer.name}));
  check_error([&] { StandardRunner(optimizer).resolve({.testproblem = "mnist_mlp", .learning_rate = 1}); },
              Fault::usage, part);
}

TEST_CASE("own_optimizers: a good one is offered and can be run") {
  const Optimizer good = own("a");
  CHECK(command_line_of(std::vector{good}, {"list", "optimizers"}).out.find("  Own                a\n") !=
        std::string::npos);
  const Said said = command_line_of(std::vector{good}, {"run", "--optimizer", "Own", "--help"});
  CHECK(said.status == 0);
  CHECK(said.out.find("--a NUMBER...") != std::string::npos);
  CHECK(StandardRunner(good).resolve({.testproblem = "mnist_mlp", .learning_rate = 1}).optimizer->name == "Own");
}

TEST_CASE("own_optimizers: results of two versions lie in two folders, in every layout, and say which they are of") {
  const auto run_of = [](const std::string& version, Layout layout) {
    Optimizer optimizer = own("a");
    optimizer.version = version;
    return StandardRunner(optimizer).resolve({.testproblem = "mnist_mlp", .learning_rate = 1, .layout = layout});
  };
  const auto folder = [](const Run& run) { return setting_folder(run.name("2000-01-01-00-00-00"), run.config.layout); };
  for (const Layout layout : {Layout::flat, Layout::tf, Layout::v1_2}) {
    const std::string none = folder(run_of("", layout));
    CHECK(none.find("version") == std::string::npos);
    CHECK(folder(run_of("1a2b3c4d", layout)).find("__optimizer_version__1a2b3c4d") != std::string::npos);
    CHECK(folder(run_of("../2 \n", layout)).find("__optimizer_version__%2E.%2F2%20%0A") != std::string::npos);
    const std::string json = deepobs_json(run_of("1a2b3c4d", layout), {});
    CHECK(json.find("\"optimizer_version\": \"1a2b3c4d\",") != std::string::npos);
    CHECK(deepobs_json(run_of("", layout), {}).find("\"optimizer_version\": null,") != std::string::npos);
  }
}

TEST_CASE("own_optimizers: a hyperparameter must not have the name of an option") {
  for (const std::string name :
       {"weight_decay", "lr", "learning_rate", "bs", "threads", "json", "random_seed", "help", "problem", "optimizer",
        "N", "o", "h", "validation", "jobs", "lr_sched_epochs", "conv_algorithm"})
    refused(own(name), "Own: the hyperparameter '" + name +
                           "' has the name of an option of deepobs run; call it "
                           "optimizer_" +
                           name);
  for (const std::string name : {"lr_schedule", "train_examples", "test_examples", "optimizer_version"})
    refused(own(name), "Own: the hyperparameter '" + name + "' has a name that the folders of results use");
}

TEST_CASE("own_optimizers: one with the name of an option of deepobs bench keeps its default there") {
  const Said said = command_line_of(std::vector{own("seconds")}, {"bench", "--optimizer", "Own", "--help"});
  INFO(said.err);
  CHECK(said.status == 0);
  CHECK(said.out.find("seconds of a repetition") != std::string::npos);
}

TEST_CASE("own_optimizers: info describes one as it does those of deepobs") {
  const Said said = command_line_of(std::vector{own("share")}, {"info", "Own"});
  INFO(said.err);
  CHECK(said.status == 0);
  CHECK(said.out.starts_with("Own: "));
  CHECK(said.out.find("\nshare ") != std::string::npos);
}

TEST_CASE("own_optimizers: the name of a hyperparameter is a word") {
  for (const auto& [name, shown] : {std::pair("", ""),
                                    {"a b", "a b"},
                                    {"a\nb", "a\\nb"},
                                    {"a=b", "a=b"},
                                    {"9", "9"},
                                    {"a-b", "a-b"},
                                    {"\xc3\xa4", "\xc3\xa4"},
                                    {"-a", "-a"},
                                    {"a\x1b", "a\\x1b"}})
    refused(own(name), std::string("Own: '") + shown +
                           "' cannot be the name of a hyperparameter; it must be of "
                           "letters, digits and '_', the first no digit");
}

TEST_CASE("own_optimizers: a hyperparameter is declared once, with a default in its range, and a rule is there") {
  Optimizer twice = own("a");
  twice.hyperparameters.push_back(twice.hyperparameters.front());
  refused(twice, "Own: the hyperparameter 'a' is declared twice");
  Optimizer outside = own("a");
  outside.hyperparameters.front().standard = 2.;
  refused(outside, "Own: the default of a must be in [0, 1], not 2");
  Optimizer empty = own("a");
  empty.hyperparameters.front().standard = std::vector<double>{};
  refused(empty, "Own: the default of a is a list without numbers");
  Optimizer no_rule = own("a");
  no_rule.configure = nullptr;
  refused(no_rule, "configure(), which makes its ");
}

TEST_CASE("own_optimizers: an optimizer has a name of its own") {
  check_error([] { resolve(own("a", "")); }, Fault::usage, "''");
  refused(own("a", "SGD"), "there is an optimizer SGD in deepobs already; call yours something else");
  for (const auto& [name, shown] : {std::pair("a\nb", "a\\nb"), {"-a", "-a"}, {"\x1b[31m", "\\x1b[31m"}})
    refused(own("a", name), std::string("'") + shown + "' cannot be the name of an optimizer");
  const Said said =
      command_line_of(std::vector{own("a"), own("b")}, {"run", "mnist_mlp", "-o", "Own", "--lr", "1", "--dry_run"});
  CHECK(said.status == 64);
  CHECK(said.err == "deepobs: there are two optimizers called Own; rename one\n");
  check_error([] { StandardRunner(Optimizer{}).resolve({.testproblem = "mnist_mlp", .learning_rate = 1}); },
              Fault::usage, "optimizer");
}

TEST_CASE("own optimizers: no option of deepobs run is left out of the names that hyperparameters may not have") {
  const std::set<std::string> options = names_of_run_options();
  CHECK(options.size() > 30);
  for (const auto& name : options) {
    INFO(name);
    check_error([&] { check_usable(own(name)); }, Fault::usage, "has the name of an option of deepobs run");
  }
}

}  // namespace
}  // namespace deepobs
