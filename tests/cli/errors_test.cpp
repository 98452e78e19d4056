#include <doctest/doctest.h>

#include <set>

#include "kernels/update/optimizer.h"
#include "problems/problem.h"
#include "runner/results/text/python_text.h"
#include "tests/cli/workplace.h"
#include "tests/under_thread_sanitizer.h"

namespace deepobs::test {
namespace {

std::string joined(const Words& words) {
  std::string out;
  for (const auto& word : words) out += " '" + word + "'";
  return out;
}

/// A place where everything else is right, so a mistake that is not seen would train and write.
class Misuse {
 public:
  Misuse() { std::ofstream(place_ / "data/c.json") << "{}"; }

  /// Runs the program; whatever is wrong with the arguments must be said in at most five lines, with status 64.
  std::string message(const Words& arguments) {
    ++cases;
    const auto finished = run_program(arguments, {.folder = place_.path()});
    INFO("deepobs", joined(arguments), "\n", finished.err);
    CHECK(finished.status == 64);
    CHECK(finished.out.empty());
    CHECK(without_warnings(finished.err).starts_with("deepobs: "));
    CHECK(finished.err.ends_with("\n"));
    CHECK(lines_of(finished.err).size() <= 5);
    CHECK(place_.written().empty());
    std::filesystem::remove_all(place_ / "results");
    return finished.err;
  }

  /// With `part` in the message.
  void expect(const Words& arguments, const std::string& part) {
    const auto said = message(arguments);
    INFO("deepobs", joined(arguments), "\n", said, "wanted: ", part);
    CHECK(said.find(part) != std::string::npos);
  }

  int cases = 0;

