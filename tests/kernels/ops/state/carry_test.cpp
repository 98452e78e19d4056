#include "kernels/ops/state/carry.h"

#include <doctest/doctest.h>

#include "engine/run/program.h"
#include "kernels/ops/elementwise/algebra.h"
#include "tests/error_of.h"
#include "tests/kernels/harness/every_device.h"

namespace deepobs {

TEST_CASE("carry gives the next replay what this one made, behind all that reads the old numbers") {
  for (const auto& [name, device] : test::every_device())
    for (const std::int64_t count : {1, 17, 40'003}) {
      CAPTURE(name);
      Store store;
      Graph graph(store);
      const Value x = graph.input("x", Type::f32, {count});
      const Value state = graph.buffer(store.buffer({.name = "state", .shape = {count}, .fill = 5.}));
      const Value before = copy(state), sum = add(state, x);
      carry(sum, state);
      const Value after = copy(state);
      for (const Value value : {before, after}) graph.keep(value);
      const Plan plan = make_plan(graph);
      Storage storage(*device, store);
      Program program(graph, plan, storage);
      storage.write<float>(store.find("x"), std::vector<float>(static_cast<std::size_t>(count), 2.f));
      for (int replay = 0; replay < 3; ++replay) {
        program.run({});
        std::vector<float> old_numbers(static_cast<std::size_t>(count)), new_numbers = old_numbers;
        program.read<float>(before, old_numbers);
        program.read<float>(after, new_numbers);
        const float expected = 5.f + 2.f * static_cast<float>(replay);
        CHECK(old_numbers == std::vector<float>(old_numbers.size(), expected));
        CHECK(new_numbers == std::vector<float>(old_numbers.size(), expected + 2.f));
      }
    }
}

TEST_CASE("carry refuses another shape, and a state that no replay would find") {
  Store store;
  Graph graph(store);
  const Value x = graph.input("x", Type::f32, {4}), state = graph.input("state", Type::f32, {3});
  check_error([&] { carry(x, state); }, Fault::usage, "the state must have the shape of the value");
  check_error([&] { carry(x, add(x, x)); }, Fault::usage, "the state must lie in a buffer of the store");
  check_error([&] { carry(x, graph.input("ids", Type::i32, {4})); }, Fault::usage, "the state must be float32");
}

}  // namespace deepobs
