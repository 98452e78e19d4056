// Absurd sizes: what an op records is right, or refused before anything overflows or is allocated.

#include <doctest/doctest.h>

#include <algorithm>
#include <limits>
#include <random>

#include "kernels/backward.h"
#include "kernels/ops/convolution/conv2d.h"
#include "kernels/ops/dense/linear.h"
#include "kernels/ops/pool/avg_pool.h"
#include "kernels/ops/pool/max_pool.h"
#include "kernels/ops/reduce/reduce.h"
#include "kernels/ops/shape/reshape.h"
#include "tests/error_of.h"
#include "tests/under_thread_sanitizer.h"

namespace deepobs {
namespace {

constexpr std::int64_t two_31 = std::int64_t{1} << 31, two_62 = std::int64_t{1} << 62;
constexpr int int_max = std::numeric_limits<int>::max(), int_min = std::numeric_limits<int>::min();

/// Mostly small numbers, now and then an absurd one.
class Sizes {
 public:
  explicit Sizes(std::uint64_t seed) : random_(seed) {}

  std::int64_t pick(std::int64_t count) {
    return static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(count));
  }

  std::int64_t extent() {
    static constexpr std::int64_t odd[]{0,
                                        1,
                                        1 << 24,
                                        (1 << 24) + 1,
                                        two_31 - 1,
                                        two_31,
                                        two_31 + 1,
                                        2 * two_31 + 3,
                                        std::int64_t{1} << 40,
                                        two_62,
                                        -1,
                                        std::numeric_limits<std::int64_t>::min()};
    return pick(12) == 0 ? odd[pick(std::size(odd))] : 1 + pick(40);
  }
  int number() {
    static constexpr int odd[]{0, -1, 1 << 24, (1 << 24) + 1, int_max, int_max - 1, int_min};
    return pick(10) == 0 ? odd[pick(std::size(odd))] : 1 + static_cast<int>(pick(5));
  }
  Extent2d extent2d() { return {number(), number()}; }
  Pad pad() {
    const auto side = [&] { return pick(16) == 0 ? number() : static_cast<int>(pick(3)); };
    const auto kind = pick(3);
    return kind == 0 ? Pad::valid : kind == 1 ? Pad::same : Pad(Padding{side(), side(), side(), side()});
  }