 private:
  Workplace place_;
};

/// What every run needs; the options of the case are left out, so that they are not given twice.
Words run_without(const Words& left_out, const std::string& optimizer = "SGD") {
  const std::vector<Words> needed{{"--lr", "0.01"}, {"--bs", "32"}, {"-N", "1"}};
  Words out{"run", "fmnist_logreg", "--optimizer", optimizer, "--data_dir", "data"};
  if (left_out == Words{"--optimizer"}) out = {"run", "fmnist_logreg", "--data_dir", "data"};
  if (left_out == Words{"--data_dir"}) out = {"run", "fmnist_logreg", "--optimizer", optimizer};
  for (const auto& option : needed)
    if (std::ranges::find(left_out, option.front()) == left_out.end()) out = out + option;
  return out;
}

enum class Kind { whole, number, numbers, text, flag };

struct OptionInfo {
  Words spellings;
  Kind kind;
  std::string good;  // a value that would be right
  Words bad = {};    // values out of range, beside those that are wrong for the kind
  std::string optimizer = "SGD";
};

std::vector<OptionInfo> option_infos() {
  std::vector<OptionInfo> all{
      {{"--lr", "--learning_rate"}, Kind::number, "0.1", {"-1", "-1e-300", "-0.5"}},
      {{"--bs", "--batch_size"}, Kind::whole, "16", {"0", "-1", "257"}},
      {{"-N", "--num_epochs"}, Kind::whole, "1", {"-1"}},
      {{"--wd", "--weight_decay"}, Kind::number, "0", {"-1", "-1e-3"}},
      {{"--lr_sched_epochs"}, Kind::numbers, "1", {}},
      {{"--lr_sched_factors"}, Kind::numbers, "1", {}},
      {{"-r", "--random_seed"}, Kind::whole, "1", {"-1", "4294967296"}},
      {{"--train_log_interval"}, Kind::whole, "1", {"0", "-3"}},
      {{"--max_steps_per_epoch"}, Kind::whole, "1", {"0", "-3"}},
      {{"--eval_batches"}, Kind::whole, "1", {"0", "-3"}},
      {{"--threads"}, Kind::whole, "1", {"-1", "1025"}},
      {{"--jobs"}, Kind::whole, "1", {"-1", "1025"}},
      {{"--optimizer"}, Kind::text, "SGD", {"sgd", "SGD ", "Adma", "SGD,Adam", "../SGD"}},
      {{"--device"}, Kind::text, "cpu", {"gpu", "CPU", "cuda:0"}},
      {{"--conv_algorithm"}, Kind::text, "direct", {"winograd", "Auto"}},
      {{"--precision"}, Kind::text, "fp32", {"FP32", "fp16", "bf16", "tf32"}},  // the last two are those of a GPU
      {{"--layout"}, Kind::text, "flat", {"1.1", "Flat", "tree"}},
      {{"--data_order"}, Kind::text, "shuffled", {"random", "Sequential"}},
      {{"--init_from"}, Kind::text, "x", {""}},
      {{"--save_params"}, Kind::text, "x", {""}},
      {{"--output_dir"}, Kind::text, "results", {"/", ""}},
      {{"--data_dir"}, Kind::text, "data", {""}},
      {{"--config"}, Kind::text, "data/c.json", {""}},
      {{"--checkpoint_dir"}, Kind::text, "x", {""}},
      {{"--checkpoint_seconds"}, Kind::number, "1", {"-1"}},
      {{"--validation"}, Kind::flag, ""},
      {{"--resume"}, Kind::flag, ""},
      {{"--print_train_iter"}, Kind::flag, ""},
      {{"--no_logs"}, Kind::flag, ""},
      {{"--quiet"}, Kind::flag, ""},
      {{"--dry_run"}, Kind::flag, ""},
      {{"--print_config"}, Kind::flag, ""},
  };
  for (const std::string name : {"SGD", "Adam", "RMSprop", "Rprop", "NAdam"})
    for (const auto& hyper : find_optimizer(name).hyperparameters) {
      OptionInfo info{{"--" + hyper.name}, Kind::number, "0.5", {}, name};
      if (std::holds_alternative<bool>(hyper.standard)) info.kind = Kind::flag;
      if (std::holds_alternative<std::vector<double>>(hyper.standard)) info.kind = Kind::numbers, info.good = "0.5";
      if (info.kind == Kind::number)
        for (const double value : {-1., -1e-9, 1., 2., 1e9})
          if (!hyper.ranges.front().contains(value)) info.bad.push_back(python_repr(value));
      all.push_back(info);
    }
  return all;
}

/// "--momentum" -> "--momenutm", "--momentumm", "--mmentum".
Words misspelt(const std::string& option) {
  Words out{option + option.back()};
  if (option.size() < 8) return out;  // in a short one every letter counts, and the nearest may be another
  const auto middle = option.size() / 2 + 1;
  std::string swapped = option, shorter = option;
  std::swap(swapped[middle], swapped[middle + 1]);
  shorter.erase(middle, 1);
  if (swapped != option) out.push_back(swapped);
  out.push_back(shorter);
  return out;
}

Words bad_values(const OptionInfo& option) {
  Words out = option.bad;
  const Words no_number{"abc",   "nan",   "inf",  "-inf", "1e999", "-1e999", "0x10",
                        "1_000", "1.5.5", "0,5e", "++1",  "1e",    "²"};
  if (option.kind == Kind::number) out = out + no_number + Words{"1,5"};
  if (option.kind == Kind::whole)
    out = out + no_number +
          Words{"1.5", "1e-1", "15e-1", "1e19", "-1e19", "1,5", "99999999999999999999", "-99999999999999999999"};
  if (option.kind == Kind::flag) out = {"maybe", "2x"};
  return out;
}

TEST_CASE("errors: misuse of every option is refused with status 64, in at most five lines, and nothing is written") {
  Misuse misuse;
  std::size_t number = 0;
  for (const auto& option : option_infos()) {
    if (under_thread_sanitizer && number++ % 8 > 0) continue;  // a refused program has one thread
    const Words run = run_without(option.spellings, option.optimizer);
    for (const auto& spelling : option.spellings) {
      const Words good = option.kind == Kind::flag ? Words{spelling} : Words{spelling, option.good};
      if (spelling.starts_with("--")) {
        for (const auto& wrong : misspelt(spelling)) {
          const auto said = misuse.message(run + Words{wrong} + Words(good.begin() + 1, good.end()));
          INFO(wrong, ": ", said);
          CHECK(said.find("unknown option " + wrong) != std::string::npos);
          if (spelling.size() >= 8) CHECK(said.find("did you mean " + spelling + "?") != std::string::npos);
        }
      }
      misuse.expect(run + good + good, "is given 2 times");
      if (option.kind != Kind::flag) {
        misuse.message(run + Words{spelling});               // the value is missing: at the end,
        misuse.message(run + Words{spelling, "--no_logs"});  // and before another option
      }
      for (const auto& value : bad_values(option)) {
        if (spelling.starts_with("--"))
          misuse.message(run + Words{spelling + "=" + value});
        else
          misuse.message(run + Words{spelling, value});
      }
    }
    if (option.spellings.size() == 2)  // once in each spelling
      misuse.expect(run + Words{option.spellings[0], option.good, option.spellings[1], option.good},
                    "is given 2 times");
  }
  if (!under_thread_sanitizer) CHECK(misuse.cases >= 400);
  MESSAGE(misuse.cases, " cases");
}

TEST_CASE("errors: a misspelt name of a problem or an optimizer gets the right one") {
  Misuse misuse;
  for (const auto& problem : problems()) {
    auto wrong = problem.name;
    std::swap(wrong[2], wrong[3]);
    misuse.expect({"run", wrong, "-o", "SGD", "--lr", "0.1", "--bs", "8", "-N", "1"},
                  "unknown problem '" + wrong + "': did you mean " + problem.name + "? There are: ");
    misuse.expect({"info", wrong},
                  "there is no problem, optimizer or data set '" + wrong + "': did you mean " + problem.name + "?");
  }
  for (const auto& optimizer : optimizers()) {
    auto wrong = optimizer.name;
    std::swap(wrong[1], wrong[2]);
    misuse.expect({"run", "fmnist_mlp", "-o", wrong, "--lr", "0.1"},
                  "unknown optimizer '" + wrong + "': did you mean " + optimizer.name + "? There are: ");
  }
}

struct Golden {
  Words arguments;  // behind "run fmnist_logreg"; other commands begin with "deepobs"
  std::string message;
};

TEST_CASE("errors: the messages, word for word") {
  const std::string usage = "See: deepobs run --help\n";
  const Words sized{"--bs", "32", "-N", "1"};
  const Words sgd = sized + Words{"-o", "SGD"};
  const Words all = sgd + Words{"--lr", "0.1"};
  const std::vector<Golden> goldens{
      {{"deepobs"}, "a command is needed: run, list, info, bench, analyze, data\nSee: deepobs --help\n"},
      {{"deepobs", "rum"},
       "unknown command 'rum': did you mean run? There are: run, list, info, bench, analyze, data\nSee: deepobs "
       "--help\n"},
      {{"deepobs", "data"}, "a command is needed: list, check\nSee: deepobs data --help\n"},
      {{"deepobs", "data", "lst"},
       "unknown command 'lst': did you mean list? There are: list, check\nSee: deepobs data --help\n"},
      {{"deepobs", "--versoin"}, "unknown option --versoin: did you mean --version?\nSee: deepobs --help\n"},
      {{"deepobs", "run", "--nope"}, "unknown option --nope\nSee: deepobs run --help\n"},
      {{"deepobs", "info"}, "name is required, or --devices\nSee: deepobs info --help\n"},
      {{"deepobs", "list", "foo"},
       "list takes problems, optimizers or datasets, not 'foo'\nSee: deepobs list --help\n"},
      {{"deepobs", "list", "optimizer"},
       "list takes problems, optimizers or datasets, not 'optimizer': did you mean optimizers?\n"
       "See: deepobs list --help\n"},
      {{"deepobs", "list", "SGD"},
       "list takes problems, optimizers or datasets, not 'SGD'; deepobs info SGD describes it\n"
       "See: deepobs list --help\n"},
      {{"deepobs", "run"}, "problem is required\n" + usage},
      {sized, "--optimizer is required\n" + usage},
      {sgd, "a learning rate is needed: --learning_rate (usual for SGD: 0.01)\n"},
      {{"-o", "SGD", "--lr", "0.1"},
       "fmnist_logreg has no default batch size and number of epochs in DeepOBS: give --batch_size and --num_epochs, "
       "for example --batch_size 128 --num_epochs 50\n"},
      {sgd + Words{"--lr", "abc"}, "learning_rate must be a number, not 'abc'\n"},
      {sgd + Words{"--lr", "nan"},
       "learning_rate must be a finite number of at least 0, not nan (usual for SGD: 0.01)\n"},
      {sgd + Words{"--lr", "-1"},
       "learning_rate must be a finite number of at least 0, not -1 (usual for SGD: 0.01)\n"},
      {sgd + Words{"--lr", "1e999"}, "learning_rate: '1e999' is too large or too small to be represented\n"},
      {{"--bs", "1.5", "-N", "1", "-o", "SGD", "--lr", "1"}, "batch_size must be a whole number, not '1.5'\n"},
      {{"--bs", "1e19", "-N", "1", "-o", "SGD", "--lr", "1"},
       "batch_size: '1e19' is too large or too small to be represented\n"},
      {sized + Words{"-o", "LBFGS", "--lr", "1", "--max_iter", "1e9"},
       "LBFGS: max_iter must be in [1, 100000], not 1000000000\n"},
      {sized + Words{"-o", "LBFGS", "--lr", "1", "--line_search_fn", "none", "wolfe"},
       "LBFGS: line_search_fn must be none or strong_wolfe, not 'wolfe'\n"},
      {sized + Words{"-o", std::string(5000, 'x'), "--lr", "1"},
       "unknown optimizer '" + std::string(80, 'x') +
           "... (5000 bytes)'; there are: Adadelta, Adafactor, Adagrad, Adam, "
           "Adamax, AdamW, ASGD, LBFGS, Lion, Muon, NAdam, RAdam, RMSprop, Rprop, ScheduleFreeAdamW, SGD\n"},
      {{"--bs", "0", "-N", "1", "-o", "SGD", "--lr", "1"}, "batch_size must be at least 1, not 0\n"},
      {all + Words{"--momentun", "0.9"}, "unknown option --momentun: did you mean --momentum?\n" + usage},
      {all + Words{"--momentum", "-1"}, "SGD: momentum must be at least 0, not -1\n"},
      {all + Words{"--momentum", "fast"}, "SGD: momentum must be a number, not 'fast'\n"},
      {all + Words{"--nesterov"},
       "SGD: nesterov needs a momentum above 0 and no dampening, not momentum 0 and dampening 0\n"},
      {all + Words{"--nesterov=maybe"}, "SGD: nesterov must be true or false, not 'maybe'\n"},
      {all + Words{"--nesterov", "maybe"}, "SGD: nesterov must be true or false, not 'maybe'\n"},
      {all + Words{"--nesterov", "false", "maybe"}, "SGD: nesterov must be true or false, not 'maybe'\n"},
      {all + Words{"--nesterov", "fmnist_mpl"},
       "SGD: nesterov must be true or false, not 'fmnist_mpl'; if that is the test problem: did you mean "
       "fmnist_mlp?\n"},
      {all + Words{"--save_params", ""}, "--save_params: needs a value, not an empty text\n" + usage},
      {all + Words{"--momentum", "0.9", "--momentum", "0.8"}, "--momentum is given 2 times\n" + usage},
      {all + Words{"--lr_sched_epochs", "1", "2", "--lr_sched_factors", "0.1"},
       "a learning-rate schedule needs one factor per epoch, but has 2 epochs and 1 factor\n"},
      {all + Words{"--lr_sched_epochs", "1", "2"},
       "a learning-rate schedule needs both epochs and factors, but there are only epochs; give lr_sched_epochs and "
       "lr_sched_factors together or neither\n"},
      {all + Words{"--lr_sched_factors", "1"},
       "a learning-rate schedule needs both epochs and factors, but there are only factors; give lr_sched_epochs and "
       "lr_sched_factors together or neither\n"},
      {all + Words{"--lr_sched_epochs", "1", "--lr_sched_factors", "-1"},
       "factor 0 of the learning-rate schedule is -1.0; it must be a finite number that is not negative\n"},
      {all + Words{"--lr_sched_epochs", "nan", "--lr_sched_factors", "1"},
       "epoch 0 of the learning-rate schedule is nan; it must be a finite number\n"},
      {all + Words{"--lr_sched_epochs", "--lr_sched_factors", "1"},
       "lr_sched_epochs must be numbers, not '--lr_sched_factors'\n"},
      {all + Words{"--output_dir", "--quiet"}, "--output_dir: needs a value, but '--quiet' is an option\n" + usage},
      {all + Words{"--json"}, "--json requires --dry_run\n" + usage},
      {all + Words{"--device", "gpu"}, "unknown device 'gpu'; there are: cpu, cuda, auto\n"},
      {all + Words{"--precision", "half"}, "unknown precision 'half'; there are: fp32, tf32, bf16\n"},
      {all + Words{"--precision", "tf32"}, "precision tf32 is one of a GPU: --device cuda. A CPU computes in fp32\n"},
      {all + Words{"--precision", "bf16"}, "precision bf16 is one of a GPU: --device cuda. A CPU computes in fp32\n"},
      {all + Words{"--random_seed", "-1"}, "random_seed must be 0 to 4294967295, not -1\n"},
      {all + Words{"more"}, "not expected: more\n" + usage},
      {all + Words{"more", "words", "to", "read"}, "not expected: more words to read\n" + usage},
      {{"deepobs", "info", "fmnist_mlp", "a", "b"}, "not expected: a b\nSee: deepobs info --help\n"},
      {{"deepobs", "list", "problems", "a", "b"}, "not expected: a b\nSee: deepobs list --help\n"},
      {all + Words{"--bs", "16", "--bs", "16"}, "--bs is given 3 times\n" + usage},
      {sgd + Words{"--learning_rate", "1", "--learning_rate", "2"}, "--learning_rate is given 2 times\n" + usage},
      {all + Words{"--learning_rate", "1"}, "--lr is given 2 times, also as --learning_rate\n" + usage},
      {all + Words{"--num-epochs", "1"}, "-N is given 2 times, also as --num_epochs\n" + usage},
      {sgd + Words{"--lr", " 1"}, "learning_rate must be a number, not ' 1'\n"},
      {sgd + Words{"--lr", "0.1 0.2"}, "learning_rate must be a number, not '0.1 0.2'\n"},
      {sgd + Words{"--lr", "\x1b[31m1"}, "learning_rate must be a number, not '\\x1b[31m1'\n"},
      {sgd + Words{"--lr", "1\n2"}, "learning_rate must be a number, not '1\\n2'\n"},
      {all + Words{"--momentum", "\t1\x7f"}, "SGD: momentum must be a number, not '\\t1\\x7f'\n"},
      {all + Words{"\x1b[2J", "\xe2\x80\xae", "\xff", "\xc3\xa4"},
       "not expected: \\x1b[2J \\xe2\\x80\\xae \\xff \xc3\xa4\n" + usage},
      {all + Words{"--layout", "a\nb\x1b"}, "layout must be flat, tf or 1.2, not 'a\\nb\\x1b'\n"},
      {{"deepobs", "\x1b[2J\n"},
       "unknown command '\\x1b[2J\\n'; there are: run, list, info, bench, analyze, data\nSee: deepobs --help\n"},
      {sized + Words{"-o", "Adam", "--lr", "1", "--betas", "0.9", "1"}, "Adam: betas[1] must be in [0, 1), not 1\n"},
      {sized + Words{"-o", "Adam", "--lr", "1", "--betas", "0.9", "--eps", "1"},
       "Adam: betas takes 2 numbers, not 1: 0.9\n"},
      {sized + Words{"-o", "Adam", "--lr", "1", "--betas", "--eps", "1"}, "Adam: betas takes 2 numbers, not 0\n"},
      {sized + Words{"-o", "Adam", "--lr", "1", "--betas", "0.9", "0.99", "0.8"},
       "Adam: betas takes 2 numbers for each run, not 3: 0.9 0.99 0.8\n"},
      {sized + Words{"-o", "Adam", "--lr", "1", "--betas", "0.9,0.99,0.999"},
       "Adam: betas must be 2 numbers, not '0.9,0.99,0.999'\n"},
      {sized + Words{"-o", "Adam", "--lr", "1", "--betas", "0.9", "0,8"}, "Adam: betas takes 2 numbers, not 1: 0.9\n"},
      {{"deepobs", "info", "nope"}, "there is no problem, optimizer or data set 'nope'\nSee: deepobs list\n"},
      {{"deepobs", "data", "check", "fmnst"},
       "unknown data set 'fmnst': did you mean fmnist? There are: cifar10, cifar100, fmnist, mnist, quadratic, svhn, "
       "tolstoi, two_d\n"},
      {sized + Words{"-o", "SDG", "--lr", "1"},
       "unknown optimizer 'SDG': did you mean SGD? There are: Adadelta, Adafactor, Adagrad, Adam, Adamax, AdamW, ASGD, "
       "LBFGS, Lion, Muon, NAdam, RAdam, RMSprop, Rprop, ScheduleFreeAdamW, SGD\n"},
  };
  Misuse misuse;
  for (const auto& [arguments, message] : goldens) {
    const bool whole = arguments.front() == "deepobs";
    const Words words = whole ? Words(arguments.begin() + 1, arguments.end())
                              : Words{"run", "fmnist_logreg", "--data_dir", "data"} + arguments;
    CHECK(misuse.message(words) == "deepobs: " + message);
  }
}

TEST_CASE("errors: a number that is given twice by a list is named as it was typed") {
  Misuse misuse;
  misuse.expect({"run", "fmnist_logreg", "-o", "SGD", "--learning-rate", "0.1", "0.2", "--lr", "0.3"},
                "--learning_rate is given 2 times, also as --lr\n");
}

TEST_CASE("errors: a system that refuses threads or memory is no fault of deepobs: status 71") {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  MESSAGE("skipped: a sanitizer needs more memory than there is under these limits");
#else
  const Words run{"run", "fmnist_2c2d", "-o", "SGD", "--lr", "0.1", "--bs", "64", "-N", "1", "--data_dir", "data"};
  struct Limit {
    std::string of, part;
  };
  for (const auto& [limits, part] :
       {Limit{"ulimit -v 60000", "the machine has no "}, {"ulimit -s 1000000; ulimit -v 500000", "the system allows "}})
    for (const Words& rates : {Words{}, {"0.2", "0.3", "--jobs", "3"}}) {
      const Workplace place;
      Words words = run;
      words.insert(std::ranges::find(words, "0.1") + 1, rates.begin(), rates.end());
      const auto finished = run_under_limits(limits, words, {.folder = place.path()});
      INFO(limits, ": ", finished.err);
      CHECK(finished.status == 71);
      CHECK(finished.err.find("deepobs: ") != std::string::npos);
      if (rates.empty()) CHECK(finished.err.find("deepobs: " + part) != std::string::npos);
      CHECK(place.written().empty());
    }
#endif
}

TEST_CASE("errors: help and version that cannot be written are status 74, as any output") {
  for (const Words& words : {Words{"--help"}, {"--version"}, {"run", "--help"}, {"list"}, {"info", "mnist_mlp"}}) {
    const auto finished = run_program(words, {.out = Stream::full_device});
    INFO(words.front());
    CHECK(finished.status == 74);
    CHECK(finished.err.find("standard output could not be written") != std::string::npos);
  }
}

TEST_CASE("errors: a problem without regulariser says so, and AdamW's own decay is pointed to") {
  const Words dry{"run", "fmnist_mlp", "--lr", "0.1", "--bs", "32", "--dry_run", "--wd", "0.1", "-o"};
  const Workplace place;  // with data
  const auto sgd = run_program(dry + Words{"SGD"}, {.folder = place.path()});
  CHECK(sgd.status == 0);
  CHECK(sgd.err ==
        "WARNING: Weight decay is non-zero but no weight decay is used for this problem (fmnist_mlp has no "
        "regulariser)\n");
  const auto adamw = run_program(dry + Words{"AdamW"});
  CHECK(adamw.err.find("--optimizer_weight_decay") != std::string::npos);
}

}  // namespace
}  // namespace deepobs::test
