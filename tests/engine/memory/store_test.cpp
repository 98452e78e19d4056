#include "engine/memory/store.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <numeric>

#include "tests/error_of.h"

namespace deepobs {
namespace {

const Initializer nothing = [](std::span<float>, std::uint64_t, std::uint64_t) {};

int declare(Store& store, const std::string& name, const Shape& shape) {
  return store.parameter(name, shape, Border::plain(shape), nothing);
}

TEST_CASE("store: parameters lie one behind the other, each at a multiple of a cache line") {
  Store store;
  CHECK(store.flat_floats() == 0);
  CHECK(declare(store, "a", {3, 5}) == 0);
  CHECK(declare(store, "b", {}) == 1);
  CHECK(declare(store, "c", {33}) == 2);
  CHECK(store.parameters()[0].offset == 0);
  CHECK(store.parameters()[1].offset == 16);
  CHECK(store.parameters()[2].offset == 32);
  CHECK(store.flat_floats() == 80);
  CHECK(store.parameter_count() == 15 + 1 + 33);
  CHECK(store.buffer(Store::parameters_id).shape == Shape{80});
  CHECK(store.buffer(Store::gradients_id).shape == Shape{80});
}

TEST_CASE("store: a parameter's name gives it again, and only with its own shape") {
  Store store;
  declare(store, "a", {3, 5});
  CHECK(declare(store, "a", {3, 5}) == 0);
  CHECK(store.parameters().size() == 1);
  check_error([&] { declare(store, "a", {5, 3}); }, Fault::usage, "declared as [3, 5] and is now asked for as [5, 3]");
  check_error([&] { declare(store, "b", {3, 0}); }, Fault::usage, "at least one element, not shape [3, 0]");
}

TEST_CASE("store: a sealed one takes no further parameter") {
  Store store;
  declare(store, "a", {20});
  store.seal();
  CHECK(declare(store, "a", {20}) == 0);  // what there is may still be looked up
  check_error([&] { declare(store, "b", {1}); }, Fault::usage, "declare every parameter first");
}

TEST_CASE("store: a buffer is declared under a name of its own, and looked up by its index") {
  Store store;
  const int id = store.buffer({.name = "momentum", .role = Role::optimizer, .shape = {32}, .fill = 0.5});
  CHECK(store.buffer(id).shape == Shape{32});
  CHECK(store.buffer(id).fill == 0.5);
  check_error([&] { store.buffer({.name = "momentum", .shape = {1}}); }, Fault::usage, "already a buffer 'momentum'");
  for (const int none : {-1, id + 1})
    check_error([&] { store.buffer(none); }, Fault::usage, text("the store has no buffer ", none));
}

TEST_CASE("store: a shared buffer is declared once and found by every graph that asks for the same") {
  Store store;
  const Store::Buffer mean{.name = "norm.running_mean", .role = Role::statistics, .shape = {7}, .fill = 0.5};
  const int buffer = store.shared_buffer(mean);
  CHECK(store.shared_buffer(mean) == buffer);
  CHECK(store.buffer(buffer).role == Role::statistics);
  const auto refused = [&](auto change) {
    Store::Buffer other = mean;
    change(other);
    check_error([&] { store.shared_buffer(other); }, Fault::usage,
                "declared as statistics of float32 [7] filled with 0.5 and is now asked for as ");
  };
  refused([](Store::Buffer& other) { other.role = Role::carried; });
  refused([](Store::Buffer& other) { other.type = Type::f64; });
  refused([](Store::Buffer& other) { other.shape = {8}; });
  refused([](Store::Buffer& other) { other.fill = 0; });
}

TEST_CASE("store: buffers are found by name") {
  Store store;
  const int labels = store.buffer({.name = "labels", .type = Type::i32, .shape = {7}});
  CHECK(store.find("labels") == labels);
  CHECK(store.find("parameters") == Store::parameters_id);
  CHECK(store.find("gradients") == Store::gradients_id);
  check_error([&] { store.find("label"); }, Fault::usage, "no buffer 'label'");
  check_error([&] { store.buffer({.name = "gradients", .shape = {1}}); }, Fault::usage, "already a buffer");
}

TEST_CASE("store: a parameter that does not fit behind the others leaves the store as it was") {
  Store store;
  const std::int64_t most = std::int64_t{1} << 40;
  declare(store, "a", {1});
  check_error([&] { declare(store, "b", {most}); }, Fault::usage, "more than 2^40 elements");
  CHECK(store.parameters().size() == 1);
  CHECK(store.flat_floats() == 16);
  CHECK(declare(store, "c", {1}) == 1);
  CHECK(store.parameters()[1].offset == 16);
}

/// Every element of the engine's tensor has exactly one place in the file.
bool is_permutation(const Border& border) {
  std::vector<std::int64_t> offsets(static_cast<std::size_t>(border.shape.elements()));
  for (std::size_t i = 0; i < offsets.size(); ++i) offsets[i] = border.offset(static_cast<std::int64_t>(i));
  std::ranges::sort(offsets);
  for (std::size_t i = 0; i < offsets.size(); ++i)
    if (offsets[i] != static_cast<std::int64_t>(i)) return false;
  return true;
}

TEST_CASE("store: a plain border keeps the order") {
  const auto border = Border::plain({4, 3});
  for (std::int64_t i = 0; i < 12; ++i) CHECK(border.offset(i) == i);
  CHECK(Border::plain({}).offset(0) == 0);
}

TEST_CASE("store: a dense weight, [in, out] here, is [out, in] in files") {
  constexpr std::int64_t in = 5, out = 3;
  const Border border{{out, in}, {out, in}, {1, out}};
  for (std::int64_t o = 0; o < out; ++o)
    for (std::int64_t i = 0; i < in; ++i) CHECK(border.offset(o * in + i) == i * out + o);
  CHECK(is_permutation(border));
}

TEST_CASE("store: a convolution's weight, [kh, kw, in, out] here, is [out, in, kh, kw] in files") {
  constexpr std::int64_t kh = 2, kw = 3, in = 4, out = 5;
  const Border border{{out, in, kh, kw}, {out, in, kh, kw}, {1, out, kw * in * out, in * out}};
  for (std::int64_t o = 0; o < out; ++o)
    for (std::int64_t i = 0; i < in; ++i)
      for (std::int64_t y = 0; y < kh; ++y)
        for (std::int64_t x = 0; x < kw; ++x)
          CHECK(border.offset(((o * in + i) * kh + y) * kw + x) == ((y * kw + x) * in + i) * out + o);
  CHECK(is_permutation(border));
}

TEST_CASE("store: a dense weight behind images, [h, w, c, out] here, is [out, c, h, w] in files") {
  constexpr std::int64_t h = 3, w = 2, c = 4, out = 5;
  const Border border{{out, c * h * w}, {out, c, h, w}, {1, out, w * c * out, c * out}};
  for (std::int64_t o = 0; o < out; ++o)
    for (std::int64_t k = 0; k < c; ++k)
      for (std::int64_t y = 0; y < h; ++y)
        for (std::int64_t x = 0; x < w; ++x)
          CHECK(border.offset(((o * c + k) * h + y) * w + x) == ((y * w + x) * c + k) * out + o);
  CHECK(is_permutation(border));
}

TEST_CASE("store: a border that would read or write elsewhere is refused") {
  Store store;
  const auto refused = [&](const Border& border, const std::string& why) {
    check_error([&] { store.parameter("w", {2, 3}, border, nothing); }, Fault::internal, why);
  };
  refused(Border::plain({7}), "a file keeps it as [7], the engine as [2, 3]");
  refused({{3, 2}, {3, 2}, {1}}, "do not cover [3, 2]");                         // a stride is missing
  refused({{3, 2}, {3, 3}, {1, 3}}, "do not cover [3, 2]");                      // more elements
  refused({{3, 2}, {3, 1}, {1, 3}}, "do not cover [3, 2]");                      // fewer
  refused({{3, 2}, {3, 2}, {1, 4}}, "do not cover [3, 2]");                      // past the end
  refused({{3, 2}, {3, 2}, {-1, 3}}, "do not cover [3, 2]");                     // before the beginning
  refused({{3, 2}, {3, 2}, {1, 1}}, "do not cover [3, 2]");                      // the end is never reached
  refused({{3, 2}, {6, 0}, {1, 1}}, "do not cover [3, 2]");                      // nothing
  refused({{3, 2}, {2, std::int64_t{1} << 62}, {4, 4}}, "do not cover [3, 2]");  // products that overflow
  refused({{3, 2}, {2, 3}, {1, std::int64_t{1} << 62}}, "do not cover [3, 2]");
  CHECK(store.parameters().empty());
}

}  // namespace
}  // namespace deepobs
