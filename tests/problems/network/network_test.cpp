#include "problems/network/network.h"

#include <doctest/doctest.h>

#include <cmath>

#include "engine/run/program.h"
#include "kernels/backward.h"
#include "kernels/ops/activation/tanh.h"
#include "kernels/ops/loss/mse.h"
#include "kernels/ops/loss/softmax_xent.h"
#include "kernels/ops/reduce/reduce.h"
#include "tests/error_of.h"
#include "tests/golden/hash_values.h"
#include "tests/gpus_under_test.h"
#include "tests/temp_dir.h"

namespace deepobs {
namespace {

constexpr std::int64_t features = 7, classes = 3;

struct Numbers {
  explicit Numbers(std::int64_t examples) : x(hash_scaled(1, static_cast<std::size_t>(examples * features))) {
    for (std::int64_t i = 0; i < examples; ++i) labels.push_back(static_cast<std::int32_t>(i * i % classes));
  }
  Network::Numbers both() const { return {{"x", x}, {"label", labels}}; }
  std::vector<float> x;
  std::vector<std::int32_t> labels;
};

NetworkValues record(Layers& layers, const Batch& in) {
  const Value hidden = layers.batch_norm("norm", layers.dense("hidden", in["x"], {.units = 20}), {});
  const Value dropped = layers.dropout("dropped", tanh(hidden), 0.25);
  const Value logits = layers.dense("logits", dropped, {.units = classes});
  return {.loss = mean(softmax_xent(logits, in["label"])), .outputs = {{"logits", logits}, {"hidden", hidden}}};
}

NetworkDescription described(std::int64_t batch = 16) {
  return {.inputs = {{"x", {features}}, {"label", {}, Type::i32}},
          .record = record,
          .batch_size = batch,
          .optimizer = find_optimizer("Adam"),
          .hyperparameters = {{"betas", std::vector<double>{0.8, 0.99}}},
          .seed = 5};
}

std::unique_ptr<Device> two_threads() { return cpu_device({.threads = 2}); }

}  // namespace

TEST_CASE("network: it computes the bits of a step that is recorded by hand") {
  const Numbers numbers(16);
  Store store;
  Graph graph(store);
  const Value x = graph.input("x", Type::f32, {16, features}), label = graph.input("label", Type::i32, {16});
  Layers layers(graph, Mode::train);
  const Value loss = record(layers, std::vector<std::pair<std::string, Value>>{{"x", x}, {"label", label}}).loss;
  graph.keep(loss);
  backward(loss);
  const Optimizer& adam = find_optimizer("Adam");
  record_update(graph, adam, resolve(adam, described().hyperparameters));
  const Plan plan = make_plan(graph);
  const auto device = two_threads();
  Storage storage(*device, store);
  storage.initialize(5);
  storage.write<float>(store.find("x"), numbers.x);
  storage.write<std::int32_t>(store.find("label"), numbers.labels);
  Program program(graph, plan, storage);

  Network network(described(), two_threads());
  for (int step = 0; step < 5; ++step) {
    program.run({.seed = 5, .step = step, .learning_rate = 0.01});
    network.train(numbers.both(), 0.01);
    std::vector<float> by_hand(1);
    program.read<float>(loss, by_hand);
    CHECK(network.loss() == by_hand[0]);
  }
  CHECK(network.steps() == 5);
  REQUIRE(network.store().parameters().size() == store.parameters().size());
  for (const auto& parameter : store.parameters()) {
    CHECK(network.parameter(parameter.name) == storage.parameter(parameter));
    CHECK(network.gradient(parameter.name) == storage.gradient(parameter));
  }
}

TEST_CASE("network: a loss falls while it trains, and starts again as it was") {
  const Numbers numbers(16);
  Network network(described(), two_threads());
  const auto run = [&] {
    std::vector<float> losses;
    for (int step = 0; step < 60; ++step) {
      network.train(numbers.both(), 0.02);
      losses.push_back(network.loss());
    }
    losses.push_back(network.evaluate(numbers.both()));  // with the statistics that were learnt
    return losses;
  };
  const auto first = run();
  CHECK(first.back() < first.front() / 4);
  network.restart(5);
  CHECK(network.steps() == 0);
  CHECK(run() == first);
  network.restart(6);
  CHECK(run() != first);
}

TEST_CASE("network: any batch size is inferred and trained, and all share the parameters") {
  const Numbers numbers(48);
  Network network(described(), two_threads());
  const auto slice = [&](std::int64_t first, std::int64_t count) {
    return std::span(numbers.x).subspan(static_cast<std::size_t>(first * features),
                                        static_cast<std::size_t>(count * features));
  };
  const auto labels = [&](std::int64_t first, std::int64_t count) {
    return std::span(numbers.labels).subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(count));
  };
  network.train({{"x", slice(0, 16)}, {"label", labels(0, 16)}}, 0.01);
  network.train({{"label", labels(16, 5)}, {"x", slice(16, 5)}}, 0.01);    // an incomplete one, in another order
  network.train({{"x", slice(16, 16)}, {"label", labels(16, 16)}}, 0.01);  // the first recording again

