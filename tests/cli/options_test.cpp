#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <optional>
#include <set>

#include "kernels/update/optimizer.h"
#include "problems/problem.h"
#include "runner/results/text/python_text.h"
#include "tests/cli/workplace.h"
#include "tests/file_content.h"

namespace deepobs::test {
namespace {

using Json = nlohmann::json;

/// What --dry_run --json says of these arguments.
Json configuration(const Words& arguments) {
  const auto finished = run_program(arguments + Words{"--dry_run", "--json"});
  INFO(finished.err);
  REQUIRE((finished.status == 0 || finished.status == 66));  // 66: this machine lacks the data
  return Json::parse(finished.out);
}

const Words basic{"run", "fmnist_mlp", "--optimizer", "SGD", "--lr", "0.5"};

struct OptionCase {
  std::string spelling;  // of the option
  Words values;
  std::string key;  // of the configuration
  Json wanted;
};

TEST_CASE("options: every option of DeepOBS, in both spellings, sets what it names") {
  const Workplace place;
  const auto start = place / "x.safetensors";
  const auto saved = run_program({"run", "fmnist_mlp", "-o", "SGD", "--lr", "0.5", "--bs", "32", "-N", "0", "--no_logs",
                                  "--save_params", "x.safetensors", "--data_dir", "data"},
                                 {.folder = place.path()});
  REQUIRE(saved.status == 0);
  const std::vector<OptionCase> cases{
      {"--batch_size", {"32"}, "batch_size", 32},
      {"--bs", {"32"}, "batch_size", 32},
      {"--num_epochs", {"7"}, "num_epochs", 7},
      {"-N", {"7"}, "num_epochs", 7},
      {"--num_epochs", {"0"}, "num_epochs", 0},
      {"--num_epochs", {"010"}, "num_epochs", 10},
      {"--weight_decay", {"1e-3"}, "weight_decay", 0.001},
      {"--wd", {"0"}, "weight_decay", 0.0},
      {"--lr_sched_epochs", {"3", "5", "--lr_sched_factors", "0.1", "0.01"}, "lr_sched_epochs", {3, 5}},
      {"--lr_sched_factors", {"0.1", "0.01", "--lr_sched_epochs", "3", "5"}, "lr_sched_factors", {0.1, 0.01}},
      {"--lr_sched_factors", {"0.1,0.01", "--lr_sched_epochs", "3,5"}, "lr_sched_factors", {0.1, 0.01}},
      {"--random_seed", {"43"}, "random_seed", 43},
      {"-r", {"43"}, "random_seed", 43},
      {"--random_seed", {"4294967295"}, "random_seed", 4294967295U},
      {"--train_log_interval", {"3"}, "train_log_interval", 3},
      {"--data_order", {"sequential"}, "data_order", "sequential"},
      {"--max_steps_per_epoch", {"5"}, "max_steps_per_epoch", 5},
      {"--eval_batches", {"6"}, "eval_batches", 6},
      {"--validation", {}, "validation", true},
      {"--init_from", {start.string()}, "init_from", start.string()},
      {"--threads", {"3"}, "threads", 3},
      {"--device", {"cpu"}, "device", "cpu"},
      {"--conv_algorithm", {"direct"}, "conv_algorithm", "direct"},
      {"--conv_algorithm", {"auto"}, "conv_algorithm", "auto"},
      {"--precision", {"fp32"}, "precision", "fp32"},
      {"--no_logs", {}, "json", nullptr},
  };
  for (const auto& one : cases) {
    INFO(one.spelling);
    CHECK(configuration(basic + Words{one.spelling} + one.values)[one.key] == one.wanted);
    if (one.spelling.starts_with("--") && one.values.size() == 1)
      CHECK(configuration(basic + Words{one.spelling + "=" + one.values[0]})[one.key] == one.wanted);
    if (one.spelling.starts_with("--") && one.spelling.find('_') != std::string::npos) {
      auto hyphens = one.spelling;
      std::replace(hyphens.begin(), hyphens.end(), '_', '-');
      CHECK(configuration(basic + Words{hyphens} + one.values)[one.key] == one.wanted);
    }
  }
}

TEST_CASE("options: the learning rate and the optimizer have two spellings, and a value may be attached") {
  for (const Words& rate :
       {Words{"--lr", "0.25"}, {"--learning_rate", "0.25"}, {"--learning-rate=0.25"}, {"--lr=+2.5e-1"}})
    for (const Words& optimizer : {Words{"--optimizer", "Adam"}, {"-o", "Adam"}, {"-oAdam"}, {"--optimizer=Adam"}}) {
      const Json json = configuration(Words{"run", "fmnist_mlp"} + optimizer + rate);
      CHECK(json["learning_rate"] == 0.25);
      CHECK(json["optimizer"] == "Adam");
    }
}

TEST_CASE("options: the problem may stand before, between and behind the options") {
  for (const Words& arguments : {Words{"run", "fmnist_mlp", "-o", "SGD", "--lr", "1"},
                                 {"run", "-o", "SGD", "fmnist_mlp", "--lr", "1"},
                                 {"run", "-o", "SGD", "--lr", "1", "fmnist_mlp"},
                                 {"run", "-o", "SGD", "--lr", "1", "--momentum", "0.9", "--nesterov", "fmnist_mlp"},
                                 {"run", "-o", "Adam", "--lr", "1", "--betas", "0.5", "0.6", "fmnist_mlp"},
                                 {"run", "-o", "SGD", "--lr", "1", "--no_logs", "fmnist_mlp"}})
    CHECK(configuration(arguments)["testproblem"] == "fmnist_mlp");
}

TEST_CASE("options: batch size and epochs are the problem's where it has them, and asked for where not") {
  int asked = 0;
  for (const auto& problem : problems()) {
    INFO(problem.name);
    const Words arguments{"run", problem.name, "-o", "SGD", "--lr", "0.1"};
    if (problem.batch_size) {
      const Json json = configuration(arguments);
      CHECK(json["batch_size"] == *problem.batch_size);
      CHECK(json["num_epochs"] == *problem.num_epochs);
      CHECK(json["weight_decay"] == nullptr);
      CHECK(json["effective_weight_decay"] == problem.weight_decay.value_or(0));
    } else {
      const auto finished = run_program(arguments + Words{"--dry_run"});
      CHECK(finished.status == 64);
      CHECK(finished.err.find("give --batch_size and --num_epochs") != std::string::npos);
      CHECK(configuration(arguments + Words{"--bs", "8", "-N", "2"})["batch_size"] == 8);
      ++asked;
    }
  }
  CHECK(asked >= 1);
}

/// A number in the range that is not the default.
double other_number(const Hyperparameter& hyper, std::size_t component, double standard) {
  const Range range = hyper.ranges.empty() ? Range::any() : hyper.ranges[std::min(component, hyper.ranges.size() - 1)];
  for (const double candidate : {0.5, 0.25, 2., 3., -0.5})
    if (candidate != standard && range.contains(candidate)) return candidate;
  FAIL("no candidate for ", hyper.name);
  return 0;
}

struct HyperCase {
  Words words;
  Json wanted;
};

/// The ways to give a hyperparameter another value than its default.
std::vector<HyperCase> ways(const Hyperparameter& hyper) {
  const std::string option = "--" + hyper.name;
  if (std::holds_alternative<bool>(hyper.standard)) {
    std::vector<HyperCase> out{{{option}, true}};
    for (const std::string word : {"true", "True", "1"}) {
      out.push_back({{option, word}, true});
      out.push_back({{option + "=" + word}, true});
    }
    for (const std::string word : {"false", "False", "0"}) out.push_back({{option, word}, false});
    return out;
  }
  if (const auto* many = std::get_if<std::vector<double>>(&hyper.standard)) {
    Json wanted = Json::array();
    Words values;
    for (std::size_t i = 0; i < many->size(); ++i) {
      wanted.push_back(other_number(hyper, i, (*many)[i]));
      values.push_back(python_repr(wanted.back()));
    }
    REQUIRE(values.size() >= 2);
    std::string comma, spaced;
    for (const auto& one : values) {
      comma += (comma.empty() ? "" : ",") + one;
      spaced += (spaced.empty() ? "" : ", ") + one;
    }
    return {{Words{option} + values, wanted},
            {{option, comma}, wanted},
            {{option + "=" + comma}, wanted},
            {{option, "(" + spaced + ")"}, wanted},
            {{option, "[" + comma + "]"}, wanted}};
  }
  if (std::holds_alternative<std::string>(hyper.standard)) {
    const std::string& word = hyper.choices.back();
    return {{{option, word}, word}, {{option + "=" + word}, word}};
  }
  if (const auto* whole = std::get_if<std::int64_t>(&hyper.standard))
    return {{{option, std::to_string(*whole + 1)}, *whole + 1}};
  const double value = other_number(hyper, 0, std::get<double>(hyper.standard));
  return {{{option, python_repr(value)}, value}, {{option + "=" + python_repr(value)}, value}};
}

Json standard_json(const HyperValue& value) {
  return std::visit([](const auto& v) { return Json(v); }, value);
}

TEST_CASE("options: a whole number may be written with an exponent, on the command line and in a file") {
  const Json typed = configuration({"run", "mnist_mlp", "-o", "LBFGS", "--lr", "1", "--bs", "1e2", "-N", "1e1", "-r",
                                    "1e9", "--max_iter", "1e3", "--history_size", "5.0"});
  CHECK(typed["batch_size"].dump() == "100");
  CHECK(typed["num_epochs"].dump() == "10");
  CHECK(typed["random_seed"].dump() == "1000000000");
  CHECK(typed["hyperparams"]["max_iter"].dump() == "1000");
  CHECK(typed["hyperparams"]["history_size"].dump() == "5");
  const TempDir folder;
  std::ofstream(folder / "c.json") << R"({"testproblem": "mnist_mlp", "optimizer": "LBFGS", "learning_rate": 1,
    "batch_size": 1e2, "num_epochs": 1e1, "random_seed": 1e9, "hyperparameters": {"max_iter": 1e3, "history_size": 5.0}})";
  CHECK(configuration({"run", "--config", (folder / "c.json").string()}) == typed);
}

