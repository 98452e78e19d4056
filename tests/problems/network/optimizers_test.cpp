#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "engine/run/program.h"
#include "kernels/backward.h"
#include "kernels/ops/activation/tanh.h"
#include "kernels/ops/elementwise/algebra.h"
#include "kernels/ops/loss/softmax_xent.h"
#include "kernels/ops/reduce/reduce.h"
#include "kernels/update/step_programs.h"
#include "problems/network/network.h"
#include "problems/network/parameters_file.h"
#include "tests/error_of.h"
#include "tests/golden/hash_values.h"
#include "tests/gpus_under_test.h"
#include "tests/kernels/update/own_rules.h"
#include "tests/temp_dir.h"

// A network with every optimizer: of one node, of several graphs, with weights for evaluations, driven by the host.

namespace deepobs {
namespace {

using namespace test;

constexpr std::int64_t features = 7, classes = 3, seed = 5;

struct Examples {
  explicit Examples(std::int64_t count) : x(hash_scaled(3, static_cast<std::size_t>(count * features))) {
    for (std::int64_t i = 0; i < count; ++i) labels.push_back(static_cast<std::int32_t>(i * i % classes));
  }
  Network::Numbers both() const { return {{"x", x}, {"label", labels}}; }
  std::vector<float> x;
  std::vector<std::int32_t> labels;
};

NetworkValues record(Layers& layers, const Batch& in) {
  const Value hidden = layers.batch_norm("norm", layers.dense("hidden", in["x"], {.units = 12}), {});
  const Value logits = layers.dense("logits", layers.dropout("dropped", tanh(hidden), 0.25), {.units = classes});
  return {.loss = mean(softmax_xent(logits, in["label"])), .outputs = {{"logits", logits}}};
}

NetworkDescription described(const Optimizer& optimizer, std::vector<NamedValue> hyperparameters = {}) {
  return {.inputs = {{"x", {features}}, {"label", {}, Type::i32}},
          .record = record,
          .batch_size = 16,
          .optimizer = optimizer,
          .hyperparameters = std::move(hyperparameters),
          .seed = seed};
}

std::unique_ptr<Device> two_threads() { return cpu_device({.threads = 2}); }

/// Steps as long as the loss is large.
Optimizer by_loss() {
  return own_optimizer("ByLoss", {.record = [](UpdateScope& scope) {
                         for (const UpdateTensor& p : scope.parameters())
                           scope.assign(p.value(),
                                        subtract(p.value(), multiply(scale(p.gradient(), 0.1), scope.loss())));
                       }});
}

std::vector<Optimizer> all_optimizers() {
  std::vector<Optimizer> all = optimizers();
  for (const Optimizer& own : {lookahead(2, true), sharpness_aware(0.1), by_loss()}) all.push_back(own);
  return all;
}

/// One recording for each size of a mini-batch, over one store.
class ByHand {
 public:
  ByHand(const Optimizer& optimizer, std::vector<std::int64_t> sizes) : device_(two_threads()) {
    for (const std::int64_t size : sizes) {
      auto made = std::make_unique<Recorded>(store_);
      Graph& graph = made->step.graph;
      const Value x = graph.input(text("x of ", size), Type::f32, {size, features});
      const Value label = graph.input(text("label of ", size), Type::i32, {size});
      const auto again = [&] {
        Layers layers(graph, Mode::train);
        return record(layers, std::vector<std::pair<std::string, Value>>{{"x", x}, {"label", label}}).loss;
      };
      made->size = size;
      made->loss = again();
      graph.keep(made->loss);
      backward(made->loss);
      made->step.method =
          record_method(graph, optimizer, resolve(optimizer), {.objective = made->loss, .record_again = again});
      made->step.make_plans(device_->info().kind, device_->info().precision);
      recorded_.push_back(std::move(made));
    }
    storage_ = std::make_unique<Storage>(*device_, store_);
    storage_->initialize(seed);
    for (auto& each : recorded_) each->programs.emplace(each->step, *storage_);
  }

  void train(const Examples& examples, double learning_rate) {
    const auto size = static_cast<std::int64_t>(examples.labels.size());
    Recorded& of = **std::ranges::find_if(recorded_, [&](const auto& each) { return each->size == size; });
    storage_->write<float>(store_.find(text("x of ", size)), examples.x);
    storage_->write<std::int32_t>(store_.find(text("label of ", size)), examples.labels);
    of.programs->run({.seed = seed, .step = steps_++, .learning_rate = learning_rate});
  }

