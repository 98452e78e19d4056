#include <doctest/doctest.h>

#include <cmath>

#include "kernels/backward.h"
#include "kernels/ops/state/carry.h"
#include "kernels/update/step_scalars.h"
#include "kernels/update/update_scope.h"
#include "tests/error_of.h"
#include "tests/kernels/harness/every_device.h"
#include "tests/kernels/update/method_case.h"
#include "tests/kernels/update/own_rules.h"

namespace deepobs {
namespace {

const std::vector<Shape> shapes{{3, 5}, {17}, {40, 1000}, {}};

Optimizer method_named(const std::string& name, std::function<Method()> configure) {
  return {.name = name,
          .source = "this test",
          .usual_learning_rate = 0.1,
          .hyperparameters = {},
          .configure = [configure = std::move(configure)](const Hyperparameters&) { return configure(); }};
}

using test::Descent;

std::vector<float> first_values(std::size_t parameter, std::size_t count) {
  std::vector<float> values(count);
  for (std::size_t k = 0; k < count; ++k) values[k] = hash_value(parameter, k);
  return values;
}

void check_close(const std::vector<float>& values, const std::vector<double>& expected, double tolerance) {
  REQUIRE(values.size() == expected.size());
  double worst = 0;
  for (std::size_t i = 0; i < values.size(); ++i) worst = std::max(worst, std::abs(values[i] - expected[i]));
  CHECK(worst <= tolerance);
}

/// Each tensor by its own norm: p -= rate g / |g|^2, here 1 / (c^2 |p|^2) (c p).
Optimizer by_squared_norm() {
  return method_named("BySquaredNorm", [] {
    return Method{.record = [](UpdateScope& scope) {
      for (const UpdateTensor& p : scope.parameters()) {
        const Value square = sum(multiply(p.gradient(), p.gradient()));
        scope.assign(p.value(), subtract(p.value(), scale(divide(p.gradient(), square), 0.125)));
      }
    }};
  });
}

TEST_CASE("a method has each tensor's value and gradient, and writes the value") {
  for (auto& [name, device] : test::every_device({1, 2, 3})) {
    CAPTURE(name);
    MethodCase run(by_squared_norm(), shapes, std::move(device));
    run.run(1, 0.1);
    for (std::size_t i = 0; i < shapes.size(); ++i) {
      const auto before = first_values(i, static_cast<std::size_t>(shapes[i].elements()));
      const double c = static_cast<double>(i + 1);
      double square = 0;
      for (const double p : before) square += c * p * c * p;
      std::vector<double> expected;
      for (const double p : before) expected.push_back(p - 0.125 * c * p / square);
      check_close(run.parameter(i), expected, 1e-6);
    }
  }
}

/// Scalars of a step: an input of the graph, a carried double, the step's own numbers.
struct Half {
  double factor;
  struct Now {
    float rate, norm_sum;
  };
  DEEPOBS_FN Now now(const StepBlock& step, float square, double& sum) const {
    sum += std::sqrt(static_cast<double>(square));
    return {rounded(step.learning_rate * factor * static_cast<double>(step.step + 1)), rounded(sum)};
  }
};

Optimizer with_scalars() {
  return method_named("WithScalars", [] {
    const StepScalars half = step_scalars(Half{0.5}, {{"norm_sum", 1.}});
    return Method{.scalars = {half}, .record = [half](UpdateScope& scope) {
                    const Value square = sum(multiply(scope.flat_gradients(), scope.flat_gradients()));
                    const auto [rate, norm_sum] = scope.scalars<2>(half, std::vector{square});
                    scope.assign(scope.state("seen", {}, 7.), norm_sum);
                    for (const UpdateTensor& p : scope.parameters())
                      scope.assign(p.value(), subtract(p.value(), multiply(p.gradient(), rate)));
                  }};
  });
}

TEST_CASE("scalars of a step are computed in double, from inputs and carried numbers, and are values of the graph") {
  std::vector<float> bits;
  for (const int threads : {1, 2, 3}) {
    MethodCase run(with_scalars(), shapes, cpu_device({.threads = threads}));
    CHECK(run.buffer("optimizer.seen") == std::vector{7.f});
    run.run(3, 0.1);
    double sum = 1;
    std::vector<std::vector<double>> p;
    for (std::size_t i = 0; i < shapes.size(); ++i) {
      const auto first = first_values(i, static_cast<std::size_t>(shapes[i].elements()));
      p.emplace_back(first.begin(), first.end());
    }
    for (int t = 1; t <= 3; ++t) {
      double square = 0;
      for (std::size_t i = 0; i < p.size(); ++i)
        for (const double x : p[i]) square += (i + 1.) * x * (i + 1.) * x;
      sum += std::sqrt(square);
      for (std::size_t i = 0; i < p.size(); ++i)
        for (double& x : p[i]) x -= 0.1 * 0.5 * t * (i + 1.) * x;
    }
    for (std::size_t i = 0; i < p.size(); ++i) check_close(run.parameter(i), p[i], 1e-6);
    CHECK(run.buffer("optimizer.seen")[0] == doctest::Approx(sum).epsilon(1e-6));
    std::vector<double> carried(1);
    run.storage().read(run.store().find("optimizer.norm_sum"), std::span(carried));
    CHECK(carried[0] == doctest::Approx(sum).epsilon(1e-6));
    if (bits.empty()) bits = run.parameter(2);
    CHECK(run.parameter(2) == bits);
  }
}

/// Gradients clipped by their common norm, then any elementwise rule.
struct ClipFactor {
  double most;
  struct Now {
    float factor;
  };
  DEEPOBS_FN Now now(const StepBlock&, float square) const {
    return {rounded(std::fmin(1., most / (std::sqrt(static_cast<double>(square)) + 1e-6)))};
  }
};

TEST_CASE("a wrapper changes the gradients before an elementwise rule, which may be for some parameters only") {
  const Update descent = flat_update(Descent{});
  const StepScalars clip = step_scalars(ClipFactor{2.});
  const Optimizer clipped = method_named("Clipped", [=] {
    return Method{.rules = {descent}, .scalars = {clip}, .record = [=](UpdateScope& scope) {
                    const auto [c] = scope.scalars<1>(
                        clip, std::vector{sum(multiply(scope.flat_gradients(), scope.flat_gradients()))});
                    for (const UpdateTensor& p : scope.parameters())
                      scope.assign(p.gradient(), multiply(p.gradient(), c));
                    scope.elementwise(descent, scope.of_kind(ParameterKind::matrix));
                  }};
  });
  MethodCase run(clipped, shapes, cpu_device({.threads = 2}));
  run.run(1, 0.5);
  double square = 0;
  for (std::size_t i = 0; i < shapes.size(); ++i)
    for (const double x : first_values(i, static_cast<std::size_t>(shapes[i].elements())))
      square += (i + 1.) * x * (i + 1.) * x;
  REQUIRE(square > 4);
  for (std::size_t i = 0; i < shapes.size(); ++i) {
    const auto before = first_values(i, static_cast<std::size_t>(shapes[i].elements()));
    if (shapes[i].rank() != 2) {
      CHECK(run.parameter(i) == before);
      continue;
    }
    std::vector<double> expected;
    for (const double x : before) expected.push_back(x - 0.5 * 2 / std::sqrt(square) * (i + 1.) * x);
    check_close(run.parameter(i), expected, 1e-6);
  }
}

/// p -= rate g without a rule of the test's own, of which no GPU has code.
void descend(UpdateScope& scope, double rate) {
  for (const UpdateTensor& p : scope.parameters())
    scope.assign(p.value(), subtract(p.value(), scale(p.gradient(), rate)));
}

/// Sharpness-aware: one ascent step of length rho, the gradient there, and the descent from where it stood.
Optimizer sharpness_aware(double rho) {
  return method_named("SharpnessAware", [=] {
    return Method{.record = [=](UpdateScope& scope) {
      for (const UpdateTensor& p : scope.parameters()) {
        scope.assign(p.state("before"), p.value());
        scope.assign(p.value(), add(p.value(), scale(p.gradient(), rho)));
      }
      const auto again = scope.evaluate_again();
      for (std::size_t i = 0; i < scope.parameters().size(); ++i) {
        const UpdateTensor& p = scope.parameters()[i];
        scope.assign(p.value(), p.state("before"));
        scope.assign(p.gradient(), again.gradients[i]);
      }
      scope.assign(scope.state("second_loss", {}), again.loss);
      descend(scope, 0.5);
    }};
  });
}

TEST_CASE("a method evaluates the mini-batch again at other weights") {
  for (auto& [name, device] : test::every_device({1, 2, 3})) {
    CAPTURE(name);
    MethodCase run(sharpness_aware(0.25), shapes, std::move(device));
    run.run(1, 0.5);
    double loss = 0;
    for (std::size_t i = 0; i < shapes.size(); ++i) {
      const double c = static_cast<double>(i + 1);
      std::vector<double> expected;
      for (const double x : first_values(i, static_cast<std::size_t>(shapes[i].elements()))) {
        const double moved = x + 0.25 * c * x;
        loss += c * moved * moved / 2;
        expected.push_back(x - 0.5 * c * moved);
      }
      check_close(run.parameter(i), expected, 1e-6);
    }
    CHECK(run.buffer("optimizer.second_loss")[0] == doctest::Approx(loss).epsilon(1e-6));
  }
}

/// Every third step the slow weights, which begin as a copy of the parameters, go half of the way to the fast ones.
Optimizer lookahead() {
  return method_named("Lookahead", [=] {
    return Method{.record =
                      [=](UpdateScope& scope) {
                        descend(scope, 0.1);
                        scope.every(3, [](UpdateScope& section) {
                          for (const UpdateTensor& p : section.parameters()) {
                            const Value slow = p.state("slow", InitialState::copy_of_parameter());
                            const Value moved = add(slow, scale(subtract(p.value(), slow), 0.5));
                            section.assign(slow, moved);
                            section.assign(p.value(), slow);
                          }
                        });
                      },
                  .evaluation =
                      [](UpdateScope& scope) {
                        for (const UpdateTensor& p : scope.parameters())
                          if (p.shape().rank() > 0)
                            scope.assign(p.evaluated(), p.state("slow", InitialState::copy_of_parameter()));
                      }};
  });
}

TEST_CASE("a section runs in its steps alone, whatever steps are asked for at once") {
  for (const std::int64_t at_once : {1, 2, 7})
    for (auto& [name, device] : test::every_device({1, 2, 3})) {
      CAPTURE(name);
      CAPTURE(at_once);
      MethodCase run(lookahead(), shapes, std::move(device));
      CHECK(run.evaluated(1) == first_values(1, 17));  // before any step the copy stands already
      for (std::int64_t left = 14; left > 0; left -= at_once) run.run(at_once, 0.1);
      for (std::size_t i = 0; i < shapes.size(); ++i) {
        std::vector<double> fast, slow;
        for (const float x : first_values(i, static_cast<std::size_t>(shapes[i].elements()))) fast.push_back(x);
        slow = fast;
        for (int t = 1; t <= 14; ++t)
          for (std::size_t k = 0; k < fast.size(); ++k) {
            fast[k] -= 0.1 * (i + 1.) * fast[k];
            if (t % 3 == 0) fast[k] = slow[k] = slow[k] + 0.5 * (fast[k] - slow[k]);
          }
        check_close(run.parameter(i), fast, 1e-6);
        const auto trained = run.parameter(i);
        check_close(run.evaluated(i), shapes[i].rank() > 0 ? slow : fast, 1e-6);
        CHECK(run.parameter(i) == trained);
      }
    }
}

TEST_CASE("what stands behind a section runs in every step, and sections at one step alone") {
  const Optimizer counted = method_named("Counted", [] {
    return Method{.record = [](UpdateScope& scope) {
      const auto count = [](UpdateScope& s, const char* name) {
        const Value state = s.state(name, {});
        s.assign(state, add(state, constant(s.graph(), {}, 1)));
      };
      count(scope, "front");
      scope.section([](std::int64_t t) { return t == 1; }, [&](UpdateScope& s) { count(s, "first"); });
      count(scope, "behind");
      scope.section([](std::int64_t t) { return t > 2 && t % 4 == 0; }, [&](UpdateScope& s) { count(s, "some"); });
    }};
  });
  MethodCase run(counted, {{3}}, cpu_device({.threads = 1}));
  run.run(6, 0.1);
  run.run(4, 0.1);
  CHECK(run.buffer("optimizer.front")[0] == 10);
  CHECK(run.buffer("optimizer.first")[0] == 1);
  CHECK(run.buffer("optimizer.behind")[0] == 10);
  CHECK(run.buffer("optimizer.some")[0] == 2);
}

TEST_CASE("states begin as a number, as an identity, as the parameter") {
  const Optimizer some = method_named("States", [] {
    return Method{.record = [](UpdateScope& scope) {
      const UpdateTensor& p = scope.parameters()[0];
      const Value copy = p.state("copy", InitialState::copy_of_parameter());
      p.state("eye", {4, 4}, InitialState::identity());
      p.state("number", {2}, 0.5);
      scope.assign(p.value(), add(p.value(), p.value()));
      scope.assign(p.state("later", InitialState::copy_of_parameter()), copy);
    }};
  });
  MethodCase run(some, shapes, cpu_device({.threads = 1}));
  run.run(2, 0.1);
  CHECK(run.buffer("optimizer.copy.p0") == first_values(0, 15));
  CHECK(run.buffer("optimizer.later.p0") == first_values(0, 15));
  CHECK(run.parameter(0)[3] == 4 * hash_value(0, 3));
  const auto eye = run.buffer("optimizer.eye.p0");
  for (std::size_t i = 0; i < 16; ++i) CHECK(eye[i] == (i % 5 == 0 ? 1.f : 0.f));
  CHECK(run.buffer("optimizer.number.p0") == std::vector{0.5f, 0.5f});
}

/// Descent with a factor of its own.
struct Scaled {
  double factor;
  struct Now {
    float rate;
  };
  DEEPOBS_FN Now now(const StepBlock& step) const { return {rounded(step.learning_rate * factor)}; }
  DEEPOBS_FN static void update(const Now& n, float& p, float g) { p -= n.rate * g; }
};

TEST_CASE("two rules of one type keep their own constants, and their own numbers, by which a GPU finds them") {
  const Optimizer two = method_named("Two", [] {
    const Update slow = flat_update(Scaled{0.5}), fast = flat_update(Scaled{2.});
    return Method{.rules = {slow, fast}, .record = [=](UpdateScope& scope) {
                    const auto all = scope.parameters();
                    scope.elementwise(fast, all.first(1));
                    scope.elementwise(slow, all.subspan(1));
                  }};
  });
  MethodCase run(two, {{3}, {2}}, cpu_device({.threads = 1}));
  std::vector<std::size_t> numbers;
  for (const Node& node : run.graph().nodes())
    if (const auto* site = node.attributes.find<UpdateSite>()) numbers.push_back(site->rule);
  CHECK(numbers == std::vector<std::size_t>{1, 0});
  run.run(1, 0.25);
  CHECK(run.parameter(0)[2] == doctest::Approx(0.5 * hash_value(0, 2)));
  CHECK(run.parameter(1)[1] == doctest::Approx(0.75 * hash_value(1, 1)));
}

TEST_CASE("a state that begins with a parameter does so before the method changes it, evaluated again or not") {
  Store store;
  Graph graph(store);
  const Value w = graph.parameter("w", {3}, {});
  const auto record = [&] { return sum(multiply(w, w)); };
  const Value loss = record();
  backward(loss);
  for (const char* name : {"h", "c"})  // what a sequence carries, recorded last
    carry(add(w, w), graph.buffer(store.buffer({.name = name, .role = Role::carried, .shape = {3}})));
  const Optimizer late = method_named("Late", [] {
    return Method{.record = [](UpdateScope& scope) {
      const UpdateTensor& p = scope.parameters()[0];
      scope.assign(p.value(), p.gradient());
      scope.assign(p.gradient(), scope.evaluate_again().gradients[0]);
      p.state("begin", InitialState::copy_of_parameter());
    }};
  });
  record_method(graph, late, resolve(late), {.objective = loss, .record_again = record});
  std::ptrdiff_t begun = -1, changed = -1;
  for (std::size_t n = 0; n < graph.nodes().size(); ++n) {
    const Node& node = graph.nodes()[n];
    if (node.op->name == "begin_with") begun = static_cast<std::ptrdiff_t>(n);
    if (changed < 0 && node.op->name == "carry" && graph.info(node.in[1]).buffer == Store::parameters_id)
      changed = static_cast<std::ptrdiff_t>(n);
  }
  REQUIRE(begun >= 0);
  CHECK(begun < changed);
}

TEST_CASE("a method that is written wrongly is refused with words") {
  const auto refused = [](const std::string& part, std::function<void(UpdateScope&)> record, Method rest = {}) {
    rest.record = std::move(record);
    const Optimizer wrong = method_named("Wrong", [rest] { return rest; });
    check_error([&] { MethodCase(wrong, shapes, cpu_device({.threads = 1})); }, Fault::usage, part);
  };
  const Update descent = flat_update(Descent{});
  const StepScalars clip = step_scalars(ClipFactor{2.});
  const Method with{.rules = {descent}, .scalars = {clip}};
  refused("wants a value like the place [3, 5], parameter 'p0', not [17]",
          [](UpdateScope& s) { s.assign(s.parameters()[0].value(), s.parameters()[1].gradient()); });
  refused("to the place of a parameter, of a gradient or of a state, not to", [](UpdateScope& s) {
    const Value made = add(s.loss(), s.loss());
    s.assign(made, s.loss());
  });
  refused("overwrites, unread, what assign() at", [](UpdateScope& s) {
    const Value p = s.parameters()[0].value(), doubled = add(p, p);
    s.assign(p, doubled);
    s.assign(p, doubled);
  });
  refused("was declared as optimizer of float32 [2] filled with 0", [](UpdateScope& s) {
    s.state("twice", {2});
    s.state("twice", {3});
  });
  refused("which is a square matrix, not [2, 3]", [](UpdateScope& s) {
    s.state("eye", {2, 3}, InitialState::identity());
  });
  refused("is to begin with numbers here and with the parameter's values there", [](UpdateScope& s) {
    s.parameters()[0].state("copy", InitialState::copy_of_parameter());
    s.parameters()[0].state("copy");
  });
  refused("but is of none", [](UpdateScope& s) { s.state("copy", {3, 5}, InitialState::copy_of_parameter()); });
  refused("is not among Method::rules", [=](UpdateScope& s) { s.elementwise(descent); });
  const StepScalars half = step_scalars(Half{0.5}, {{"norm_sum", 1.}});
  refused("carry a scalar 'norm_sum' on; it would change twice in a step",
          [=](UpdateScope& s) {
            for (int twice = 0; twice < 2; ++twice) s.scalars(half, std::vector(half.inputs, s.loss()));
          },
          {.scalars = {half}});
  refused("is not among Method::scalars", [=](UpdateScope& s) { s.scalars<1>(clip, std::vector{s.loss()}); });
  refused(
      "gets 0 inputs, and the rule's now() takes 1", [=](UpdateScope& s) { s.scalars<1>(clip); }, with);
  refused(
      "makes 1 numbers, not 2", [=](UpdateScope& s) { s.scalars<2>(clip, std::vector{s.loss()}); }, with);
  refused(
      "takes scalars [] as inputs", [=](UpdateScope& s) { s.scalars<1>(clip, std::vector{s.parameters()[1].value()}); },
      with);
  refused(
      "updates parameter 'p0', which a rule updates already",
      [=](UpdateScope& s) {
        s.elementwise(descent);
        s.elementwise(descent);
      },
      with);
  refused("only the evaluation of a method knows evaluated parameters",
          [](UpdateScope& s) { s.parameters()[0].evaluated(); });
  refused("a tensor of another part of the method", [](UpdateScope& s) {
    const Value outside = s.parameters()[0].value();
    s.every(2, [=](UpdateScope& in) { in.assign(in.parameters()[0].value(), outside); });
  });
  refused("it takes a number of at least 1", [](UpdateScope& s) { s.every(0, [](UpdateScope&) {}); });
  refused("the loss is known in front of all sections alone",
          [](UpdateScope& s) { s.every(1, [](UpdateScope& in) { in.loss(); }); });
  refused("evaluate_again() belongs in front of all sections",
          [](UpdateScope& s) { s.every(1, [](UpdateScope& in) { in.evaluate_again(); }); });
  refused("a section stands in no other section",
          [](UpdateScope& s) { s.every(1, [](UpdateScope& in) { in.every(1, [](UpdateScope&) {}); }); });
  const StepScalars counted = step_scalars(Half{1}, {{"count"}});
  refused("carry a scalar 'count' on; it would change twice in a step",
          [=](UpdateScope& s) {
            for (int i = 0; i < 2; ++i) s.scalars<2>(counted, std::vector{s.loss()});
          },
          {.scalars = {counted}});
  refused("its rule must have no carried scalars", [](UpdateScope&) {},
          {.scalars = {counted},
           .evaluation = [=](UpdateScope& s) { s.scalars<2>(counted, std::vector{constant(s.graph(), {}, 1)}); }});
  refused("writes to evaluated parameters alone", [](UpdateScope&) {},
          {.evaluation = [](UpdateScope& s) { s.assign(s.parameters()[0].value(), s.parameters()[0].value()); }});
  check_error(
      [] {
        const Optimizer none = method_named("None", [] { return Method{}; });
        MethodCase(none, shapes, cpu_device({.threads = 1}));
      },
      Fault::usage, "a method without record() that has 0 rules");
  check_error(
      [=] {
        const Optimizer evaluated =
            method_named("Half", [=] { return Method{.rules = {descent}, .evaluation = [](UpdateScope&) {}}; });
        MethodCase(evaluated, shapes, cpu_device({.threads = 1}));
      },
      Fault::usage, "that has 1 rules, evaluation(); a method without record() is one rule");
  check_error([] { step_scalars(Half{1}); }, Fault::internal, "takes 1 carried scalars, named are 0");
}

TEST_CASE("a method of one graph is recorded by record_update(), others are not") {
  const auto recorded = [](const Optimizer& optimizer) {
    Store store;
    Graph graph(store);
    const Value w = graph.parameter("w", {3}, {});
    backward(sum(multiply(w, w)));
    record_update(graph, optimizer, resolve(optimizer));
    return graph.nodes().size();
  };
  CHECK(recorded(by_squared_norm()) > 0);
  check_error([&] { recorded(lookahead()); }, Fault::usage, "its step is more than one graph");
}

}  // namespace
}  // namespace deepobs
