#include "kernels/update/update_pass.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "kernels/cpu/loops.h"
#include "tests/error_of.h"
#include "tests/kernels/update/update_case.h"

// What holds for every rule, because the pass sees to it: determinism, gaps, state, and that a user can write a rule.

namespace deepobs {
namespace {

/// Every optimizer with every set of slots that it can have.
struct Variant {
  std::string optimizer;
  std::vector<NamedValue> given;
  std::vector<std::string> states;
};
const std::vector<Variant> variants{
    {"SGD", {}, {}},
    {"SGD", {{"momentum", 0.9}, {"dampening", 0.1}}, {"momentum_buffer"}},
    {"SGD", {{"momentum", 0.9}, {"nesterov", true}, {"optimizer_weight_decay", 0.1}}, {"momentum_buffer"}},
    {"Adam", {}, {"exp_avg", "exp_avg_sq"}},
    {"Adam", {{"amsgrad", true}}, {"exp_avg", "exp_avg_sq", "max_exp_avg_sq"}},
    {"AdamW", {}, {"exp_avg", "exp_avg_sq"}},
    {"AdamW", {{"amsgrad", true}}, {"exp_avg", "exp_avg_sq", "max_exp_avg_sq"}},
    {"RMSprop", {}, {"square_avg"}},
    {"RMSprop", {{"centered", true}}, {"square_avg", "grad_avg"}},
    {"RMSprop", {{"momentum", 0.9}}, {"square_avg", "momentum_buffer"}},
    {"RMSprop", {{"momentum", 0.9}, {"centered", true}}, {"square_avg", "grad_avg", "momentum_buffer"}},
    {"Adagrad", {{"initial_accumulator_value", 0.5}, {"lr_decay", 0.1}}, {"sum"}},
    {"Adadelta", {}, {"square_avg", "acc_delta"}},
    {"Adamax", {}, {"exp_avg", "exp_inf"}},
    {"NAdam",
     {{"decoupled_weight_decay", true}, {"optimizer_weight_decay", 0.1}},
     {"exp_avg", "exp_avg_sq", "mu_product"}},
    {"RAdam", {{"betas", std::vector{0.9, 0.9}}}, {"exp_avg", "exp_avg_sq"}},
    {"Rprop", {}, {"prev", "step_size"}},
    {"ASGD", {{"t0", 2.}, {"lambd", 0.1}}, {"ax", "eta"}},
    {"Lion", {{"optimizer_weight_decay", 0.1}}, {"exp_avg"}}};

// Two tensors that share a task, one of several tasks, and a last one that begins inside a task.
const std::vector<Shape> uneven_shapes{{3, 5}, {17}, {2 * parallel_grain + 77}, {parallel_grain, 1}, {1}};

std::vector<std::vector<float>> gradients(const std::vector<Shape>& shapes, std::uint64_t step) {
  std::vector<std::vector<float>> all;
  for (std::size_t i = 0; i < shapes.size(); ++i)
    all.push_back(hash_scaled(1000 + 10 * step + i, static_cast<std::size_t>(shapes[i].elements())));
  return all;
}

std::vector<std::vector<std::byte>> state_after_steps(const Variant& variant, const CpuOptions& options) {
  UpdateCase run(find_optimizer(variant.optimizer), variant.given, uneven_shapes, options);
  for (std::uint64_t step = 0; step < 3; ++step) run.step(gradients(uneven_shapes, step), 0.01);
  return run.state();
}

TEST_CASE("an update has the same bits for every number of threads") {
  for (const auto& variant : variants) {
    CAPTURE(variant.optimizer);
    const auto one = state_after_steps(variant, {.threads = 1});
    for (const int threads : {2, 3, 5, 8}) {
      CAPTURE(threads);
      CHECK((state_after_steps(variant, {.threads = threads}) == one));
    }
    CHECK((state_after_steps(variant, {.threads = 3, .use_tbb = false}) == one));
  }
}

TEST_CASE("an update has the same bits for every instruction set") {
  for (const auto& variant : variants) {
    CAPTURE(variant.optimizer);
    const auto portable = state_after_steps(variant, {.threads = 1, .isa = Isa::portable});
    for (const Isa isa : {Isa::avx2, Isa::avx512}) {
      if (isa > best_isa()) continue;
      CAPTURE(name_of(isa));
      CHECK((state_after_steps(variant, {.threads = 1, .isa = isa}) == portable));
    }
  }
}

TEST_CASE("an optimizer has the states that its settings need, and no others") {
  for (const auto& variant : variants) {
    CAPTURE(variant.optimizer);
    UpdateCase run(find_optimizer(variant.optimizer), variant.given, {{7}});
    std::vector<std::string> names{"parameters", "gradients"};
    for (const auto& state : variant.states) names.push_back("optimizer." + state);
    std::vector<std::string> found;
    for (const auto& buffer : run.store().buffers()) found.push_back(buffer.name);
    CHECK(found == names);
  }
  std::set<std::string> tested, all;
  for (const auto& variant : variants) tested.insert(variant.optimizer);
  for (const auto& optimizer : optimizers()) all.insert(optimizer.name);
  CHECK(std::ranges::includes(all, tested));
}

TEST_CASE("states and step carry a run across an interruption") {
  for (const auto& variant : variants) {
    CAPTURE(variant.optimizer);
    const std::vector<Shape> shapes{{5}, {20}};
    const auto& optimizer = find_optimizer(variant.optimizer);
    UpdateCase whole(optimizer, variant.given, shapes), first(optimizer, variant.given, shapes),
        second(optimizer, variant.given, shapes);
    const auto rate = [](std::uint64_t step) { return step < 2 ? 0.1 : 0.03; };
    for (std::uint64_t step = 0; step < 6; ++step) whole.step(gradients(shapes, step), rate(step));
    for (std::uint64_t step = 0; step < 3; ++step) first.step(gradients(shapes, step), rate(step));
    second.continue_from(first);
    for (std::uint64_t step = 3; step < 6; ++step) second.step(gradients(shapes, step), rate(step));
    CHECK((second.state() == whole.state()));
  }
}

TEST_CASE("a NaN in a gradient reaches its parameter and no other") {
  const std::vector<Shape> shapes{{40}};
  for (const auto& variant : variants) {
    CAPTURE(variant.optimizer);
    UpdateCase run(find_optimizer(variant.optimizer), variant.given, shapes);
    run.step(gradients(shapes, 0), 0.01);
    auto bad = gradients(shapes, 1);
    bad[0][21] = std::numeric_limits<float>::quiet_NaN();
    run.step(bad, 0.01);
    run.step(gradients(shapes, 2), 0.01);
    const auto p = run.parameter(0);
    for (std::size_t i = 0; i < p.size(); ++i) CHECK(std::isnan(p[i]) == (i == 21));
  }
}

TEST_CASE("the gaps between parameters are left alone") {
  const std::vector<Shape> shapes{{3}, {17}};
  // Without eps a rule divides 0 by 0 wherever there is no gradient.
  for (const std::string name : {"Adam", "AdamW", "RMSprop", "Adagrad", "Adadelta", "Adamax", "NAdam", "RAdam"}) {
    CAPTURE(name);
    const std::vector<NamedValue> given{{"eps", 0.}};
    UpdateCase run(find_optimizer(name), given, shapes);
    for (std::uint64_t step = 0; step < 2; ++step) run.step(gradients(shapes, step), 0.01);
    std::vector<bool> filled(static_cast<std::size_t>(run.store().flat_floats()));
    for (const auto& parameter : run.store().parameters())
      std::fill_n(filled.begin() + parameter.offset, parameter.shape.elements(), true);
    const auto p = run.buffer(Store::parameters_id);
    for (std::size_t i = 0; i < p.size(); ++i) {
      CAPTURE(i);
      CHECK(std::isfinite(p[i]));
      if (!filled[i]) CHECK(p[i] == 0.f);
    }
  }
}

TEST_CASE("the cut covers every parameter element once and nothing else, in tasks of bounded size") {
  Store store;
  for (const auto& shape : uneven_shapes)
    store.parameter(text("p", store.parameters().size()), shape, Border::plain(shape), {});
  const auto cut = cut_parameters(store);
  std::vector<int> expected(static_cast<std::size_t>(store.flat_floats())), seen(expected.size());
  for (const auto& parameter : store.parameters())
    std::fill_n(expected.begin() + parameter.offset, parameter.shape.elements(), 1);
  REQUIRE(cut.task_count() > 2);
  CHECK(cut.tasks.front() == 0);
  CHECK(cut.tasks.back() == static_cast<std::int64_t>(cut.pieces.size()));
  for (std::int64_t task = 0; task < cut.task_count(); ++task) {
    std::int64_t elements = 0;
    for (auto i = cut.tasks[static_cast<std::size_t>(task)]; i < cut.tasks[static_cast<std::size_t>(task) + 1]; ++i) {
      const auto& piece = cut.pieces[static_cast<std::size_t>(i)];
      elements += piece.count;
      CHECK(piece.count > 0);
      for (std::int64_t k = 0; k < piece.count; ++k) ++seen[static_cast<std::size_t>(piece.begin + k)];
    }
    CHECK(elements > 0);
    CHECK(elements <= parallel_grain);
  }
  CHECK(seen == expected);
}

/// What a user would write: steps of a fixed length that halve every `half_life` steps, and a count of the elements'
/// turns. Its numbers are powers of two, so the test needs no tolerance.
struct Halving {
  std::int64_t half_life;

