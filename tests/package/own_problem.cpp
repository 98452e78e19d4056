// A data set and a problem of its own, trained and evaluated by the protocol of DeepOBS beside one of its problems:
//   own_problem                      trains, and reads the results that it wrote into the folder results
//   own_problem run spirals_mlp ...  all commands of deepobs, which know them: list, info, bench, data, ...

#include <deepobs/engine.h>
#include <deepobs/runner.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

using namespace deepobs;

namespace {

constexpr std::int64_t records = 512;  // of each part

/// Point i of two spirals, which lie on the one and on the other in turn. Those of the test set lie between the others.
std::array<float, 2> spiral_point(DataPart part, std::int64_t i) {
  const double turn = (static_cast<double>(i) + (part == DataPart::test ? 0.5 : 0)) / records;
  const double radius = (i % 2 == 0 ? 1 : -1) * (0.2 + turn), angle = 6 * turn;
  return {static_cast<float>(radius * std::cos(angle)), static_cast<float>(radius * std::sin(angle))};
}

/// Points on two spirals, and which of the two each lies on.
DatasetInfo spirals() {
  return {.name = "spirals",
          .title = "Points on two spirals",
          .columns = {{.name = "points", .type = Type::f32, .item = {2}}, label_column(2)},
          .train = records,
          .test = records,
          .generate = [](DataPart part) -> std::vector<ColumnValues> {
            std::vector<float> points;
            std::vector<std::int32_t> labels;
            for (std::int32_t i = 0; i < records; ++i) {
              const auto [x, y] = spiral_point(part, i);
              points.insert(points.end(), {x, y});
              labels.push_back(i % 2);
            }
            return {std::move(points), std::move(labels)};
          }};
}

/// The same, as a set is written that is too large for memory: many threads read one record each.
DatasetInfo streamed_spirals() {
  DatasetInfo info = spirals();
  info.name = "streamed_spirals";
  info.generate = nullptr;
  info.open = [](DataPart part) -> RecordSource {
    return {.count = records, .read = [part](std::int64_t i, const RecordPlace& to) {
              std::ranges::copy(spiral_point(part, i), to.values<float>(0).begin());
              to.values<std::int32_t>(1)[0] = static_cast<std::int32_t>(i % 2);
            }};
  };
  return info;
}

/// Which spiral a point lies on, by a network of two layers.
Problem spirals_mlp() {
  return {.name = "spirals_mlp",
          .title = "Two layers on two spirals",
          .dataset = "spirals",
          .loss_name = "softmax cross entropy",
          .weight_decay = 1e-5,
          .batch_size = 64,
          .num_epochs = 40,
          .record = [](Layers& layers, const Batch& batch) -> Outputs {
            const Value hidden = relu(layers.dense("hidden", batch["points"], {.units = 64}));
            const Value logits = layers.dense("logits", hidden, {.units = 2});
            return {.losses = softmax_xent(logits, batch["labels"]),
                    .metrics = {{"accuracy", correct(logits, batch["labels"])}}};
          },
          .source = "an example"};
}

}  // namespace

int main(int argc, char** argv) {
  const Own own{.problems = {spirals_mlp()}, .data_sets = {spirals()}};
  if (argc > 1) return command_line(argc, argv, own);
  const StandardRunner runner{Catalogue(own)};
  const std::vector<RunOutcome> outcomes =
      runner.run_all({{.testproblem = "spirals_mlp", .optimizer = "Adam", .learning_rate = 0.03},
                      {.testproblem = "spirals_mlp", .optimizer = "SGD", .learning_rate = 0.5},
                      {.testproblem = "quadratic_deep", .optimizer = "SGD", .num_epochs = 2, .learning_rate = 0.01}});
  bool right = true;
  for (const RunOutcome& outcome : outcomes) {
    if (outcome.error) throw *outcome.error;
    const ReadResult result = read_result(outcome.result.json);
    const double first = result.test_losses.front(), last = result.test_losses.back();
    std::printf("%s %s: test loss %a -> %a\n", result.problem.c_str(), result.optimizer.c_str(), first, last);
    right &= last < first && result.test_losses == outcome.result.test.losses;
    if (result.test_accuracies) right &= result.test_accuracies->back() > 0.9;
  }
  // The same bits, wherever the records come from.
  Problem problem = spirals_mlp();
  problem.dataset = "streamed_spirals";
  const RunResult streamed =
      StandardRunner(Catalogue({.problems = {problem}, .data_sets = {streamed_spirals()}}))
          .run({.testproblem = "spirals_mlp", .optimizer = "Adam", .learning_rate = 0.03, .no_logs = true});
  right &= streamed.test.losses == outcomes[0].result.test.losses;
  return right ? 0 : 1;
}
