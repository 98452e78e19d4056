#include "runner/analysis/figures/writers/markers.h"

#include <array>

namespace deepobs {

std::span<const MarkerPoint> marker_outline(Marker marker) {
  static constexpr std::array<MarkerPoint, 4> square{{{-.9, -.9}, {.9, -.9}, {.9, .9}, {-.9, .9}}};
  static constexpr std::array<MarkerPoint, 3> triangle{{{0, -1.15}, {1.1, .85}, {-1.1, .85}}};
  static constexpr std::array<MarkerPoint, 4> diamond{{{0, -1.25}, {1.1, 0}, {0, 1.25}, {-1.1, 0}}};
  static constexpr std::array<MarkerPoint, 3> triangle_down{{{0, 1.15}, {-1.1, -.85}, {1.1, -.85}}};
  static constexpr std::array<MarkerPoint, 12> plus{{{-.4, -1.2},
                                                     {.4, -1.2},
                                                     {.4, -.4},
                                                     {1.2, -.4},
                                                     {1.2, .4},
                                                     {.4, .4},
                                                     {.4, 1.2},
                                                     {-.4, 1.2},
                                                     {-.4, .4},
                                                     {-1.2, .4},
                                                     {-1.2, -.4},
                                                     {-.4, -.4}}};
  static constexpr std::array<MarkerPoint, 6> hexagon{
      {{-.55, -.95}, {.55, -.95}, {1.1, 0}, {.55, .95}, {-.55, .95}, {-1.1, 0}}};
  static constexpr std::array<MarkerPoint, 10> star{{{0, -1.4},
                                                     {.33, -.45},
                                                     {1.33, -.43},
                                                     {.53, .17},
                                                     {.82, 1.13},
                                                     {0, .56},
                                                     {-.82, 1.13},
                                                     {-.53, .17},
                                                     {-1.33, -.43},
                                                     {-.33, -.45}}};
  static constexpr std::array<MarkerPoint, 3> triangle_left{{{-1.15, 0}, {.85, -1.1}, {.85, 1.1}}};
  static constexpr std::array<MarkerPoint, 3> triangle_right{{{1.15, 0}, {-.85, 1.1}, {-.85, -1.1}}};
  switch (marker) {
    case Marker::circle:
      return {};
    case Marker::square:
      return square;
    case Marker::triangle:
      return triangle;
    case Marker::diamond:
      return diamond;
    case Marker::triangle_down:
      return triangle_down;
    case Marker::plus:
      return plus;
    case Marker::hexagon:
      return hexagon;
    case Marker::star:
      return star;
    case Marker::triangle_left:
      return triangle_left;
    case Marker::triangle_right:
      return triangle_right;
  }
  return {};
}

std::span<const double> dash_lengths(Dash dash) {
  static constexpr std::array<std::array<double, 2>, 6> two{{{4, 2}, {1, 1.5}, {7, 2}, {2.5, 1.5}, {1, 3}, {5, 4}}};
  static constexpr std::array<double, 4> dash_dot{5, 1.5, 1, 1.5}, mixed{6, 1.5, 2.5, 1.5};
  static constexpr std::array<double, 6> dash_dot_dot{5, 1.5, 1, 1.5, 1, 1.5};
  switch (dash) {
    case Dash::solid:
      return {};
    case Dash::dashed:
      return two[0];
    case Dash::dotted:
      return two[1];
    case Dash::dash_dot:
      return dash_dot;
    case Dash::long_dash:
      return two[2];
    case Dash::dash_dot_dot:
      return dash_dot_dot;
    case Dash::short_dash:
      return two[3];
    case Dash::wide_dot:
      return two[4];
    case Dash::mixed:
      return mixed;
    case Dash::sparse:
      return two[5];
  }
  return {};
}

}  // namespace deepobs
