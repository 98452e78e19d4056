#include "kernels/windows/padding.h"

#include <doctest/doctest.h>

#include <string>

#include "tests/error_of.h"

namespace deepobs {
namespace {

/// The geometry along one direction; the other has a single pixel.
struct Along {
  int before, after, output;
  bool operator==(const Along&) const = default;
};

std::ostream& operator<<(std::ostream& out, const Along& a) {
  return out << a.before << ' ' << a.after << " -> " << a.output;
}

Along along_height(int input, int kernel, int stride, const Pad& pad) {
  const auto g = place_window(Extent2d{input, 1}, {{kernel, 1}, {stride, 1}, pad}, "test", Place::current());
  CHECK(g.output.w == 1);
  return {g.padding.top, g.padding.bottom, g.output.h};
}

Along along_width(int input, int kernel, int stride, const Pad& pad) {
  const auto g = place_window(Extent2d{1, input}, {{1, kernel}, {1, stride}, pad}, "test", Place::current());
  CHECK(g.output.h == 1);
  return {g.padding.left, g.padding.right, g.output.w};
}

}  // namespace

TEST_CASE("SAME puts the odd pixel behind, in the cases that DeepOBS has") {
  struct Case {
    int input, kernel, stride;
    Along expected;
  };
  const Case cases[] = {
      {28, 3, 2, {0, 1, 14}},                          // max pool 3x3/2 and conv 3x3/2 on even sizes
      {32, 3, 2, {0, 1, 16}}, {7, 3, 2, {1, 1, 4}},    // on odd ones
      {28, 4, 1, {1, 2, 28}},                          // conv 4x4/1
      {28, 4, 2, {1, 1, 14}},                          // conv 4x4/2 on even sizes
      {28, 5, 1, {2, 2, 28}}, {32, 1, 2, {0, 0, 16}},  // stride larger than the kernel: nothing to pad
      {33, 1, 2, {0, 0, 17}}, {5, 2, 3, {0, 0, 2}},
      {1, 3, 1, {1, 1, 1}},   {2, 7, 1, {3, 3, 2}},  // a kernel larger than the image
  };
  for (const auto& c : cases) {
    INFO("input ", c.input, ", kernel ", c.kernel, ", stride ", c.stride);
    CHECK(along_height(c.input, c.kernel, c.stride, Pad::same) == c.expected);
    CHECK(along_width(c.input, c.kernel, c.stride, Pad::same) == c.expected);
  }
}

TEST_CASE("VALID and given paddings") {
  CHECK(along_height(28, 3, 2, Pad::valid) == Along{0, 0, 13});
  CHECK(along_height(28, 28, 1, Pad::valid) == Along{0, 0, 1});
  CHECK(along_height(32, 5, 3, Pad::valid) == Along{0, 0, 10});
  CHECK(along_height(7, 1, 4, Pad::valid) == Along{0, 0, 2});
  CHECK(along_height(32, 3, 2, Padding{1, 1, 0, 0}) == Along{1, 1, 16});  // PyTorch's padding=1
  CHECK(along_height(8, 3, 1, Padding{0, 2, 0, 0}) == Along{0, 2, 8});
  CHECK(along_width(8, 3, 1, Padding{0, 0, 2, 1}) == Along{2, 1, 9});
}

TEST_CASE("SAME gives ceil(n / s) windows that reach both ends and see a pixel each") {
  for (int input = 1; input <= 12; ++input)
    for (int kernel = 1; kernel <= 7; ++kernel)
      for (int stride = 1; stride <= 5; ++stride) {
        const auto a = along_height(input, kernel, stride, Pad::same);
        INFO("input ", input, ", kernel ", kernel, ", stride ", stride);
        CHECK(a.output == (input + stride - 1) / stride);
        CHECK((a.after == a.before || a.after == a.before + 1));
        const int last_start = (a.output - 1) * stride - a.before;
        CHECK(last_start < input);
        CHECK(last_start + kernel <= input + a.after);
        if (kernel >= stride) CHECK(last_start + kernel >= input);  // no pixel is left out
      }
}

TEST_CASE("Windows that make no sense are refused, with the numbers") {
  const auto place = [](Extent2d input, const Window& window) {
    return [=] { place_window(input, window, "max_pool", Place::current()); };
  };
  check_error(place({4, 8}, {.kernel = 5}), Fault::usage, "a kernel of height 5 does not fit into 4 pixels");
  check_error(place({8, 4}, {.kernel = {3, 7}, .stride = 1, .pad = Padding{0, 0, 1, 1}}), Fault::usage,
              "a kernel of width 7 does not fit into 4 pixels with padding 1 and 1");
  check_error(place({8, 8}, {.kernel = 3, .stride = 0}), Fault::usage, "stride along the height must be at least 1");
  check_error(place({8, 8}, {.kernel = 0}), Fault::usage, "the kernel's height must be 1 to 16777216, not 0");
  check_error(place({0, 8}, {.kernel = 1}), Fault::usage, "the image's height must be 1 to 16777216, not 0");
  check_error(place({8, 8}, {.kernel = 3, .stride = 1, .pad = Padding{3, 0, 0, 0}}), Fault::usage,
              "must be smaller than the kernel's height 3");
  check_error(place({8, 8}, {.kernel = 3, .stride = 1, .pad = Padding{0, 0, 0, 3}}), Fault::usage,
              "must be smaller than the kernel's width 3");
  check_error(place({8, 8}, {.kernel = 3, .stride = 1, .pad = Padding{0, -1, 0, 0}}), Fault::usage,
              "must not be negative");
  check_error(
      [] {
        place_window(Shape{8, 8, 3}, {.kernel = 1}, "avg_pool", Place::current());
      },
      Fault::usage, "x must be images [N, H, W, C], not [8, 8, 3]");
  check_error(place({4, 4}, {.kernel = 5}), Fault::usage, "windows/padding_test.cpp:");
}

}  // namespace deepobs
