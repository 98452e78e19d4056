#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "problems/data/dataset_info.h"
#include "tests/golden/golden_problem.h"
#include "tests/golden/hash_values.h"
#include "tests/kernels/cpu/isas.h"
#include "tests/runner/training/run_in_memory.h"

// The character model on windows of a text against PyTorch (tests/golden/scripts/make_char_rnn.py), whose state goes from
// window to window as ours does.

namespace deepobs {
namespace {

const nlohmann::json& golden() {
  static const nlohmann::json file = golden_file("problems/tolstoi_char_rnn.json");
  return file;
}

Dataset text() {
  Dataset data;
  data.name = "tolstoi";
  data.columns = find_data_set("tolstoi").columns;
  const auto ids = hash_labels(golden()["streams"]["text"], golden()["count"], 83);
  for (Split* part : {&data.train, &data.test})
    *part = {.count = std::ssize(ids), .columns = {std::vector<std::int32_t>(ids.begin(), ids.end())}};
  return data;
}

/// A run that evaluates, trains two steps without learning, and evaluates again.
struct Evaluated {
  explicit Evaluated(Isa isa = best_isa())
      : run(resolve({.testproblem = "tolstoi_char_rnn",
                     .batch_size = golden()["batch_size"].get<std::int64_t>(),
                     .num_epochs = 1,
                     .learning_rate = 0.,
                     .no_logs = true,
                     .max_steps_per_epoch = 2},
                    find_optimizer("SGD")),
            text(), {.threads = 2, .isa = isa}) {
    const auto parameters = run.graphs.store.parameters();
    REQUIRE(parameters.size() == golden()["parameters"].size());
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      const auto& entry = golden()["parameters"][i];
      REQUIRE(parameters[i].name == entry["name"]);
      run.storage.set_parameter(parameters[i],
                                hash_scaled(golden()["streams"]["parameters"].get<std::uint64_t>() + i,
                                            static_cast<std::size_t>(parameters[i].shape.elements()), entry["scale"]));
    }
    result = run.train();
  }

  std::vector<float> log(int buffer) const {
    std::vector<float> values(3);
    run.storage.read(buffer, std::span(values));
    return values;
  }

  RunInMemory run;
  RunResult result;
};

TEST_CASE("char rnn: every window of an evaluation, on every instruction set") {
  const auto &float64 = golden()["evaluation"]["float64"], &float32 = golden()["evaluation"]["float32"];
  for (const Isa isa : isas()) {
    const Evaluated evaluated(isa);
    const auto& test = evaluated.run.graphs.test;
    const auto losses = evaluated.log(test.losses), accuracies = evaluated.log(test.metric("accuracy")->buffer);
    for (std::size_t window = 0; window < 3; ++window) {
      const double expected = float64["losses"][window], single = float32["losses"][window];
      INFO("window ", window, ": ", losses[window], ", PyTorch ", expected, " and ", single);
      CHECK(std::abs(losses[window] - expected) <= 4 * std::abs(single - expected) + 4 * 0x1p-21);  // ulps of 4 ... 8
      CHECK(std::abs(accuracies[window] - float64["accuracies"][window].get<double>()) < 1e-6);
    }
  }
}

TEST_CASE("char rnn: the state is zero where a phase begins, whatever ran before") {
  const Evaluated evaluated;
  // The training set is the same text, evaluated before and behind the test set and an epoch of training.
  const RunResult& result = evaluated.result;
  CHECK(result.train.losses == result.test.losses);
  CHECK(result.train.losses[0] == result.train.losses[1]);
  CHECK(result.train.accuracies == result.test.accuracies);
  CHECK(result.minibatch_train_losses.size() == 1);
}

}  // namespace
}  // namespace deepobs