TEST_CASE("options: every hyperparameter of every optimizer is an option") {
  for (const auto& optimizer : optimizers())
    for (const auto& hyper : optimizer.hyperparameters) {
      Words base{"run", "fmnist_mlp", "-o", optimizer.name, "--lr", "0.5"};
      if (hyper.name == "nesterov") base = base + Words{"--momentum", "0.5"};
      for (const auto& [words, wanted] : ways(hyper)) {
        INFO(optimizer.name, " ", words.front(), " ", words.back());
        const Json given = configuration(base + words)["hyperparams"];
        CHECK(given[hyper.name] == wanted);
        for (const auto& other : optimizer.hyperparameters)  // and changes nothing else
          if (other.name != hyper.name && other.name != "momentum")
            CHECK(given[other.name] == standard_json(other.standard));
      }
    }
}

/// The entry of an option in a help text: its line and the ones that continue it.
std::string help_entry(const std::string& help, const std::string& option) {
  const auto begin = help.find("  " + option + " ");
  if (begin == std::string::npos) return "";
  std::string entry;
  for (const auto& line : lines_of(help.substr(begin))) {
    if (!entry.empty() && !line.starts_with("          ")) break;
    entry += line;
  }
  return entry;
}

TEST_CASE("options: a word that is none to choose from is refused with those that are") {
  const auto finished = run_program({"run", "fmnist_mlp", "-o", "Muon", "--lr", "0.5", "--adjust_lr_fn", "none"});
  CHECK(finished.status == 64);
  CHECK(finished.err.find("Muon: adjust_lr_fn must be original, match_rms_adamw or spectral_unclamped, not 'none'") !=
        std::string::npos);
  CHECK(run_program({"run", "-o", "Muon", "--help"}).out.find("original|match_rms_adamw|spectral_unclamped") !=
        std::string::npos);
}

