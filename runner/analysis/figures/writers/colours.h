#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "runner/analysis/figures/model/look.h"

namespace deepobs {

struct Rgb {
  std::uint8_t red = 0, green = 0, blue = 0;
  bool operator==(const Rgb&) const = default;
};

/// A colour of figures, and the one that takes its place on a dark page. `name` is that of a CSS class and of a TikZ
/// colour: "six-0".
struct NamedColour {
  std::string_view name;
  Rgb light, dark;
};

/// Paper, ink, muted ink, lines of the grid; then the palettes. In the dark those of the palettes are lightened until
/// they have a contrast of 4.5 to the paper.
inline constexpr std::array<NamedColour, 21> named_colours{{
    {"paper", {0xff, 0xff, 0xff}, {0x15, 0x18, 0x1d}},  {"ink", {0x1b, 0x1e, 0x23}, {0xe8, 0xea, 0xed}},
    {"muted", {0x5c, 0x61, 0x6b}, {0xa6, 0xac, 0xb6}},  {"grid", {0xe2, 0xe4, 0xe8}, {0x33, 0x38, 0x41}},
    {"six-0", {0x57, 0x90, 0xfc}, {0x57, 0x90, 0xfc}},  {"six-1", {0xf8, 0x9c, 0x20}, {0xf8, 0x9c, 0x20}},
    {"six-2", {0xe4, 0x25, 0x36}, {0xe8, 0x44, 0x52}},  {"six-3", {0x96, 0x4a, 0x8b}, {0xab, 0x6e, 0xa2}},
    {"six-4", {0x9c, 0x9c, 0xa1}, {0x9c, 0x9c, 0xa1}},  {"six-5", {0x7a, 0x21, 0xdd}, {0xa2, 0x64, 0xe7}},
    {"ten-0", {0x3f, 0x90, 0xda}, {0x3f, 0x90, 0xda}},  {"ten-1", {0xff, 0xa9, 0x0e}, {0xff, 0xa9, 0x0e}},
    {"ten-2", {0xbd, 0x1f, 0x01}, {0xcf, 0x5e, 0x48}},  {"ten-3", {0x83, 0x2d, 0xb6}, {0xa6, 0x68, 0xca}},
    {"ten-4", {0x94, 0xa4, 0xa2}, {0x94, 0xa4, 0xa2}},  {"ten-5", {0xa9, 0x6b, 0x59}, {0xae, 0x74, 0x63}},
    {"ten-6", {0xe7, 0x63, 0x00}, {0xe7, 0x63, 0x00}},  {"ten-7", {0xb9, 0xac, 0x70}, {0xb9, 0xac, 0x70}},
    {"ten-8", {0x71, 0x75, 0x81}, {0x7c, 0x80, 0x8b}},  {"ten-9", {0x92, 0xda, 0xdd}, {0x92, 0xda, 0xdd}},
    {"grey-0", {0x8a, 0x8d, 0x93}, {0x8a, 0x8d, 0x93}},
}};

/// Errors: internal, for a name that is not there.
const NamedColour& named_colour(std::string_view name);
const NamedColour& named_colour(const PaletteColour& colour);

/// "5790fc".
std::string hex(const Rgb& colour);

/// The colour of a share of the way from the worst to the best, 0 to 1: dark blue, grey, light yellow, in steps that
/// look alike to people with any colour vision. Source: Nunez, Anderton, Renslow, "Optimizing colormaps with
/// consideration for color vision deficiency", PLOS ONE 13 (2018).
Rgb cividis(double share);

/// Whether white text is read better on it than black: by the contrast of WCAG 2.
bool wants_white_text(const Rgb& colour);

/// The relative luminance of WCAG 2, 0 to 1.
double luminance(const Rgb& colour);

}  // namespace deepobs
