#include <doctest/doctest.h>

#include <cstdint>
#include <random>
#include <set>

#include "tests/cli/workplace.h"
#include "tests/under_thread_sanitizer.h"

namespace deepobs::test {
namespace {

/// Right words in wrong places, and wrong ones.
const Words vocabulary{"run",
                       "list",
                       "info",
                       "bench",
                       "data",
                       "check",
                       "fmnist_mlp",
                       "fmnist_logreg",
                       "cifar10_3c3d",
                       "--optimizer",
                       "SGD",
                       "Adam",
                       "--lr",
                       "0.1",
                       "1e-3",
                       "--num_epochs",
                       "1",
                       "0",
                       "--batch_size",
                       "32",
                       "--momentum",
                       "0.9",
                       "--betas",
                       "--eps",
                       "--nesterov",
                       "true",
                       "false",
                       "--amsgrad",
                       "--json",
                       "--dry_run",
                       "--help",
                       "-h",
                       "--version",
                       "--",
                       "-",
                       "---",
                       "",
                       "=",
                       "--lr=",
                       "--lr=1",
                       "--=",
                       "-r",
                       "-r1",
                       "1",
                       "2",
                       "-N",
                       "-o",
                       "-oSGD",
                       "--threads",
                       "--jobs",
                       "--layout",
                       "1.2",
                       "tf",
                       "flat",
                       "--save_params",
                       "{lr}",
                       "{betas}-{seed}",
                       "{",
                       "--init_from",
                       "/dev/null",
                       "--output_dir",
                       "x",
                       "--lr_sched_epochs",
                       "5",
                       "--lr_sched_factors",
                       "--validation",
                       "--quiet",
                       "--no_logs",
                       "--data_order",
                       "sequential",
                       "--max_steps_per_epoch",
                       "--eval_batches",
                       "\xe2\x80\xae",
                       "\x01",
                       "-1",
                       "1e999",
                       "nan",
                       "[1",
                       "1]",
                       "[1,2]",
                       "(1,",
                       "{1,2}",
                       "\"a b\"",
                       "0.9,0.99",
                       "(0.9, 0.99)",
                       "'",
                       "%s%n",
                       "--betas=0.9",
                       "--betas=",
                       "--nesterov=",
                       "--amsgrad=false",
                       "--device",
                       "cpu",
                       "auto",
                       "--precision",
                       "bf16",
                       "--devices",
                       "--wd",
                       "--print_train_iter",
                       "--train_log_interval",
                       "@file",
                       "--config",
                       "-lr",
                       "--LR",
                       "--learning-rate",
                       "--num-epochs",
                       "--batch-size",
                       "datasets",
                       "optimizers",
                       "problems",
                       "a\nb",
                       "\x1b[31m",
                       "--data_dir",
                       "data",
                       "--conv_algorithm",
                       "direct"};

TEST_CASE("random_words: whatever the words, the program says what is wrong, and breaks nothing") {
  const Workplace place;
  std::mt19937 random(7);
  const auto below = [&](std::size_t count) { return static_cast<std::size_t>(random()) % count; };
  const Words base{"run", "fmnist_logreg", "--optimizer", "", "--lr", "0.1", "--batch_size", "32", "--num_epochs", "1"};
  const std::set<int> good{0, 64, 65, 66, 74};
  std::set<int> seen;
  for (int i = 0; i < (under_thread_sanitizer ? 60 : 600); ++i) {
    Words words;
    if (below(10) < 6) {
      words = base;
      words[3] = below(2) == 0 ? "SGD" : "Adam";
    }
    for (std::size_t more = 1 + below(words.empty() ? 13 : 5); more > 0; --more)
      words.push_back(vocabulary[below(vocabulary.size())]);
    if (words.front() == "bench") continue;  // which takes a while
    if (words.front() == "run") words.push_back("--dry_run");
    std::string line;
    for (const auto& word : words) line += " '" + word + "'";
    const auto finished = run_program(words, {.folder = place.path()});
    INFO("deepobs", line, "\n", finished.err);
    CHECK(good.contains(finished.status));
    seen.insert(finished.status);
    if (finished.status != 0) CHECK(finished.err.find("deepobs: ") != std::string::npos);
    for (const char bad : {'\x1b', '\x01'}) CHECK(finished.err.find(bad) == std::string::npos);
  }
  CHECK(seen.contains(0));
  CHECK(seen.contains(64));
}

}  // namespace
}  // namespace deepobs::test
