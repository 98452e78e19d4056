#include "kernels/ops/convolution/filter_order.h"

#include <doctest/doctest.h>

#include "tests/error_of.h"
#include "tests/kernels/harness/op_case.h"

namespace deepobs {
namespace {

/// Element [k, u, v, c] of the library's order, for each element [u, v, c, k] in turn.
std::vector<std::size_t> places_in_library_order(const Shape& filter) {
  const std::int64_t window = filter.elements() / filter[3];
  std::vector<std::size_t> places;
  for (std::int64_t i = 0; i < window; ++i)
    for (std::int64_t k = 0; k < filter[3]; ++k) places.push_back(static_cast<std::size_t>(k * window + i));
  return places;
}

Shape library_order(const Shape& filter) { return {filter[3], filter[0], filter[1], filter[2]}; }

// Tiles of 32 x 32 that are whole, and that are not.
const std::vector<Shape> filters{{1, 1, 1, 1}, {5, 5, 1, 32}, {3, 3, 7, 5}, {3, 3, 64, 96}, {1, 1, 33, 31}};

TEST_CASE("filters are turned into the library's order, several at once") {
  for (const Shape& shape : filters)
    check({.name = "filters_in_library_order",
           .inputs = {{{2, 2, 3, 4}, uniform_values(-1., 1.), false}, {shape, uniform_values(-1., 1.), false}},
           .build = [](Graph&, auto in) { return filters_in_library_order(std::vector(in.begin(), in.end()))[1]; },
           .formula =
               [](auto in) {
                 const auto places = places_in_library_order(in[1].shape);
                 std::vector<double> y(places.size());
                 for (std::size_t i = 0; i < places.size(); ++i) y[places[i]] = in[1].data[i];
                 return y;
               }});
}

TEST_CASE("filters: more than one launch takes") {
  const std::vector<OpInput> twenty(20, {{3, 1, 2, 5}, uniform_values(-1., 1.), false});
  check({.name = "filters_in_library_order",
         .inputs = twenty,
         .build = [](Graph&, auto in) { return filters_in_library_order(std::vector(in.begin(), in.end()))[19]; },
         .formula =
             [](auto in) {
               const auto places = places_in_library_order(in[19].shape);
               std::vector<double> y(places.size());
               for (std::size_t i = 0; i < places.size(); ++i) y[places[i]] = in[19].data[i];
               return y;
             }});
}

TEST_CASE("finished gradients are turned back, and have the regulariser's part") {
  constexpr float factor = 0.25f;  // a power of two: its products are exact
  for (const Shape& shape : filters)
    for (const bool turned : {false, true})
      for (const bool decayed : {false, true}) {
        const Shape from = turned ? library_order(shape) : shape;
        check({.name = "finished_gradients",
               .inputs = {{{7, 5}, uniform_values(-1., 1.), false},
                          {{7, 5}, uniform_values(-1., 1.), false},
                          {from, uniform_values(-1., 1.), false},
                          {shape, uniform_values(-1., 1.), false}},
               .build =
                   [=](Graph&, auto in) {
                     const std::vector<RawGradient> raw{{in[0], in[1], false, true}, {in[2], in[3], turned, decayed}};
                     return finished_gradients(raw, factor)[1];
                   },
               .formula =
                   [=](auto in) {
                     const auto places = places_in_library_order(shape);
                     std::vector<double> y;
                     for (std::size_t i = 0; i < places.size(); ++i)
                       y.push_back(in[2].data[turned ? places[i] : i] +
                                   (decayed ? static_cast<double>(factor) * in[3].data[i] : 0.));
                     return y;
                   },
               .forward = {.units = 1.}});
      }
}

TEST_CASE("filters and gradients of other shapes are refused") {
  Store store;
  Graph graph(store);
  const Value filter = graph.input("filter", Type::f32, {3, 3, 2, 4}),
              matrix = graph.input("matrix", Type::f32, {3, 4});
  check_error([&] { filters_in_library_order({}); }, Fault::usage, "at least one filter");
  check_error([&] { filters_in_library_order(std::vector{matrix}); }, Fault::usage, "[kh, kw, C, K]: [3, 4]");
  check_error([&] { finished_gradients({}, 0.f); }, Fault::usage, "at least one gradient");
  check_error(
      [&] {
        finished_gradients(std::vector{RawGradient{matrix, filter}}, 0.f);
      },
      Fault::usage, "a gradient must be like its parameter");
  check_error(
      [&] {
        finished_gradients(std::vector{RawGradient{filter, filter, true}}, 0.f);
      },
      Fault::usage, "[K, kh, kw, C] of a filter");
  check_error(
      [&] {
        finished_gradients(std::vector{RawGradient{matrix, matrix, true}}, 0.f);
      },
      Fault::usage, "a gradient must be like its parameter");
}

}  // namespace
}  // namespace deepobs
