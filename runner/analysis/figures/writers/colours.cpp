#include "runner/analysis/figures/writers/colours.h"

#include <algorithm>
#include <cmath>

#include "engine/base/check.h"

namespace deepobs {
namespace {

/// Ten colours of the map at equal distances; between them it is straight but for less than a step of 8 bits.
constexpr std::array<Rgb, 10> cividis_stops{{{0x00, 0x20, 0x4d},
                                             {0x00, 0x33, 0x6f},
                                             {0x39, 0x48, 0x6b},
                                             {0x57, 0x5c, 0x6d},
                                             {0x70, 0x71, 0x73},
                                             {0x8a, 0x87, 0x79},
                                             {0xa6, 0x9d, 0x75},
                                             {0xc4, 0xb5, 0x6c},
                                             {0xe4, 0xcf, 0x5b},
                                             {0xff, 0xea, 0x46}}};

double linear(std::uint8_t channel) {
  const double share = channel / 255.;
  return share <= 0.04045 ? share / 12.92 : std::pow((share + 0.055) / 1.055, 2.4);
}

}  // namespace

const NamedColour& named_colour(std::string_view name) {
  const auto found = std::find_if(named_colours.begin(), named_colours.end(),
                                  [&](const NamedColour& one) { return one.name == name; });
  require(found != named_colours.end(), Fault::internal, "figures have no colour ", std::string(name));
  return *found;
}

const NamedColour& named_colour(const PaletteColour& colour) {
  const char* palette = colour.palette == Palette::six ? "six-" : colour.palette == Palette::ten ? "ten-" : "grey-";
  return named_colour(palette + std::to_string(colour.index));
}

std::string hex(const Rgb& colour) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (const std::uint8_t channel : {colour.red, colour.green, colour.blue}) {
    text += digits[channel / 16];
    text += digits[channel % 16];
  }
  return text;
}

Rgb cividis(double share) {
  const double place = std::clamp(share, 0., 1.) * (cividis_stops.size() - 1);
  const std::size_t below = std::min<std::size_t>(static_cast<std::size_t>(place), cividis_stops.size() - 2);
  const Rgb &a = cividis_stops[below], &b = cividis_stops[below + 1];
  const double part = place - static_cast<double>(below);
  const auto between = [&](std::uint8_t from, std::uint8_t to) {
    return static_cast<std::uint8_t>(std::lround(from + part * (to - from)));
  };
  return {between(a.red, b.red), between(a.green, b.green), between(a.blue, b.blue)};
}

double luminance(const Rgb& colour) {
  return 0.2126 * linear(colour.red) + 0.7152 * linear(colour.green) + 0.0722 * linear(colour.blue);
}

bool wants_white_text(const Rgb& colour) {
  const double light = luminance(colour) + 0.05;
  return 1.05 / light > light / 0.05;
}

}  // namespace deepobs
