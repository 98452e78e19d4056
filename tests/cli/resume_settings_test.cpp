#include <doctest/doctest.h>
#include <signal.h>

#include <map>
#include <set>

#include "runner/training/config/settings.h"
#include "tests/cli/resumed_run.h"
#include "tests/runner/results/comparable_result.h"

// What a checkpoint is good for: each setting is changed in turn behind a run that left one.

namespace deepobs::test {
namespace {

enum class Then {
  refused,    ///< 64 with the difference: the name of the result is the same, its content would not be
  other_run,  ///< with a name, and so checkpoints, of its own
  goes_on,    ///< the setting reaches no result
};

struct Change {
  std::string setting;
  Words words;  ///< given behind those of the run, or in their place
  Then then;
  std::string says = {};  ///< of a refusal
};

const std::vector<Change>& changes() {
  static const std::vector<Change> all{
      {"testproblem", {"fmnist_mlp"}, Then::other_run},
      {"optimizer", {"-o", "AdamW"}, Then::other_run},
      {"learning_rate", {"--lr", "0.002"}, Then::other_run},
      {"batch_size", {"--bs", "64"}, Then::other_run},
      {"num_epochs", {"-N", "99999"}, Then::other_run},
      {"weight_decay", {"--weight_decay", "0.01"}, Then::other_run},
      {"lr_sched_epochs", {"--lr_sched_epochs", "3", "--lr_sched_factors", "0.5"}, Then::other_run},
      {"random_seed", {"--random_seed", "43"}, Then::other_run},
      {"data_order", {"--data_order", "sequential"}, Then::other_run},
      {"max_steps_per_epoch", {"--max_steps_per_epoch", "4"}, Then::other_run},
      {"eval_batches", {"--eval_batches", "1"}, Then::other_run},
      {"init_from", {"--init_from", "start.safetensors"}, Then::other_run},
      {"eps", {"--eps", "1e-7"}, Then::other_run},
      {"output_dir", {"--output_dir", "elsewhere"}, Then::other_run},
      {"checkpoint_dir", {"--checkpoint_dir", "elsewhere"}, Then::other_run},
      {"train_log_interval", {"--train_log_interval", "5"}, Then::refused, "train_log_interval 10 there, 5 here"},
      {"layout", {"--layout", "tf"}, Then::refused, "layout flat there, tf here"},
      {"conv_algorithm", {"--conv_algorithm", "direct"}, Then::refused, "conv_algorithm auto there, direct here"},
      {"data_dir", {"--data_dir", "./data"}, Then::goes_on},
      {"save_params", {"--save_params", "end.safetensors"}, Then::goes_on},
      {"print_train_iter", {"--print_train_iter"}, Then::goes_on},
      {"threads", {"--threads", "3"}, Then::goes_on},
      {"checkpoint_seconds", {"--checkpoint_seconds", "1"}, Then::goes_on},
  };
  return all;
}

/// The run's words with those of a change, which replace the same options.
Words changed(const Change& change) {
  Words words = resumed("100000");
  if (change.setting == "testproblem") {
    words[1] = change.words[0];
    return words;
  }
  const auto at = std::ranges::find(words, change.words[0]);
  if (at == words.end())
    words.insert(words.end(), change.words.begin(), change.words.end());
  else
    std::ranges::copy(change.words, at);
  return words;
}

/// The checkpoints that the first run has left, with their bytes.
std::map<std::string, std::string> contents(const Workplace& place) {
  std::map<std::string, std::string> files;
  for (const auto& file : checkpoints_in(place)) files[file.string()] = content(file);
  return files;
}

TEST_CASE("resume: each setting in turn is refused with the difference, makes another run, or changes nothing") {
  const Workplace place;
  REQUIRE(run_program(run_of("0", {"--save_params", "start.safetensors"}), {.folder = place.path()}).status == 0);
  std::filesystem::rename(place / "start.safetensors", place / "data/start.safetensors");
  std::filesystem::remove_all(place / "results");
  leave_checkpoint(place, resumed("100000"));
  auto before = contents(place);
  REQUIRE(before.size() == 2);
  for (Change change : changes()) {
    INFO(change.setting);
    for (auto& word : change.words)
      if (word == "start.safetensors") word = "data/start.safetensors";
    Program program(changed(change), {.folder = place.path()});
    if (change.then == Then::refused) {
      const auto finished = program.wait();
      INFO(finished.err);
      CHECK(finished.status == 64);
      CHECK(finished.err.find("is one of another configuration: ") != std::string::npos);
      CHECK(finished.err.find(change.says) != std::string::npos);
      CHECK(contents(place) == before);
      continue;
    }
    CHECK(program.wait_for(change.then == Then::goes_on ? "goes on from a checkpoint" : "\n     1 "));
    program.signal(SIGTERM);
    const auto finished = program.wait();
    INFO(finished.out, finished.err);
    CHECK(finished.status == 75);
    CHECK((finished.out.find("goes on from a checkpoint") != std::string::npos) == (change.then == Then::goes_on));
    auto after = contents(place);
    if (change.then == Then::goes_on)
      CHECK(after.size() == before.size());
    else
      for (const auto& [file, bytes] : before) CHECK(after[file] == bytes);
    before = contents(place);
  }
  CHECK(results_in(place).empty());
}

TEST_CASE("resume: no setting is forgotten by the test of all settings") {
  // Those that name no computation of their own, or that need what this machine may lack: a GPU, 10,000 examples.
  std::set<std::string> known{"lr_sched_factors", "no_logs", "resume", "device", "precision", "validation"};
  for (const auto& change : changes()) known.insert(change.setting);
  for (const auto& setting : settings())
    if (!setting.option.spellings.empty()) CHECK_MESSAGE(known.contains(std::string(setting.name)), setting.name);
}

}  // namespace
}  // namespace deepobs::test
