#include "kernels/ops/gather/embedding.h"

#include <doctest/doctest.h>

#include <array>
#include <cmath>

#include "engine/run/program.h"
#include "kernels/backward.h"
#include "kernels/ops/reduce/reduce.h"
#include "tests/error_of.h"
#include "tests/kernels/harness/every_device.h"
#include "tests/kernels/harness/op_case.h"

namespace deepobs {
namespace {

OpCase embedding_case(const Shape& ids, std::int64_t rows, std::int64_t width) {
  return {.name = "embedding",
          .inputs = {labels_input(ids, static_cast<int>(rows)), {{rows, width}}},
          .build = [](Graph&, auto in) { return embedding(in[0], in[1]); },
          .formula =
              [=](auto in) {
                std::vector<double> y;
                for (const double id : in[0].data)
                  for (std::int64_t c = 0; c < width; ++c)
                    y.push_back(in[1][static_cast<std::int64_t>(id) * width + c]);
                return y;
              },
          .gradient = {.units = 1.},
          .difference_step = 1.};
}

}  // namespace

TEST_CASE("embedding picks rows, and its gradient adds them up") {
  check(embedding_case({1}, 1, 1));
  check(embedding_case({5, 3}, 7, 17));       // more rows than some ids meet
  check(embedding_case({50, 50}, 83, 128));   // each row many times
  check(embedding_case({40, 50}, 2, 33));     // long sums
  check(embedding_case({2, 3, 4}, 1000, 5));  // most rows have no id
  check(embedding_case({300}, 300, 200));
  OpCase whole = embedding_case({40, 50}, 83, 65);
  whole.exact_on_integers = true;
  check(whole);
}

TEST_CASE("embedding: an id outside the table is a row of NaN, and adds to no row's gradient") {
  for (const auto& [name, device] : test::every_device())
    for (const std::int32_t wrong : {-1, 3, 1 << 30}) {
      CAPTURE(name);
      Store store;
      Graph graph(store);
      const Value ids = graph.input("ids", Type::i32, {5}), table = graph.parameter("table", {3, 2}, {});
      const Value y = embedding(ids, table);
      graph.keep(y);
      backward(sum(y));
      const Plan plan = make_plan(graph);
      Storage storage(*device, store);
      Program program(graph, plan, storage);
      storage.write<std::int32_t>(store.find("ids"), std::vector<std::int32_t>{2, wrong, 0, 1, 2});
      storage.set_parameter(store.parameters()[0], std::vector<float>{1, 2, 3, 4, 5, 6});
      program.run({});
      std::vector<float> made(10), gradient(static_cast<std::size_t>(store.flat_floats()));
      program.read<float>(y, made);
      CHECK((std::isnan(made[2]) && std::isnan(made[3])));
      made.erase(made.begin() + 2, made.begin() + 4);
      CHECK(made == std::vector<float>{5, 6, 1, 2, 3, 4, 5, 6});
      storage.read<float>(Store::gradients_id, gradient);
      gradient.resize(6);
      CHECK(gradient == std::vector<float>{1, 1, 1, 1, 2, 2});
    }
}

TEST_CASE("embedding: its gradient has a gradient of its own") {
  check({.name = "gradient of embedding",
         .inputs = {labels_input({5, 3}, 7), {{7, 17}, uniform_values(-1., 1.), false}, {{5, 3, 17}}},
         .build = [](Graph&, auto in) { return gradients(embedding(in[0], in[1]), std::array{in[1]}, in[2])[0]; },
         .formula =
             [](auto in) {
               std::vector<double> sums(7 * 17);
               for (std::int64_t i = 0; i < in[2].elements(); ++i)
                 sums[static_cast<std::size_t>(static_cast<std::int64_t>(in[0][i / 17]) * 17 + i % 17)] += in[2][i];
               return sums;
             },
         .forward = {.units = 1.},
         .gradient = {.units = 1.},
         .difference_step = 1.});
}

TEST_CASE("embedding refuses tables that are no [V, D]") {
  Store store;
  Graph graph(store);
  const Value ids = graph.input("ids", Type::i32, {4}), row = graph.input("row", Type::f32, {3});
  check_error([&] { embedding(ids, row); }, Fault::usage, "the table must be [V, D], not [3], buffer 'row'");
}

}  // namespace deepobs