 private:
  std::mt19937_64 random_;
};

/// Output extent of a window by its definition in 128 bits, or -1 where there is none.
std::int64_t output_extent(std::int64_t input, std::int64_t kernel, std::int64_t stride, bool same, int before,
                           int after) {
  __extension__ using Wide = __int128;
  if (input < 1 || kernel < 1 || stride < 1) return -1;
  if (same) return input / stride + (input % stride != 0);
  if (before < 0 || after < 0 || before >= kernel || after >= kernel) return -1;
  const Wide padded = Wide{input} + before + after;
  return padded < kernel ? -1 : static_cast<std::int64_t>((padded - kernel) / stride + 1);
}

constexpr std::int64_t supported = 1 << 24;  // of image and kernel, padding.h's errors

/// What a window gives on images of h x w, or {-1, -1} where it must be refused.
std::array<std::int64_t, 2> wanted_output(std::int64_t h, std::int64_t w, std::int64_t kernel_h, std::int64_t kernel_w,
                                          const Extent2d& stride, const Pad& pad) {
  const auto& given = pad.given();
  const auto out_h = output_extent(h, kernel_h, stride.h, pad.is_same(), given.top, given.bottom);
  const auto out_w = output_extent(w, kernel_w, stride.w, pad.is_same(), given.left, given.right);
  const bool possible = out_h > 0 && out_w > 0 && std::max({h, w, kernel_h, kernel_w}) <= supported;
  return possible ? std::array{out_h, out_w} : std::array<std::int64_t, 2>{-1, -1};
}

/// How many of the random cases are tried: recording is the work of one thread.
constexpr int share = under_thread_sanitizer ? 10 : 1;

struct Tally {
  int right = 0, refused = 0, wrong = 0;
};

TEST_CASE("size limits: 50,000 random windows are placed right or refused") {
  Sizes sizes(36);
  Tally tally;
  for (int n = 0; n < 50'000 / share; ++n) {
    const Extent2d image(static_cast<int>(sizes.extent()), static_cast<int>(sizes.extent()));
    const Window window{sizes.extent2d(), sizes.extent2d(), sizes.pad()};
    const auto wanted = wanted_output(image.h, image.w, window.kernel.h, window.kernel.w, window.stride, window.pad);
    try {
      const auto placed = place_window(image, window, "window", Place::current());
      const auto& pad = placed.padding;
      // The last window must begin inside the image, and none may see padding only.
      const auto sees = [](std::int64_t outputs, std::int64_t stride, std::int64_t before, std::int64_t kernel,
                           std::int64_t input) { return (outputs - 1) * stride - before < input && kernel > before; };
      const bool right = placed.output.h == wanted[0] && placed.output.w == wanted[1] &&
                         sees(placed.output.h, window.stride.h, pad.top, window.kernel.h, image.h) &&
                         sees(placed.output.w, window.stride.w, pad.left, window.kernel.w, image.w);
      ++(right ? tally.right : tally.wrong);
    } catch (const Error& error) {
      ++(wanted[0] < 0 && error.fault() == Fault::usage ? tally.refused : tally.wrong);
    }
  }
  CHECK(tally.wrong == 0);
  CHECK(tally.right > 10'000 / share);
  CHECK(tally.refused > 10'000 / share);
}

TEST_CASE("size limits: 30,000 random convolutions and poolings are recorded right, with their gradients, or refused") {
  Sizes sizes(37);
  Tally tally;
  for (int n = 0; n < 30'000 / share; ++n) {
    const bool pools = n % 3 == 0;
    const std::int64_t h = sizes.extent(), w = sizes.extent(), c = sizes.extent(), batch = sizes.extent();
    const std::int64_t kh = sizes.number(), kw = sizes.number(), k = sizes.extent();
    const Extent2d stride = sizes.extent2d();
    const Pad pad = sizes.pad();
    const auto wanted = wanted_output(h, w, kh, kw, stride, pad);
    Store store;
    Graph graph(store);
    try {
      const Value x = graph.parameter("x", {batch, h, w, c}, {});
      Value y;
      if (pools) {
        const Window window{{static_cast<int>(kh), static_cast<int>(kw)}, stride, pad};
        y = n % 2 == 0 ? max_pool(x, window) : avg_pool(x, window);
      } else {
        const Value weight = graph.parameter("w", {kh, kw, c, k}, {}), bias = graph.parameter("b", {k}, {});
        y = conv2d(x, weight, bias, {.stride = stride, .pad = pad, .relu = n % 2 == 0});
      }
      backward(sum(y));
      const bool right = y.shape() == Shape{batch, wanted[0], wanted[1], pools ? c : k};
      ++(right ? tally.right : tally.wrong);
    } catch (const Error& error) {
      // Beyond the window itself, a tensor may be too large: only then may a possible window be refused.
      const std::string message = error.what();
      const bool explained = wanted[0] < 0 || message.find("more than 2^40 elements") != std::string::npos ||
                             message.find("negative") != std::string::npos ||
                             message.find("at least one element") != std::string::npos;
      ++(explained && error.fault() == Fault::usage ? tally.refused : tally.wrong);
      if (!explained) MESSAGE(message);
    }
  }
  CHECK(tally.wrong == 0);
  CHECK(tally.right > 3'000 / share);
  CHECK(tally.refused > 3'000 / share);
}

TEST_CASE("size limits: 20,000 random dense layers are recorded right, with their gradients, or refused") {
  Sizes sizes(38);
  Tally tally;
  for (int n = 0; n < 20'000 / share; ++n) {
    const std::int64_t batch = sizes.extent(), h = sizes.extent(), w = sizes.extent(), k = sizes.extent();
    Store store;
    Graph graph(store);
    try {
      // The input may be empty, as a parameter may not.
      const Value x = flatten(graph.input("x", Type::f32, {batch, h, w}));
      const Value weight = graph.parameter("w", {h * w, k}, {}), bias = graph.parameter("b", {k}, {});
      const Value y = linear(x, weight, bias, {.relu = n % 2 == 0});
      backward(sum(y));
      ++(x.shape() == Shape{batch, h * w} && y.shape() == Shape{batch, k} ? tally.right : tally.wrong);
    } catch (const Error& error) {
      const bool absurd = std::max({batch, h, w, k}) > 40 || std::min({batch, h, w, k}) < 1;
      ++(absurd && error.fault() == Fault::usage ? tally.refused : tally.wrong);
    }
  }
  CHECK(tally.wrong == 0);
  CHECK(tally.right > 5'000 / share);
  CHECK(tally.refused > 2'000 / share);
}

TEST_CASE("size limits: a kernel whose extent does not fit into an int is refused, not cut to what does") {
  Store store;
  Graph graph(store);
  const Value x = graph.input("x", Type::f32, {1, 5, 5, 1});
  const Value weight = graph.input("w", Type::f32, {2 * two_31 + 3, 3, 1, 1}), bias = graph.input("b", Type::f32, {1});
  check_error([&] { conv2d(x, weight, bias); }, Fault::usage, "the kernel is too large");
}

}  // namespace
}  // namespace deepobs