  struct Now {
    float length;
  };
  DEEPOBS_FN Now now(const StepBlock& step, double& length) const {
    if (step.step == 0)
      length = step.learning_rate;
    else if (step.step % half_life == 0)
      length /= 2;
    return {rounded(length)};
  }
  DEEPOBS_FN static void update(const Now& n, float& p, float g, float& previous, float& turns) {
    turns += g * previous < 0.f ? 1.f : 0.f;
    previous = g;
    p -= std::copysign(n.length, g);
  }
};

Optimizer halving() {
  return {
      .name = "Halving",
      .source = "this test",
      .usual_learning_rate = 0.5,
      .hyperparameters = {{"half_life", std::int64_t{2}, {Range::at_least(1)}, "steps until the step halves"},
                          {"turns", 0., {}, "where the count begins"}},
      .configure = [](const Hyperparameters& h) {
        return flat_update(Halving{h.integer("half_life")}, {{"previous"}, {"turns", h.number("turns")}}, {{"length"}});
      }};
}

TEST_CASE("a user's own optimizer runs like the built-in ones") {
  const std::vector<NamedValue> given{{"half_life", std::int64_t{3}}, {"turns", 10.}};
  for (const Isa isa : {Isa::portable, Isa::avx2, Isa::avx512}) {
    if (isa > best_isa()) continue;
    UpdateCase run(halving(), given, {{2}, {18}}, {.threads = 1, .isa = isa});
    const auto before = run.parameter(1);
    const std::vector<std::vector<float>> up{{1, 1}, std::vector<float>(18, 1.f)};
    const std::vector<std::vector<float>> down{{-1, 1}, std::vector<float>(18, -1.f)};
    for (int step = 0; step < 7; ++step) run.step(step == 5 ? down : up, 0.5);
    const auto after = run.parameter(1);
    // 0.5 three times, 0.25 twice up and once down, 0.125.
    for (std::size_t i = 0; i < after.size(); ++i) {
      float expected = before[i];
      for (const float length : {0.5f, 0.5f, 0.5f, 0.25f, 0.25f, -0.25f, 0.125f}) expected -= length;
      CHECK(after[i] == expected);
    }
    const auto turns = run.buffer(run.store().find("optimizer.turns"));
    CHECK(turns[0] == 12.f);
    CHECK(turns[1] == 10.f);
  }
}

TEST_CASE("a rule must name the states that its functions take") {
  check_error([] { flat_update(Halving{1}, {{"previous"}}, {{"length"}}); }, Fault::internal,
              "take 2 slots and 1 carried scalars, named are 1 and 1");
  check_error([] { flat_update(Halving{1}, {{"previous"}, {"turns"}}); }, Fault::internal, "named are 2 and 0");
}

TEST_CASE("a graph has one update") {
  Store store;
  Graph graph(store);
  graph.parameter("w", {3}, {});
  const auto& sgd = find_optimizer("SGD");
  record_update(graph, sgd, resolve(sgd));
  const auto& adam = find_optimizer("Adam");
  check_error([&] { record_update(graph, adam, resolve(adam)); }, Fault::usage,
              "updates the parameters of this graph already");
}

TEST_CASE("an optimizer that is not complete is refused with words") {
  const auto refused = [](const Optimizer& optimizer, const std::string& part) {
    Store store;
    Graph graph(store);
    graph.parameter("w", {3}, {});
    check_error([&] { resolve(optimizer); }, Fault::usage, part);
    check_error([&] { record_update(graph, optimizer, {}); }, Fault::usage, part);
  };
  refused({}, "optimizer '' is not complete: it needs a name and configure()");
  Optimizer bare;
  bare.name = "Bare";
  refused(bare, "optimizer 'Bare' is not complete");
  Optimizer empty = bare;
  empty.configure = [](const Hyperparameters&) { return Update{}; };
  Store store;
  Graph graph(store);
  graph.parameter("w", {3}, {});
  check_error([&] { record_update(graph, empty, resolve(empty)); }, Fault::usage,
              "configure() made an update without op or attributes");
  Optimizer twice = bare;
  twice.configure = [](const Hyperparameters&) { return flat_update(Halving{1}, {{"same"}, {"same"}}, {{"length"}}); };
  check_error([&] { record_update(graph, twice, resolve(twice)); }, Fault::usage, "a rule has two states 'same'");
}

TEST_CASE("recording an update without parameters, or two of them, is refused") {
  Store store;
  Graph graph(store);
  const auto& adam = find_optimizer("Adam");
  check_error([&] { record_update(graph, adam, resolve(adam)); }, Fault::usage, "there is no parameter to update");
  graph.parameter("w", {3}, {});
  record_update(graph, adam, resolve(adam));
  check_error([&] { record_update(graph, adam, resolve(adam)); }, Fault::usage,
              "updates the parameters of this graph already");
  check_error([&] { graph.parameter("late", {3}, {}); }, Fault::usage, "comes after the optimizer");

  // In another graph it is the same optimizer, with the same states.
  const std::size_t buffers = store.buffers().size();
  Graph other(store);
  record_update(other, adam, resolve(adam));
  CHECK(store.buffers().size() == buffers);
  CHECK(other.nodes().size() == 1);
}

}  // namespace
}  // namespace deepobs
