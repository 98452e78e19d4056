#include "kernels/ops/gather_images/gather_images.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>

#include "kernels/ops/elementwise/algebra.h"
#include "kernels/ops/gather_images/augment.h"
#include "kernels/passes/mixed_precision.h"
#include "tests/engine/run/executors.h"
#include "tests/error_of.h"
#include "tests/golden/hash_values.h"
#include "tests/gpus_under_test.h"
#include "tests/kernels/harness/run_op.h"

namespace deepobs {
namespace {

using Bytes = std::vector<std::uint8_t>;
using Floats = std::vector<float>;
using Order = std::vector<std::int32_t>;

Bytes random_bytes(std::int64_t count) {
  Bytes bytes;
  for (std::int64_t i = 0; i < count; ++i) bytes.push_back(hash_byte(77, static_cast<std::uint64_t>(i)));
  return bytes;
}

/// gather_images() recorded over a data set.
struct Gather : RunOp {
  Gather(const Shape& images, const Bytes& bytes, const Order& order, const GatherImages& how,
         const CpuOptions& cpu = {.threads = 2}) {
    y = gather_images(graph.input("images", Type::u8, images),
                      graph.input("order", Type::i32, {static_cast<std::int64_t>(order.size())}), how);
    graph.keep(y);
    start(cpu);
    write("images", bytes);
    write("order", order);
  }
  Floats run(const StepBlock& step = {}) { return RunOp::run<float>(y, step); }