  const Store& store() const { return store_; }
  const Storage& storage() const { return *storage_; }

 private:
  struct Recorded {
    explicit Recorded(Store& store) : step(store) {}
    std::int64_t size = 0;
    PlannedStep step;
    Value loss;
    std::optional<StepPrograms> programs;
  };
  Store store_;
  std::unique_ptr<Device> device_;
  std::unique_ptr<Storage> storage_;
  std::vector<std::unique_ptr<Recorded>> recorded_;
  std::int64_t steps_ = 0;
};

std::vector<std::byte> bytes_in(const Storage& storage, const std::string& name) {
  const int id = storage.store().find(name);
  const Store::Buffer& buffer = storage.store().buffer(id);
  std::vector<std::byte> bytes(static_cast<std::size_t>(buffer.shape.elements() * bytes_of(buffer.type)));
  storage.read(id, std::span(bytes));
  return bytes;
}

/// Parameters, statistics and the optimizer's states are the same, bit for bit.
void check_same(Network& network, const ByHand& by_hand) {
  int compared = 0;
  for (const auto& buffer : by_hand.store().buffers()) {
    if (!is_state(buffer.role)) continue;
    CAPTURE(buffer.name);
    CHECK(bytes_in(network.storage(), buffer.name) == bytes_in(by_hand.storage(), buffer.name));
    ++compared;
  }
  CHECK(compared >= 3);
}

}  // namespace

TEST_CASE("network: every optimizer trains it as its method does that is recorded by hand") {
  const Examples whole(16), rest(5);
  for (const Optimizer& optimizer : all_optimizers()) {
    CAPTURE(optimizer.name);
    Network network(described(optimizer), two_threads());
    ByHand by_hand(optimizer, {16, 5});
    const double rate = 0.3 * optimizer.usual_learning_rate;
    for (const Examples* examples : {&whole, &whole, &rest, &whole, &rest}) {
      network.train(examples->both(), rate);
      by_hand.train(*examples, rate);
      CHECK(std::isfinite(network.loss()));
    }
    CHECK(network.steps() == 5);
    check_same(network, by_hand);
    CHECK(std::isfinite(network.evaluate(whole.both())));
  }
}

TEST_CASE("network: train() is differentiate() and update(), where a step needs no more than gradients") {
  const Examples examples(16);
  for (const Optimizer& optimizer : all_optimizers()) {
    CAPTURE(optimizer.name);
    Network at_once(described(optimizer), two_threads()), in_two(described(optimizer), two_threads());
    const double rate = 0.3 * optimizer.usual_learning_rate;
    if (optimizer.name == "LBFGS" || optimizer.name == "SharpnessAware") {
      in_two.differentiate(examples.both());
      check_error([&] { in_two.update(rate); }, Fault::usage,
                  {optimizer.name, "evaluates the mini-batch several times in a step", "call train()"});
      continue;
    }
    for (int step = 0; step < 4; ++step) {
      at_once.train(examples.both(), rate);
      in_two.differentiate(examples.both());
      const float loss = in_two.loss();
      in_two.evaluate(examples.both());  // touches nothing that the update takes
      in_two.update(rate);
      CHECK(at_once.loss() == loss);
    }
    for (const auto& parameter : at_once.store().parameters())
      CHECK(at_once.parameter(parameter.name) == in_two.parameter(parameter.name));
  }
}

TEST_CASE("network: layers tell Muon which weights are hidden matrices, and which the head") {
  Network network(described(find_optimizer("Muon")), two_threads());
  const Examples examples(16);
  network.train(examples.both(), 0.01);
  network.infer({{"x", examples.x}});
  const auto kind = [&](std::string_view name) {
    return std::ranges::find(network.store().parameters(), name, &Store::Parameter::name)->kind;
  };
  CHECK(kind("hidden.weight") == ParameterKind::matrix);
  CHECK(kind("logits.weight") == ParameterKind::head);
  CHECK(kind("hidden.bias") == ParameterKind::bias);
  CHECK(kind("norm.weight") == ParameterKind::norm);
  std::vector<std::string> momentum;
  for (const auto& buffer : network.store().buffers())
    if (buffer.name.starts_with("optimizer.momentum_buffer.")) momentum.push_back(buffer.name);
  CHECK(momentum == std::vector<std::string>{"optimizer.momentum_buffer.hidden.weight"});
}

TEST_CASE("network: where an optimizer evaluates other weights than it trains, those are seen and saved") {
  const TempDir folder;
  const Examples examples(16);
  for (const Optimizer& optimizer : {find_optimizer("ScheduleFreeAdamW"), lookahead(2, true)}) {
    CAPTURE(optimizer.name);
    const auto file = folder.path() / (optimizer.name + ".safetensors");
    Network network(described(optimizer), two_threads());
    const auto trained = [&](std::string_view name) {
      return network.storage().parameter(
          *std::ranges::find(network.store().parameters(), name, &Store::Parameter::name));
    };
    CHECK(network.parameter("hidden.weight") == trained("hidden.weight"));  // before the first step
    for (int step = 0; step < 3; ++step) network.train(examples.both(), 0.05);
    CHECK(network.parameter("hidden.weight") != trained("hidden.weight"));
    const auto before = trained("hidden.weight"), seen = network.parameter("hidden.weight");
    network.save(file);
    Network plain(described(find_optimizer("SGD")), two_threads());
    plain.load(file);
    for (const auto& parameter : network.store().parameters())
      CHECK(plain.parameter(parameter.name) == network.parameter(parameter.name));
    CHECK(network.infer({{"x", examples.x}}) == plain.infer({{"x", examples.x}}));
    CHECK(network.evaluate(examples.both()) == plain.evaluate(examples.both()));
    CHECK(trained("hidden.weight") == before);  // looking changes nothing

    // It goes on from what it showed, as a new one does that begins there.
    const std::vector<float> bias(12, 0.5f);
    check_error([&] { network.set_parameter("hidden.bias", std::vector<float>(3)); }, Fault::usage, "3 values");
    CHECK(network.steps() == 3);
    network.set_parameter("hidden.bias", bias);
    CHECK(network.steps() == 0);
    CHECK(network.parameter("hidden.bias") == bias);
    CHECK(network.parameter("hidden.weight") == seen);
    Network fresh(described(optimizer), two_threads());
    fresh.load(file);
    fresh.set_parameter("hidden.bias", bias);
    for (int step = 0; step < 3; ++step)
      for (Network* each : {&network, &fresh}) each->train(examples.both(), 0.05);
    CHECK(network.infer({{"x", examples.x}}) == fresh.infer({{"x", examples.x}}));
    network.load(file);
    CHECK(network.infer({{"x", examples.x}}) == plain.infer({{"x", examples.x}}));
  }
}

TEST_CASE(
    "network: on a GPU weights for evaluations and steps of the host's are what they are on a CPU, up to rounding") {
  const Examples examples(16);
  // A large eps: else steps of full length are made of what rounding leaves of a gradient that is zero.
  const std::vector<NetworkDescription> descriptions{
      described(find_optimizer("ScheduleFreeAdamW"), {{"eps", 0.1}}),
      described(find_optimizer("LBFGS"), {{"max_iter", std::int64_t{2}}}),
      described(find_optimizer("Muon"), {{"adamw_eps", 0.1}})};
  for (const auto& gpu : gpus_under_test())
    for (const NetworkDescription& description : descriptions) {
      CAPTURE(gpu.name);
      CAPTURE(description.optimizer->name);
      Network on_cpu(description, two_threads()), on_gpu(description, gpu.device());
      for (int step = 0; step < 3; ++step)
        for (Network* network : {&on_cpu, &on_gpu}) network->train(examples.both(), 0.01);
      CHECK(on_gpu.loss() == doctest::Approx(on_cpu.loss()).epsilon(1e-3));
      CHECK(on_gpu.evaluate(examples.both()) == doctest::Approx(on_cpu.evaluate(examples.both())).epsilon(1e-3));
      const auto wanted = on_cpu.parameter("hidden.weight"), got = on_gpu.parameter("hidden.weight");
      for (std::size_t i = 0; i < wanted.size(); ++i) CHECK(std::fabs(got[i] - wanted[i]) <= 1e-3);
    }
}

}  // namespace deepobs