TEST_CASE("options: the help names every option of the optimizer with its default") {
  for (const auto& optimizer : optimizers()) {
    const auto finished = run_program({"run", "--optimizer", optimizer.name, "--help"});
    REQUIRE(finished.status == 0);
    CHECK(finished.err.empty());
    for (const auto& hyper : optimizer.hyperparameters) {
      std::string standard;
      if (const auto* number = std::get_if<double>(&hyper.standard)) standard = python_repr(*number);
      if (const auto* flag = std::get_if<bool>(&hyper.standard)) standard = *flag ? "true" : "false";
      if (const auto* whole = std::get_if<std::int64_t>(&hyper.standard)) standard = std::to_string(*whole);
      if (const auto* word = std::get_if<std::string>(&hyper.standard)) standard = *word;
      if (const auto* many = std::get_if<std::vector<double>>(&hyper.standard))
        for (const double one : *many) standard += (standard.empty() ? "" : " ") + python_repr(one);
      const auto entry = help_entry(finished.out, "--" + hyper.name);
      INFO(optimizer.name, ": '", entry, "' should hold (", standard, ")");
      CHECK(entry.find("(" + standard + ")") != std::string::npos);
    }
  }
}

TEST_CASE("options: the help of run names every option and the defaults of DeepOBS") {
  const auto help = run_program({"run", "--help"}).out;
  for (const std::string option : {"--lr,--learning_rate",
                                   "--bs,--batch_size",
                                   "-N,--num_epochs",
                                   "--wd,--weight_decay",
                                   "--lr_sched_epochs",
                                   "--lr_sched_factors",
                                   "-r,--random_seed",
                                   "--init_from",
                                   "--data_order",
                                   "--max_steps_per_epoch",
                                   "--eval_batches",
                                   "--validation",
                                   "--jobs",
                                   "--data_dir",
                                   "--output_dir",
                                   "--layout",
                                   "--save_params",
                                   "--train_log_interval",
                                   "--print_train_iter",
                                   "--no_logs",
                                   "--quiet",
                                   "--dry_run",
                                   "--json",
                                   "--device",
                                   "--conv_algorithm",
                                   "--precision",
                                   "--threads"}) {
    INFO(option);
    CHECK(help.find(option) != std::string::npos);
  }
  CHECK(help_entry(help, "-r,--random_seed").find("(42)") != std::string::npos);
  CHECK(help_entry(help, "--train_log_interval").find("(10)") != std::string::npos);
  CHECK(help_entry(help, "--output_dir").find("(results)") != std::string::npos);
  const Json json = configuration(basic);
  CHECK(json["random_seed"] == 42);
  CHECK(json["train_log_interval"] == 10);
  CHECK(json["json"].get<std::string>().starts_with("results/"));
}