  Value y;
};

bool same_bits(const Floats& a, const Floats& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

Floats row_of(const Floats& all, std::int64_t row, std::int64_t size) {
  return {all.begin() + row * size, all.begin() + (row + 1) * size};
}

}  // namespace

TEST_CASE("gather_images scales every byte to the float nearest to byte / 255") {
  Bytes bytes(256);
  std::iota(bytes.begin(), bytes.end(), std::uint8_t{0});
  for (const Isa isa : isas()) {
    const auto y = Gather({1, 16, 16, 1}, bytes, {0}, {.batch = 1}, {.threads = 1, .isa = isa}).run();
    for (std::size_t i = 0; i < 256; ++i) CHECK(y[i] == static_cast<float>(i) / 255.f);
  }
}

TEST_CASE("gather_images picks the batch's rows in the order given, and NaN where there is none") {
  for (const Isa isa : isas())
    for (const Preprocess preprocess : {Preprocess::scale, Preprocess::standardise, Preprocess::augment}) {
      const std::int64_t size = 3 * 5 * 3;
      const Bytes bytes = random_bytes(4 * size);
      Gather whole({4, 3, 5, 3}, bytes, {0, 1, 2, 3}, {.batch = 4, .preprocess = preprocess},
                   {.threads = 2, .isa = isa});
      Gather op({4, 3, 5, 3}, bytes, {3, 1, 1, 0, 2}, {.batch = 2, .preprocess = preprocess},
                {.threads = 2, .isa = isa});
      if (preprocess != Preprocess::augment) {
        const auto all = whole.run();
        const auto first = op.run({.batch = 0}), second = op.run({.batch = 1});
        CHECK(same_bits(row_of(first, 0, size), row_of(all, 3, size)));
        CHECK(same_bits(row_of(first, 1, size), row_of(all, 1, size)));
        CHECK(same_bits(row_of(second, 0, size), row_of(all, 1, size)));
        CHECK(same_bits(row_of(second, 1, size), row_of(all, 0, size)));
      }
      const auto is_nan = [](float x) { return std::isnan(x); };
      const auto third = op.run({.batch = 2});
      CHECK(std::none_of(third.begin(), third.begin() + size, is_nan));
      CHECK(std::all_of(third.begin() + size, third.end(), is_nan));
      for (const std::int64_t batch : {std::int64_t{3}, std::int64_t{-1}, INT64_MAX, INT64_MIN})
        CHECK(std::ranges::all_of(op.run({.batch = batch}), is_nan));
      op.write<std::int32_t>("order", {4, -1, INT32_MIN, INT32_MAX, 0});
      CHECK(std::ranges::all_of(op.run({.batch = 0}), is_nan));
      CHECK(std::ranges::all_of(op.run({.batch = 1}), is_nan));
    }
}

TEST_CASE("gather_images standardises each image by its own mean and population deviation") {
  constexpr double u = 0x1p-24;
  for (const Isa isa : isas())
    for (const Shape& shape :
         {Shape{3, 1, 1, 1}, Shape{3, 5, 7, 1}, Shape{3, 32, 32, 3}, Shape{2, 1, 17, 3}, Shape{2, 300, 301, 3}}) {
      const std::int64_t n = shape[0], size = shape.elements() / n;
      Bytes bytes = random_bytes(shape.elements());
      // The second image is nearly constant: there the least deviation decides.
      for (std::int64_t i = 0; i < size; ++i) bytes[static_cast<std::size_t>(size + i)] = i == 3 ? 201 : 200;
      Order order(static_cast<std::size_t>(n));
      std::iota(order.begin(), order.end(), 0);
      const auto y =
          Gather(shape, bytes, order, {.batch = n, .preprocess = Preprocess::standardise}, {.threads = 2, .isa = isa})
              .run();
      double worst = 0.;
      for (std::int64_t k = 0; k < n; ++k) {
        const auto* image = bytes.data() + k * size;
        const double count = static_cast<double>(size);
        const double mean = std::accumulate(image, image + size, 0.) / count;
        double squares = 0.;
        for (std::int64_t i = 0; i < size; ++i) squares += (image[i] - mean) * (image[i] - mean);
        const double divisor = std::max(std::sqrt(squares / count), 1. / std::sqrt(count));
        for (std::int64_t i = 0; i < size; ++i) {
          const double wanted = (image[i] - mean) / divisor;
          const double error = std::abs(static_cast<double>(y[static_cast<std::size_t>(k * size + i)]) - wanted);
          // Of the difference, of what the mean lacks as a float, of the factor, of the product, and one for the
          // reference's own.
          worst = std::max(worst, wanted == 0. ? (error == 0. ? 0. : 1e9) : error / (u * std::abs(wanted)));
        }
      }
      INFO(std::string(name_of(isa)), ", image of ", size, " values, error in units of 2^-24: ", worst);
      CHECK(worst <= 5.);
    }
}

TEST_CASE("gather_images augments by the draws that belong to seed, step and place") {
  const std::int64_t size = 32 * 32 * 3, batch = 20;
  const Shape shape{6, 32, 32, 3};
  const Bytes bytes = random_bytes(shape.elements());
  Order order;
  for (std::int32_t i = 0; i < 2 * batch; ++i) order.push_back(i * 5 % 6);
  const GatherImages how{.batch = batch, .preprocess = Preprocess::augment};
  const StepBlock step{.seed = 3, .step = 17, .batch = 1};

  Floats expected(static_cast<std::size_t>(batch * size)), planes(static_cast<std::size_t>(size));
  for (std::int64_t k = 0; k < batch; ++k)
    augment(bytes.data() + order[static_cast<std::size_t>(batch + k)] * size, 32, 32,
            draw_augmentation(3, Stream::augment, 17, static_cast<std::uint32_t>(k), true), planes.data(),
            expected.data() + k * size);

  SUBCASE("with the same bits for every instruction set and number of threads") {
    for (const Isa isa : isas())
      for (const bool tbb : executor_kinds())
        for (const int threads : {1, 2, 3, 5, 8})
          CHECK(same_bits(Gather(shape, bytes, order, how, {threads, tbb, isa}).run(step), expected));
  }
  SUBCASE("and others for another seed, step, place or stream") {
    Gather op(shape, bytes, order, how);
    const auto same = op.run(step);
    CHECK(same_bits(same, op.run(step)));
    CHECK_FALSE(same_bits(same, op.run({.seed = 4, .step = 17, .batch = 1})));
    CHECK_FALSE(same_bits(same, op.run({.seed = 3, .step = 18, .batch = 1})));
    // The same image at two places of the batch.
    REQUIRE(order[20] == order[26]);
    CHECK_FALSE(same_bits(row_of(same, 0, size), row_of(same, 6, size)));
    auto other = how;
    other.stream = Stream::augment_eval;
    CHECK_FALSE(same_bits(same, Gather(shape, bytes, order, other).run(step)));
  }
  SUBCASE("without flips where they are not wanted") {
    auto unflipped = how;
    unflipped.flip = false;
    const auto y = Gather(shape, bytes, order, unflipped).run(step);
    int equal = 0;
    for (std::int64_t k = 0; k < batch; ++k) {
      const bool flipped = draw_augmentation(3, Stream::augment, 17, static_cast<std::uint32_t>(k), true).flip;
      const bool same = same_bits(row_of(y, k, size), row_of(expected, k, size));
      CHECK(same == !flipped);
      equal += same;
    }
    CHECK(equal > 0);
    CHECK(equal < batch);
  }
}

namespace {

/// A batch whose last image is missing, through copy(): in mixed precision that reads bf16.
Floats batch_on(std::unique_ptr<Device> device, const Shape& shape, Preprocess preprocess, bool mixed) {
  Store store;
  Graph graph(store);
  const std::int64_t batch = 3;
  const Value y =
      copy(gather_images(graph.input("images", Type::u8, shape), graph.input("order", Type::i32, {2 * batch}),
                         {.batch = batch, .preprocess = preprocess}));
  graph.keep(y);
  if (mixed) record_mixed_precision(graph);
  CHECK((graph.nodes()[0].out[0].type() == Type::bf16) == mixed);
  const Plan plan = make_plan(graph);
  Storage storage(*device, store);
  Program program(graph, plan, storage);
  const Bytes bytes = random_bytes(shape.elements());
  storage.write(store.find("images"), std::span<const std::uint8_t>(bytes));
  storage.write(store.find("order"), std::span<const std::int32_t>(Order{0, 0, 0, 2, 1, -1}));
  program.poison(0xFF);
  program.run({.seed = 5, .step = 3, .batch = 1});
  Floats result(static_cast<std::size_t>(y.shape().elements()));
  program.read<float>(y, result);
  return result;
}

}  // namespace

TEST_CASE("gather_images on a GPU has the CPU's bits, or those rounded to bf16") {
  // Images that packs of 4 or 8 values fill, others, and some too large for the memory that a block of a GPU has.
  for (const Shape& shape : {Shape{3, 28, 28, 1}, Shape{3, 32, 32, 3}, Shape{3, 3, 5, 3}, Shape{3, 6, 6, 3},
                             Shape{3, 2, 2, 3}, Shape{3, 61, 60, 3}, Shape{3, 59, 61, 3}})
    for (const Preprocess preprocess : {Preprocess::scale, Preprocess::standardise, Preprocess::augment}) {
      if (preprocess == Preprocess::augment && shape[3] != 3) continue;
      const Floats exact = batch_on(cpu_device({.threads = 1}), shape, preprocess, false);
      for (const auto& gpu : gpus_under_test())
        for (const bool mixed : {false, true}) {
          CAPTURE(gpu.name);
          CAPTURE(text(shape));
          CAPTURE(static_cast<int>(preprocess));
          CAPTURE(mixed);
          const Floats got = batch_on(gpu.device(), shape, preprocess, mixed);
          CHECK(std::ranges::equal(got, exact, [&](float a, float b) {
            const float wanted = mixed ? f32_of(bf16_of(b)) : b;
            return std::isnan(wanted) ? std::isnan(a) : a == wanted;
          }));
        }
    }
}

TEST_CASE("gather_images refuses operands that it cannot work on") {
  RunOp op;
  const Value images = op.graph.input("images", Type::u8, {5, 4, 4, 3});
  const Value grey = op.graph.input("grey", Type::u8, {5, 28, 28, 1});
  const Value floats = op.graph.input("floats", Type::f32, {5, 4, 4, 3});
  const Value table = op.graph.input("table", Type::u8, {5, 4});
  const Value empty = op.graph.input("empty", Type::u8, {5, 0, 4, 3});
  const Value large = op.graph.input("large", Type::u8, {1, 512, 512, 3});
  const Value huge = op.graph.input("huge", Type::u8, {1, 4096, 4096, 1});
  const Value order = op.graph.input("order", Type::i32, {5});
  check_error([&] { gather_images(floats, order, {.batch = 2}); }, Fault::usage, "images must be uint8, not float32");
  check_error([&] { gather_images(table, order, {.batch = 2}); }, Fault::usage, "images must be [n, H, W, C], not");
  check_error([&] { gather_images(empty, order, {.batch = 2}); }, Fault::usage, "have no pixels");
  check_error([&] { gather_images(huge, order, {.batch = 1}); }, Fault::usage, "fewer than 16777216 values");
  check_error([&] { gather_images(images, floats, {.batch = 2}); }, Fault::usage, "order must be [m], not");
  check_error([&] { gather_images(images, order, {}); }, Fault::usage, "a batch has at least 1 row, not 0");
  const auto augmented = [&](Value value) {
    return [&, value] { gather_images(value, order, {.batch = 1, .preprocess = Preprocess::augment}); };
  };
  check_error(augmented(grey), Fault::usage, "augmentation wants 3 channels");
  check_error(augmented(large), Fault::usage, "at most 524288 values an image");
}

}  // namespace deepobs
