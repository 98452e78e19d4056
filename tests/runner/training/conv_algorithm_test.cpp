#include <doctest/doctest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "kernels/ops/convolution/conv2d_attributes.h"
#include "runner/training/records/deepobs_json.h"
#include "tests/runner/training/run_in_memory.h"

// RunConfig::conv_algorithm, from the configuration to the nodes of the graphs and the record.

namespace deepobs {
namespace {

Run run_with(const std::string& problem, ConvAlgorithm algorithm) {
  return resolve({.testproblem = problem,
                  .batch_size = 128,
                  .num_epochs = 1,
                  .learning_rate = 0.01,
                  .no_logs = true,
                  .conv_algorithm = algorithm},
                 find_optimizer("SGD"));
}

Dataset described(const std::string& problem) {
  Dataset data;
  data.columns = find_data_set(find_problem(problem).dataset).columns;
  data.train.count = data.test.count = 256;
  return data;
}

/// Label, op and tile of every convolution that is computed in tiles.
std::vector<std::string> in_tiles(const Graph& graph) {
  std::vector<std::string> all;
  for (const Node& node : graph.nodes()) {
    const auto& name = node.op->name;
    if (!name.starts_with("conv2d")) continue;
    const WinogradTiles tiles = name.starts_with("conv2d_max_pool")
                                    ? node.attributes.as<ConvMaxPoolAttributes>().conv.tiles
                                    : node.attributes.as<ConvAttributes>().tiles;
    if (tiles) all.push_back(text(node.label, ' ', name, ' ', tiles.output, ' ', tiles.taps));
  }
  std::ranges::sort(all);
  return all;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("conv_algorithm: auto takes tiles for the inner convolutions, in training and evaluation") {
  const TrainingGraphs two(run_with("mnist_2c2d", ConvAlgorithm::automatic), described("mnist_2c2d"));
  CHECK(in_tiles(two.train.graph) ==
        Names{"conv2 conv2d_data_gradient 3 5", "conv2 conv2d_max_pool 3 5", "conv2 conv2d_weight_gradient 3 5"});
  CHECK(in_tiles(two.test.graph) == Names{"conv2 conv2d_max_pool 3 5"});
  CHECK(in_tiles(two.train_eval.graph) == Names{"conv2 conv2d_max_pool 3 5"});

  const TrainingGraphs three(run_with("cifar10_3c3d", ConvAlgorithm::automatic), described("cifar10_3c3d"));
  CHECK(in_tiles(three.train.graph) == Names{"conv2 conv2d_data_gradient 4 3", "conv2 conv2d_max_pool 4 3",
                                             "conv2 conv2d_weight_gradient 4 3", "conv3 conv2d_data_gradient 3 3",
                                             "conv3 conv2d_max_pool 3 3", "conv3 conv2d_weight_gradient 3 3"});
  CHECK(in_tiles(three.test.graph) == Names{"conv2 conv2d_max_pool 4 3", "conv3 conv2d_max_pool 3 3"});
}

TEST_CASE("conv_algorithm: direct takes none") {
  for (const char* problem : {"mnist_2c2d", "cifar10_3c3d", "cifar100_3c3d"}) {
    const TrainingGraphs graphs(run_with(problem, ConvAlgorithm::direct), described(problem));
    CHECK(in_tiles(graphs.train.graph).empty());
    CHECK(in_tiles(graphs.test.graph).empty());
    CHECK(in_tiles(graphs.train_eval.graph).empty());
  }
}

TEST_CASE("conv_algorithm: stands in the record, and not in the name of a folder") {
  for (const auto algorithm : {ConvAlgorithm::automatic, ConvAlgorithm::direct}) {
    const Run run = run_with("mnist_2c2d", algorithm);
    const auto json = nlohmann::json::parse(deepobs_json(run, {}));
    CHECK(json["conv_algorithm"] == (algorithm == ConvAlgorithm::direct ? "direct" : "auto"));
  }
  const auto folder = [](ConvAlgorithm algorithm) {
    return setting_folder(run_with("mnist_2c2d", algorithm).name("2000-01-01-00-00-00"), Layout::flat);
  };
  CHECK(folder(ConvAlgorithm::direct) == folder(ConvAlgorithm::automatic));
}

}  // namespace deepobs