TEST_CASE("options: help and version go to standard output, with status 0") {
  for (const Words& arguments : {Words{"--help"},
                                 {"-h"},
                                 {"run", "--help"},
                                 {"list", "--help"},
                                 {"info", "--help"},
                                 {"data", "--help"},
                                 {"data", "list", "--help"},
                                 {"data", "check", "--help"}}) {
    const auto finished = run_program(arguments);
    CHECK(finished.status == 0);
    CHECK(finished.err.empty());
    CHECK(finished.out.find("Usage: deepobs") != std::string::npos);
  }
  const auto finished = run_program({"--version"});
  CHECK(finished.status == 0);
  CHECK(finished.out.starts_with("deepobs 0."));
}

TEST_CASE(
    "options: --quiet prints nothing on success, --print_train_iter the logged losses, --no_logs writes nothing") {
  const Workplace place;
  const Words run{"run",  "fmnist_mlp",           "-o", "SGD", "--lr", "0.01", "--bs", "32", "-N", "2", "--data_dir",
                  "data", "--train_log_interval", "4"};
  const Start start{.folder = place.path()};

  auto finished = run_program(run + Words{"--no_logs", "--print_train_iter"}, start);
  CHECK(finished.status == 0);
  CHECK(place.written().empty());
  for (const std::string line :
       {"Epoch 0, step 0: loss ", "Epoch 0, step 4: loss ", "Epoch 1, step 0: loss ", "Epoch 1, step 4: loss "})
    CHECK(finished.out.find(line) != std::string::npos);  // 256 examples: 8 steps
  CHECK(finished.out.find("step 3: loss") == std::string::npos);

  finished = run_program(run + Words{"--quiet"}, start);
  CHECK(finished.status == 0);
  CHECK(finished.out.empty());
  CHECK(lines_of(finished.err).size() == 1);  // the data set is small: a warning
  CHECK(finished.err.starts_with("WARNING: data set fmnist"));
  CHECK(place.written().size() == 5);  // results, problem, optimizer, setting, file
}

