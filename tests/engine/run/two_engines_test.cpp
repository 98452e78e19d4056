#include <doctest/doctest.h>

#include <stdexcept>
#include <thread>

#include "tests/engine/graph/tiny_ops.h"
#include "tests/engine/run/executors.h"
#include "tests/engine/run/small_mlp.h"

namespace deepobs {
namespace {

TEST_CASE("device: two engines in two threads of one process, 100 pairs: each as if it were alone") {
  const SmallMlp mlp;  // graph and plan are shared, as runs on several cores share them
  constexpr std::uint64_t seeds = 10;
  std::vector<std::vector<std::uint32_t>> alone;
  for (std::uint64_t seed = 0; seed < seeds; ++seed)
    alone.push_back(trained_bits(mlp, {.threads = 1, .use_tbb = false}, seed));

  int right = 0;
  for (std::uint64_t pair = 0; pair < 100; ++pair) {
    std::vector<std::uint32_t> bits[2];
    const std::uint64_t seed[2]{pair % seeds, (pair / seeds + pair + 1) % seeds};
    const auto train = [&](int side) {
      const int threads = 1 + static_cast<int>((pair + static_cast<std::uint64_t>(side)) % 3);
      bits[side] =
          trained_bits(mlp, {.threads = threads, .use_tbb = tbb_is_default && (pair + side) % 2 == 0}, seed[side]);
    };
    std::thread other(train, 1);
    train(0);
    other.join();
    right += bits[0] == alone[seed[0]] && bits[1] == alone[seed[1]];
  }
  CHECK(right == 100);
  CHECK(alone[0] != alone[1]);  // seeds matter, or nothing was shown
}

struct Planted : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Copies x in 200 tasks; in step n, task n throws.
void throwing_body(const Call& call) {
  const std::int64_t piece = (call.out[0].elements() + 199) / 200;
  call.executor->run(200, [&](std::int64_t task, Worker&) {
    if (task == call.step->step) throw Planted("task");
    for (std::int64_t i = task * piece; i < std::min((task + 1) * piece, call.out[0].elements()); ++i)
      call.out[0].f32()[i] = call.in[0].f32()[i] * 2.f;
  });
}
constexpr Op throwing_op = tiny::same_on_all("throwing", throwing_body);

TEST_CASE(
    "device: an exception from task n of a replay, 200 values of n, leaves a program that replays to the same bits") {
  Store store;
  Graph graph(store);
  const Value x = graph.input("x", Type::f32, {1000});
  const Value y = graph.record_one(throwing_op, {tiny::mixed(x, x)}, {1000}, {}, Place::current());
  const Value z = tiny::opposed(y, x);
  graph.keep(z);
  const Plan plan = make_plan(graph);
  for (const bool tbb : executor_kinds())
    for (const int threads : {1, 2, 4}) {
      const auto device = cpu_device({.threads = threads, .use_tbb = tbb});
      Storage storage(*device, store);
      std::vector<float> numbers(1000);
      for (std::size_t i = 0; i < 1000; ++i) numbers[i] = static_cast<float>(i) / 7.f;
      storage.write<float>(store.find("x"), numbers);
      Program program(graph, plan, storage);
      const auto replayed = [&] {
        program.poison(0xFF);
        program.run({.step = -1});
        std::vector<float> result(1000);
        program.read<float>(z, result);
        return result;
      };
      const auto wanted = replayed();
      int right = 0;
      for (std::int64_t n = 0; n < 200; ++n) {
        bool thrown = false;
        try {
          program.run({.step = n});
        } catch (const Planted&) {
          thrown = true;
        }
        right += thrown && replayed() == wanted;
      }
      CAPTURE(tbb);
      CAPTURE(threads);
      CHECK(right == 200);
      CHECK(wanted[999] != 0.f);
    }
}

}  // namespace
}  // namespace deepobs
