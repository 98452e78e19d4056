#include "kernels/ops/state/begin_with.h"

#include <doctest/doctest.h>

#include "engine/run/program.h"
#include "kernels/ops/elementwise/algebra.h"
#include "tests/error_of.h"
#include "tests/kernels/harness/every_device.h"

namespace deepobs {

TEST_CASE("begin_with copies in the first step, and in no other") {
  for (const auto& [name, device] : test::every_device())
    for (const std::int64_t count : {1, 17, 40'003}) {
      CAPTURE(name);
      Store store;
      Graph graph(store);
      const Value x = graph.input("x", Type::f32, {count});
      const int state = store.buffer({.name = "state", .shape = {count}, .fill = 5.});
      begin_with(x, graph.buffer(state));
      const Plan plan = make_plan(graph);
      Storage storage(*device, store);
      Program program(graph, plan, storage);
      const auto after = [&](std::int64_t step, float value) {
        storage.write<float>(store.find("x"), std::vector<float>(static_cast<std::size_t>(count), value));
        program.run({.step = step});
        std::vector<float> numbers(static_cast<std::size_t>(count));
        storage.read(state, std::span(numbers));
        return numbers;
      };
      CHECK(after(3, 2.f) == std::vector<float>(static_cast<std::size_t>(count), 5.f));
      CHECK(after(0, 3.f) == std::vector<float>(static_cast<std::size_t>(count), 3.f));
      CHECK(after(1, 4.f) == std::vector<float>(static_cast<std::size_t>(count), 3.f));
    }
}

TEST_CASE("begin_with refuses another shape, and a state that no replay would find") {
  Store store;
  Graph graph(store);
  const Value x = graph.input("x", Type::f32, {4}), state = graph.input("state", Type::f32, {3});
  check_error([&] { begin_with(x, state); }, Fault::usage, "the state must have the shape of the value");
  check_error([&] { begin_with(x, add(x, x)); }, Fault::usage, "the state must lie in a buffer of the store");
  check_error([&] { begin_with(x, graph.input("ids", Type::i32, {4})); }, Fault::usage, "the state must be float32");
}

}  // namespace deepobs