TEST_CASE("options: --validation holds out a set, shows it, and gives layout 1.2 its lists") {
  const TempDir place;
  write_small_set(place / "data", "fmnist", 10064, 64);  // the problem holds out 10000
  const Start start{.folder = place.path()};
  const Words run{"run", "fmnist_logreg", "-o", "SGD", "--lr", "0.01", "--bs", "32", "-N", "1", "--data_dir", "data"};
  const auto finished = run_program(run + Words{"--validation", "--layout", "1.2"}, start);
  INFO(finished.err);
  REQUIRE(finished.status == 0);
  CHECK(finished.err.find("valid_losses") == std::string::npos);
  CHECK(finished.out.find("1 epoch of 2 steps") != std::string::npos);
  CHECK(finished.out.find("valid loss  valid acc") != std::string::npos);
  const auto files = tree(place / "results");
  std::ifstream file(place / "results" / files.back());
  const Json json = Json::parse(file);
  for (const char* list : {"train_losses", "valid_losses", "test_losses", "valid_accuracies"})
    CHECK(json[list].size() == 2);
  CHECK(json["validation_split"]["validation_examples"] == 10000);
  CHECK(json["validation_split"]["training_examples"] == 64);

  const auto without = run_program(run + Words{"--layout", "1.2", "--dry_run"}, start);
  CHECK(without.err.find("WARNING: without validation a result of layout 1.2 lacks valid_losses") == 0);
  const Workplace small;
  const auto refused = run_program(run + Words{"--validation"}, {.folder = small.path()});
  CHECK(refused.status == 64);
  CHECK(refused.err.find("validation holds out 10000 examples, but the training set fmnist has 256") !=
        std::string::npos);
}

TEST_CASE("options: --print_config prints a file that --config takes, and options win over it") {
  const Workplace place;
  const Start start{.folder = place.path()};
  const auto file = place / "data/c.json";
  const Words given = basic + Words{"--momentum", "0.9",  "--nesterov", "--bs",     "32",
                                    "--layout",   "tf",   "--wd",       "0.5",      "--lr_sched_epochs",
                                    "1",          "2",    "--threads",  "1",        "--lr_sched_factors",
                                    "0.1",        "0.01", "--resume",   "--no_logs"};
  const auto printed = run_program(given + Words{"--print_config"}, start);
  INFO(printed.err);
  REQUIRE(printed.status == 0);
  std::ofstream(file) << printed.out;
  const Words from{"run", "--config", file.string()};
  CHECK(run_program(from + Words{"--print_config"}, start).out == printed.out);
  CHECK(configuration(from) == configuration(given));

  const Json changed =
      configuration(from + Words{"-N", "3", "fmnist_logreg", "--momentum", "0.5", "--bs", "16", "-o", "SGD"});
  CHECK(changed["testproblem"] == "fmnist_logreg");
  CHECK(changed["hyperparams"]["momentum"] == 0.5);
  CHECK(changed["hyperparams"]["nesterov"] == true);
  CHECK(changed["batch_size"] == 16);
  CHECK(changed["weight_decay"] == 0.5);
  CHECK(configuration(from + Words{"--lr", "1", "2", "--momentum", "0.1", "0.2"}).size() == 4);

  // What stands in the file has a place in names of files, as what options say has.
  const auto named = run_program(
      from + Words{"--data_dir", "data", "--save_params", "p-{lr}-{momentum}.safetensors", "--dry_run"}, start);
  INFO(named.err);
  CHECK(named.status == 0);
  CHECK(named.out.find("p-0.5-0.9.safetensors") != std::string::npos);

  const auto run = run_program({"run", "--config", file.string(), "--data_dir", "data", "-N", "1"}, start);
  INFO(run.err);
  CHECK(run.status == 0);
  CHECK(run.out.find("fmnist_mlp with SGD, batch 32") != std::string::npos);
}

TEST_CASE("options: a run with the regulariser's factor is told of a decoupled decay, where its optimizer has one") {
  const Workplace place;
  int told = 0;
  for (const Optimizer& optimizer : optimizers()) {
    INFO(optimizer.name);
    const auto finished = run_program({"run", "fmnist_mlp", "--optimizer", optimizer.name, "--lr", "0.1", "--wd", "0",
                                       "--data_dir", "data", "--dry_run"},
                                      {.folder = place.path()});
    const bool decoupled =
        std::set<std::string>{"AdamW", "Lion", "Muon", "Adafactor", "ScheduleFreeAdamW"}.contains(optimizer.name);
    CHECK((finished.err.find(optimizer.name + "'s own decoupled decay") != std::string::npos) == decoupled);
    told += decoupled;
  }
  CHECK(told == 5);
}