  const std::vector<float> all = network.infer({{"x", numbers.x}});
  REQUIRE(all.size() == 48 * classes);
  CHECK(network.output("logits") == all);
  CHECK(network.output("hidden").size() == 48 * 20);
  for (const std::int64_t count : {1, 7, 31}) {
    const std::vector<float> some = network.infer({{"x", slice(3, count)}});
    REQUIRE(some.size() == static_cast<std::size_t>(count * classes));
    for (std::size_t i = 0; i < some.size(); ++i) CHECK(some[i] == doctest::Approx(all[i + 3 * classes]).epsilon(1e-5));
  }
  // Evaluation infers, too: the loss of the logits that infer() gives.
  double sum = 0;
  for (std::size_t i = 0; i < 48; ++i) {
    double total = 0;
    for (std::size_t c = 0; c < classes; ++c) total += std::exp(static_cast<double>(all[i * classes + c]));
    sum += std::log(total) - static_cast<double>(all[i * classes + static_cast<std::size_t>(numbers.labels[i])]);
  }
  CHECK(network.evaluate(numbers.both()) == doctest::Approx(sum / 48).epsilon(1e-5));
}

TEST_CASE("network: a gradient is the slope of the loss, and update() goes down it") {
  NetworkDescription linear{.inputs = {{"x", {2}}, {"y"}},
                            .record = [](Layers& layers, const Batch& in) -> NetworkValues {
                              const Value y = layers.dense("y", in["x"], {.units = 1, .bias = {}});
                              const Value wanted = in["y"];
                              return {.loss = mean(mse(y, layers.flatten(wanted)))};
                            },
                            .batch_size = 2,
                            .optimizer = find_optimizer("SGD")};
  linear.inputs[1].item = {1};
  Network network(std::move(linear), two_threads());
  network.set_parameter("y.weight", std::vector<float>{1, 2});
  network.differentiate({{"x", std::vector<float>{1, 0, 0, 1}}, {"y", std::vector<float>{0, 4}}});
  CHECK(network.loss() == 2.5f);  // errors 1 and -2
  CHECK(network.gradient("y.weight") == std::vector<float>{1, -2});
  CHECK(network.parameter("y.weight") == std::vector<float>{1, 2});
  network.update(0.5);
  CHECK(network.parameter("y.weight") == std::vector<float>{0.5f, 3});
  check_error([&] { network.infer({{"x", std::vector<float>{1, 0}}}); }, Fault::usage, "has no outputs");
}

TEST_CASE("network: parameters and statistics go into a file and come back") {
  const TempDir folder;
  const Numbers numbers(16);
  Network trained(described(), two_threads()), other(described(3), two_threads());
  for (int step = 0; step < 3; ++step) trained.train(numbers.both(), 0.01);
  trained.save(folder.path() / "end.safetensors");
  CHECK(trained.infer({{"x", numbers.x}}) != other.infer({{"x", numbers.x}}));
  other.load(folder.path() / "end.safetensors");
  CHECK(trained.infer({{"x", numbers.x}}) == other.infer({{"x", numbers.x}}));
  CHECK(other.parameter("hidden.weight").size() == 20 * features);
  CHECK(other.store().parameters()[0].border.shape == Shape{20, features});
  check_error([&] { other.load(folder.path() / "none.safetensors"); }, Fault::missing, "none.safetensors");
}

TEST_CASE("network: a sequence begins anew where training turns to inference, and goes on within each") {
  constexpr std::int64_t examples = 8, steps = 4;
  const NetworkDescription description{
      .inputs = {{"x", {steps, features}}, {"label", {}, Type::i32}},
      .record = [](Layers& layers, const Batch& in) -> NetworkValues {
        const Value hidden = layers.flatten(layers.lstm("lstm", in["x"], {.units = 5}));
        const Value logits = layers.dense("logits", hidden, {.units = classes});
        return {.loss = mean(softmax_xent(logits, in["label"])), .outputs = {{"logits", logits}}};
      },
      .batch_size = examples,
      .optimizer = find_optimizer("SGD"),
      .seed = 5};
  const Numbers numbers(examples * steps);
  const std::vector<std::int32_t> labels(numbers.labels.begin(), numbers.labels.begin() + examples);
  Network trained(description, two_threads());
  for (int i = 0; i < 3; ++i) trained.train({{"x", numbers.x}, {"label", labels}}, 0.1);
  const TempDir folder;
  trained.save(folder.path() / "lstm.safetensors");
  Network fresh(description, two_threads());
  fresh.load(folder.path() / "lstm.safetensors");
  const std::vector<float> first = trained.infer({{"x", numbers.x}});
  CHECK(first == fresh.infer({{"x", numbers.x}}));
  CHECK(first != trained.infer({{"x", numbers.x}}));  // the sequence goes on
}

