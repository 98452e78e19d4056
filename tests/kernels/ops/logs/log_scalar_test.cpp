#include "kernels/ops/logs/log_scalar.h"

#include <doctest/doctest.h>

#include "engine/memory/plan.h"
#include "engine/memory/storage.h"
#include "engine/run/device.h"
#include "engine/run/program.h"
#include "tests/kernels/cpu/isas.h"

namespace deepobs {

TEST_CASE("log_scalar writes at the place of the mini-batch, and nowhere outside the log") {
  for (const Isa isa : isas()) {
    Store store;
    Graph graph(store);
    const Value x = graph.input("x", Type::f32, {});
    const int log = store.buffer({.name = "log", .shape = {4}, .fill = -1.});
    log_scalar(x, log);

    const auto device = cpu_device({.threads = 1, .isa = isa});
    const Plan plan = make_plan(graph);
    Storage storage(*device, store);
    Program program(graph, plan, storage);
    for (const auto& [batch, value] : {std::pair{2, 20.f}, {0, 5.f}, {-1, 7.f}, {4, 8.f}, {2, 21.f}}) {
      storage.write<float>(store.find("x"), std::vector{value});
      program.run({.batch = batch});
    }
    std::vector<float> logged(4);
    storage.read<float>(log, logged);
    CHECK(logged == std::vector{5.f, -1.f, 21.f, -1.f});
  }
}

TEST_CASE("log_scalar refuses what is no scalar, and logs that are no list") {
  Store store;
  Graph graph(store);
  const int log = store.buffer({.name = "log", .shape = {4}});
  const int table = store.buffer({.name = "table", .shape = {4, 2}});
  const Value row = graph.input("row", Type::f32, {3});
  const Value scalar = graph.input("scalar", Type::f32, {});
  CHECK_THROWS_WITH_AS(log_scalar(row, log), doctest::Contains("takes a scalar []: [3], buffer 'row'"), Error);
  CHECK_THROWS_WITH_AS(log_scalar(scalar, table), doctest::Contains("the log must be [n]"), Error);
}

}  // namespace deepobs