TEST_CASE("options: a file of a configuration that is of no use is refused") {
  const Workplace place;
  const auto refused = [&](const Words& words, int status, const std::string& part) {
    const auto finished = run_program(words, {.folder = place.path()});
    INFO(finished.err);
    CHECK(finished.status == status);
    CHECK(finished.out.empty());
    CHECK(finished.err.find(part) != std::string::npos);
    CHECK(place.written().empty());
  };
  const Words from{"run", "--config", "data/c.json"};
  refused(from, 66, "data/c.json");
  const auto write = [&](const std::string& text) { std::ofstream(place / "data/c.json") << text; };
  write("{\"optimizer\": \"SGD\",\n \"learning_rate\": .1}");
  refused(from, 65, "'data/c.json' is not valid JSON: ");
  refused(from, 65, "line 2, column 19");
  write("{\"testproblem\": \"fmnist_mlp\", \"learning_rate\": 1}");
  refused(from, 64, "optimizer is required: neither the command line nor 'data/c.json' names one");
  write("{\"testproblem\": \"fmnist_mpl\"}");
  refused(from, 65, "'data/c.json', line 1: unknown problem 'fmnist_mpl': did you mean fmnist_mlp?");
  write("{\"optimizer\": \"SGD\", \"hyperparameters\": {\n\"momentum\": \"much\"}}");
  refused(from, 65, "'data/c.json', line 2: SGD: momentum must be a number, not 'much'");
  write("{\"testproblem\": \"fmnist_mlp\", \"optimizer\": \"SGD\", \"hyperparameters\": {\"nesterov\": true}}");
  refused(from + Words{"--lr", "1"}, 65, "'data/c.json': SGD: nesterov needs a momentum above 0 and no dampening");
  refused(from + Words{"--lr", "1", "--momentum", "-1"}, 64, "deepobs: SGD: momentum must be at least 0, not -1");
  write("{\"optimizer\": \"SGD\", \"hyperparameters\": {\"momentum\": 2}}");
  refused(from, 64, "problem is required: neither the command line nor 'data/c.json' names one");
  refused(from + Words{"fmnist_mlp"}, 64, "a learning rate is needed");
  refused(from + Words{"fmnist_mlp", "--lr", "1", "-o", "Adam"}, 64,
          "the hyperparameters in 'data/c.json' are those of SGD, and --optimizer is Adam");
  refused(from + Words{"fmnist_mlp", "--lr", "1", "--config", "x"}, 64, "--config is given 2 times");
  refused(from + Words{"fmnist_mlp", "--lr", "1", "2", "--print_config"}, 64,
          "print_config prints the configuration of one run");
  refused(from + Words{"fmnist_mlp", "--lr", "1", "--print_config", "--dry_run"}, 64, "give one of them");
  refused({"run", "--config"}, 64, "--config");
  write("{\"testproblem\": \"fmnist_mlp\", \"learning_rate\": 1, \"cuda_library\": \"x.so\"}");
  refused(from + Words{"-o", "SGD"}, 65, "unknown setting 'cuda_library'");
}

TEST_CASE("options: --save_params and --init_from carry a state over, bit for bit") {
  const Workplace place;
  const Start start{.folder = place.path()};
  const Words run{"run", "fmnist_logreg", "-o", "SGD", "--lr", "0.01", "--bs", "32", "--data_dir", "data", "--no_logs"};
  CHECK(run_program(run + Words{"-N", "2", "--save_params", "a.safetensors"}, start).status == 0);
  CHECK(run_program(run + Words{"-N", "0", "--init_from", "a.safetensors", "--save_params", "b.safetensors"}, start)
            .status == 0);
  const auto bytes = [&](const char* name) { return content(place / name); };
  CHECK(bytes("a.safetensors").size() > 7850 * 4);
  CHECK(bytes("a.safetensors") == bytes("b.safetensors"));
  CHECK(run_program(run + Words{"-N", "0", "--save_params", "c.safetensors"}, start).status == 0);
  CHECK(bytes("a.safetensors") != bytes("c.safetensors"));
}

}  // namespace
}  // namespace deepobs::test
