#include "kernels/ops/dense/gram.h"

#include <doctest/doctest.h>

#include "engine/memory/plan.h"
#include "engine/memory/storage.h"
#include "engine/run/device.h"
#include "engine/run/program.h"
#include "tests/error_of.h"
#include "tests/golden/hash_values.h"
#include "tests/kernels/harness/every_device.h"
#include "tests/kernels/harness/op_case.h"

namespace deepobs {
namespace {

OpCase gram_case(std::int64_t extent, std::int64_t terms, bool of_columns) {
  const auto formula = [=](const DoubleTensor& a, const DoubleTensor& b) {
    std::vector<double> y;
    for (std::int64_t i = 0; i < extent; ++i)
      for (std::int64_t j = 0; j < extent; ++j) {
        double sum = 0.;
        for (std::int64_t l = 0; l < terms; ++l)
          sum += of_columns ? a[l * extent + i] * b[l * extent + j] : a[i * terms + l] * b[j * terms + l];
        y.push_back(sum);
      }
    return y;
  };
  const Formula square = [=](DoubleTensors in) { return formula(in[0], in[0]); };
  return {.name = of_columns ? "gram_of_columns" : "gram",
          .inputs = {{of_columns ? Shape{terms, extent} : Shape{extent, terms}}},
          .build = [=](Graph&, auto in) { return of_columns ? gram_of_columns(in[0]) : gram(in[0]); },
          .formula = square,
          .forward = {.units = 24., .scale = on_absolute_inputs(square)},
          .gradient = {.units = 48.},
          .difference_step = 0x1p-4,
          .exact_on_integers = extent * terms > 1};
}

void check_symmetry(std::unique_ptr<Device> device, std::int64_t extent, std::int64_t terms, bool of_columns) {
  Store store;
  Graph graph(store);
  const Value x = graph.input("x", Type::f32, of_columns ? Shape{terms, extent} : Shape{extent, terms});
  const Value y = of_columns ? gram_of_columns(x) : gram(x);
  graph.keep(y);
  const Plan plan = make_plan(graph);
  Storage storage(*device, store);
  storage.write<float>(store.find("x"), hash_scaled(7, static_cast<std::size_t>(extent * terms), 1.f));
  Program program(graph, plan, storage);
  program.run({});
  std::vector<float> result(static_cast<std::size_t>(extent * extent));
  program.read<float>(y, result);
  CAPTURE(extent);
  CAPTURE(terms);
  CAPTURE(of_columns);
  std::int64_t different = 0;
  for (std::int64_t i = 0; i < extent; ++i)
    for (std::int64_t j = 0; j < i; ++j)
      different += result[static_cast<std::size_t>(i * extent + j)] != result[static_cast<std::size_t>(j * extent + i)];
  CHECK(different == 0);
}

constexpr std::array<std::array<std::int64_t, 2>, 9> sizes{
    {{1, 1}, {3, 17}, {17, 3}, {33, 200}, {64, 1}, {129, 40}, {9, 4097}, {192, 70}, {333, 37}}};

}  // namespace

TEST_CASE("gram has the products of all rows, gram_of_columns those of all columns") {
  for (const auto& [extent, terms] : sizes)
    for (const bool of_columns : {false, true}) check(gram_case(extent, terms, of_columns));
}

TEST_CASE("a Gram matrix is symmetric to the bit") {
  for (const auto& [extent, terms] : sizes)
    for (const bool of_columns : {false, true}) {
      for (auto& [name, device] : test::every_device({3})) {
        CAPTURE(name);
        check_symmetry(std::move(device), extent, terms, of_columns);
      }
    }
}

TEST_CASE("gram refuses what is no matrix") {
  Store store;
  Graph graph(store);
  check_error([&] { gram(graph.input("x", Type::f32, {3})); }, Fault::usage,
              {"gram at dense/gram_test.cpp", "x must be a matrix, not [3], buffer 'x'"});
}

}  // namespace deepobs
