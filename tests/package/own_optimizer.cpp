// Runs a test problem of DeepOBS with an optimizer of its own, reads the result that is returned, and offers the
// optimizer on a command line:
//   own_optimizer FOLDER      writes a few images into FOLDER/data, trains, checks the results in FOLDER/results
//   own_optimizer run PROBLEM --optimizer Halving ...

#include <deepobs/optimizer.h>
#include <deepobs/runner.h>

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

using namespace deepobs;

namespace {

/// Gradient descent whose rate halves every `period` steps.
struct HalvingRule {
  double period;

  struct Now {
    float rate;
  };
  DEEPOBS_FN Now now(const StepBlock& step) const {
    return {rounded(step.learning_rate * std::exp2(-std::floor(static_cast<double>(step.step) / period)))};
  }
  DEEPOBS_FN static void update(const Now& n, float& p, float g) { p -= n.rate * g; }
};

Optimizer halving() {
  return {.name = "Halving",
          .source = "an example",
          .usual_learning_rate = 0.1,
          .hyperparameters = {{"period", 100., {Range::at_least(1)}, "steps between two halvings"}},
          .configure = [](const Hyperparameters& h) { return flat_update(HalvingRule{h.number("period")}); }};
}

/// The library's Adam, compiled with the flags of this project.
struct OwnAdamRule : AdamRule {
  DEEPOBS_FN static void update(const Now& n, float& p, float g, float& m, float& v) {
    AdamRule::update(n, p, g, m, v);
  }
};

Optimizer own_adam() {
  return {.name = "OwnAdam",
          .source = "an example",
          .usual_learning_rate = 1e-3,
          .hyperparameters = {},
          .configure = [](const Hyperparameters&) {
            return flat_update(
                OwnAdamRule{{.beta1 = 0.9, .beta2 = 0.999, .eps = 1e-8, .coupled_decay = 0, .decoupled_decay = 0}},
                {{"exp_avg"}, {"exp_avg_sq"}});
          }};
}

void write_idx(const std::filesystem::path& file, const std::vector<std::uint32_t>& extents, const std::string& bytes) {
  std::ofstream out(file, std::ios::binary);
  const auto word = [&](std::uint32_t value) {
    for (int shift = 24; shift >= 0; shift -= 8) out.put(static_cast<char>(value >> shift & 255));
  };
  word(0x0800 + static_cast<std::uint32_t>(extents.size()));
  for (const auto extent : extents) word(extent);
  out << bytes;
}

/// 64 images for training and for testing, in the form of Fashion-MNIST: a pattern that tells the label.
void write_data(const std::filesystem::path& folder) {
  std::filesystem::create_directories(folder);
  std::string images, labels;
  for (int i = 0; i < 64; ++i) {
    labels += static_cast<char>(i % 10);
    for (int pixel = 0; pixel < 784; ++pixel) images += static_cast<char>(pixel % 10 == i % 10 ? 255 : 0);
  }
  for (const std::string half : {"train", "t10k"}) {
    write_idx(folder / (half + "-images-idx3-ubyte"), {64, 28, 28}, images);
    write_idx(folder / (half + "-labels-idx1-ubyte"), {64}, labels);
  }
}

#define EXPECT(condition)                                   \
  if (!(condition)) {                                       \
    std::printf("line %d: not %s\n", __LINE__, #condition); \
    return 1;                                               \
  }

int train(const std::filesystem::path& folder) {
  const StandardRunner runner(halving(), {{"period", 50.}});
  const RunResult result = runner.run({.testproblem = "fmnist_logreg",
                                       .batch_size = 16,
                                       .num_epochs = 4,
                                       .learning_rate = 0.01,
                                       .data_dir = folder / "data",
                                       .output_dir = folder / "results",
                                       .train_log_interval = 1});
  EXPECT(result.train.losses.size() == 5 && result.test.accuracies.size() == 5);
  EXPECT(result.minibatch_train_losses.size() == static_cast<std::size_t>(4 * result.steps_per_epoch));
  EXPECT(!result.divergence);
  EXPECT(result.train.losses.back() < result.train.losses.front());
  EXPECT(result.parameter_count == 7850);
  EXPECT(result.hyperparameters.size() == 1 && std::get<double>(result.hyperparameters[0].value) == 50);
  const ReadResult read = read_result(result.json);
  EXPECT(read.optimizer == "Halving" && read.train_losses == result.train.losses);
  std::printf("train loss %g -> %g, %s\n", result.train.losses.front(), result.train.losses.back(),
              result.json.c_str());
  return 0;
}

/// A rule computes the same bits whoever compiles it.
int compare(const std::filesystem::path& folder) {
  std::vector<RunResult> results;
  for (const Optimizer& optimizer : {find_optimizer("Adam"), own_adam()})
    results.push_back(StandardRunner(optimizer, {})
                          .run({.testproblem = "fmnist_logreg",
                                .batch_size = 16,
                                .num_epochs = 10,
                                .learning_rate = 0.01,
                                .data_dir = folder / "data",
                                .output_dir = folder / "results",
                                .train_log_interval = 1}));
  EXPECT(results[0].minibatch_train_losses == results[1].minibatch_train_losses);
  EXPECT(results[0].test.losses == results[1].test.losses);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return command_line(argc, argv, {halving(), own_adam()});
  write_data(std::filesystem::path(argv[1]) / "data/fmnist");
  const int failed = train(argv[1]);
  return failed ? failed : compare(argv[1]);
}