TEST_CASE("network: one that was moved goes on in its new place, and its old place says so") {
  const Numbers numbers(16);
  Network still(described(), two_threads()), moving(described(), two_threads());
  still.train(numbers.both(), 0.01);
  moving.train(numbers.both(), 0.01);
  Network moved(std::move(moving));
  check_error([&] { moving.train(numbers.both(), 0.01); }, Fault::usage, "was moved to another place");
  check_error([&] { moving.steps(); }, Fault::usage, "was moved to another place");
  still.train(numbers.both(), 0.01);
  moved.train(numbers.both(), 0.01);
  CHECK(moved.loss() == still.loss());
  moving = std::move(moved);
  CHECK(moving.parameter("logits.weight") == still.parameter("logits.weight"));
}

TEST_CASE("network: what does not fit is refused, and the network goes on") {
  const Numbers numbers(16);
  Network network(described(), two_threads());
  check_error([&] { network.loss(); }, Fault::usage, "there is no loss yet");
  check_error([&] { network.gradient("hidden.weight"); }, Fault::usage, "there are no gradients yet");
  check_error([&] { network.update(0.1); }, Fault::usage, "there are no gradients yet");
  check_error([&] { network.output("logits"); }, Fault::usage, "nothing was inferred yet");
  check_error([&] { network.train({}, 0.1); }, Fault::usage, "was given no numbers");
  check_error([&] { network.train({{"x", numbers.x}}, 0.1); }, Fault::usage, "needs the input 'label'");
  check_error(
      [&] {
        network.train({{"x", numbers.x}, {"lable", numbers.labels}}, 0.1);
      },
      Fault::usage, {"lable", "label"});
  check_error([&] { network.train({{"x", numbers.x}, {"x", numbers.x}}, 0.1); }, Fault::usage, "more than once");
  check_error([&] { network.train({{"x", numbers.labels}, {"label", numbers.labels}}, 0.1); }, Fault::usage, "'x'");
  check_error(
      [&] {
        network.infer({{"x", std::vector<double>(features)}});
      },
      Fault::usage, {"'x' takes float32", "not float64"});
  check_error(
      [&] {
        network.infer({{"x", std::vector<float>(features + 1)}});
      },
      Fault::usage, {"7 numbers for every example", "was given 8"});
  check_error([&] { network.infer({{"x", std::vector<float>()}}); }, Fault::usage, "was given 0");
  const std::vector<std::int32_t> few(15), wrong{0, 1, 2, 0, 1, 3, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0}, negative(16, -1);
  check_error([&] { network.train({{"x", numbers.x}, {"label", few}}, 0.1); }, Fault::usage, {"15 examples", "'x' 16"});
  check_error(
      [&] {
        network.train({{"x", numbers.x}, {"label", wrong}}, 0.1);
      },
      Fault::usage, {"'label' holds 3 (number 5 of 16", "softmax_xent", "from 0 to 2"});
  check_error([&] { network.evaluate({{"x", numbers.x}, {"label", negative}}); }, Fault::usage, "holds -1");
  check_error([&] { network.parameter("hidden.wight"); }, Fault::usage, {"hidden.wight", "hidden.weight"});
  check_error([&] { network.set_parameter("hidden.bias", std::vector<float>(3)); }, Fault::usage, "3 values");
  network.infer({{"x", numbers.x}});
  check_error([&] { network.output("logit"); }, Fault::usage, {"logit", "logits"});
  CHECK(network.steps() == 0);
  network.train(numbers.both(), 0.01);
  CHECK(std::isfinite(network.loss()));
}

TEST_CASE("network: a description that is none is refused") {
  const auto refused = [](auto change, const MessageParts& parts) {
    NetworkDescription description = described();
    change(description);
    check_error([&] { Network(description, two_threads()); }, Fault::usage, parts);
  };
  refused([](NetworkDescription& d) { d.record = nullptr; }, "a function that records it");
  refused([](NetworkDescription& d) { d.batch_size = 0; }, "at least 1, not 0");
  refused([](NetworkDescription& d) { d.inputs.clear(); }, "needs an input");
  refused([](NetworkDescription& d) { d.inputs[1].name = "x"; }, "two inputs 'x'");
  refused([](NetworkDescription& d) { d.inputs[1].name = ""; }, "has no name");
  refused([](NetworkDescription& d) { d.inputs[0].item = {0}; }, "'x' of a network has no numbers");
  refused([](NetworkDescription& d) { d.hyperparameters = {{"momentum", 0.5}}; }, "momentum");
  const auto with = [](auto values) {
    return [values](NetworkDescription& d) {
      d.record = [values](Layers& layers, const Batch& in) { return values(layers.dense("y", in["x"], {.units = 1})); };
    };
  };
  refused(with([](Value y) { return NetworkValues{.loss = y}; }), "must be a scalar [], the mean");
  refused(with([](Value y) { return NetworkValues{.outputs = {{"y", y}}}; }), "has no loss");
  refused(with([](Value y) {
            return NetworkValues{.loss = mean(y), .outputs = {{"y", y}, {"y", y}}};
          }),
          "two outputs 'y'");
  refused(with([](Value y) { return NetworkValues{.loss = mean(y), .outputs = {{"y", Value()}}}; }), "empty Value");
  check_error([&] { Network(described(), nullptr); }, Fault::usage, "needs a device");

  // One that changes with the size of its batch.
  NetworkDescription grows = described();
  grows.record = [](Layers& layers, const Batch& in) -> NetworkValues {
    const Value y = layers.dense("y" + std::to_string(in["x"].dim(0)), in["x"], {.units = 1});
    return {.loss = mean(y), .outputs = {{"y", y}}};
  };
  Network network(std::move(grows), two_threads());
  for (int again = 0; again < 2; ++again)
    check_error([&] { network.infer({{"x", std::vector<float>(features)}}); }, Fault::usage, "parameter 'y1.weight'");
}

TEST_CASE("network: one without an optimizer infers and has gradients, one without a loss infers") {
  const Numbers numbers(16);
  NetworkDescription plain = described();
  plain.optimizer.reset();
  plain.hyperparameters.clear();
  Network learns_nothing(plain, two_threads());
  check_error([&] { learns_nothing.train(numbers.both(), 0.1); }, Fault::usage, "without an optimizer");
  learns_nothing.differentiate(numbers.both());
  CHECK(learns_nothing.gradient("hidden.weight") != std::vector<float>(20 * features));

  plain.inputs.pop_back();
  plain.record = [](Layers& layers, const Batch& in) -> NetworkValues {
    return {.outputs = {{"y", layers.dense("y", in["x"], {.units = 1})}}};
  };
  Network infers(plain, two_threads());
  CHECK(infers.infer({{"x", numbers.x}}).size() == 16);
  check_error([&] { infers.differentiate({{"x", numbers.x}}); }, Fault::usage, "has no loss");
  check_error([&] { infers.evaluate({{"x", numbers.x}}); }, Fault::usage, "has no loss");
}

TEST_CASE("network: on a GPU it computes what it does on a CPU, up to rounding") {
  const Numbers numbers(16);
  // Adam makes steps of full length of what rounding leaves of a gradient that is zero: of a bias before a norm.
  NetworkDescription description = described();
  description.optimizer = find_optimizer("SGD");
  description.hyperparameters = {{"momentum", 0.9}};
  for (const auto& gpu : gpus_under_test()) {
    CAPTURE(gpu.name);
    Network on_cpu(description, two_threads()), on_gpu(description, gpu.device());
    for (int step = 0; step < 3; ++step)
      for (Network* network : {&on_cpu, &on_gpu}) network->train(numbers.both(), 0.01);
    CHECK(on_gpu.loss() == doctest::Approx(on_cpu.loss()).epsilon(1e-4));
    const auto wanted = on_cpu.infer({{"x", std::span(numbers.x).first(5 * features)}});
    const auto got = on_gpu.infer({{"x", std::span(numbers.x).first(5 * features)}});
    REQUIRE(got.size() == wanted.size());
    for (std::size_t i = 0; i < got.size(); ++i) CHECK(got[i] == doctest::Approx(wanted[i]).epsilon(1e-3));
    CHECK(on_gpu.gradient("hidden.weight").size() == 20 * features);
    CHECK(on_gpu.evaluate(numbers.both()) == doctest::Approx(on_cpu.evaluate(numbers.both())).epsilon(1e-3));
  }
}

}  // namespace deepobs
