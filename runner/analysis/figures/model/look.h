#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace deepobs {

/// A colour of a palette, by its place there: a page gives the place another colour in the dark.
enum class Palette : std::uint8_t { six, ten, grey };

struct PaletteColour {
  Palette palette = Palette::six;
  std::size_t index = 0;
  bool operator==(const PaletteColour&) const = default;
};

enum class Dash : std::uint8_t {
  solid,
  dashed,
  dotted,
  dash_dot,
  long_dash,
  dash_dot_dot,
  short_dash,
  wide_dot,
  mixed,
  sparse
};
inline constexpr std::size_t dash_count = 10;

/// The cross is not among them: it marks diverged runs.
enum class Marker : std::uint8_t {
  circle,
  square,
  triangle,
  diamond,
  triangle_down,
  plus,
  hexagon,
  star,
  triangle_left,
  triangle_right
};
inline constexpr std::size_t marker_count = 10;

/// How everything of one optimizer looks, in every figure. Colour is never alone.
struct Look {
  PaletteColour colour{};
  Dash dash = Dash::solid;
  Marker marker = Marker::circle;
  bool operator==(const Look&) const = default;
};

/// The looks of all optimizers of a report, to be made once for all of its figures.
///
/// Up to six have the colours of petroff6, up to ten those of petroff10, which people with any colour vision tell apart;
/// of more, all are grey but `highlighted` ones, or where there are none those with a reserved place. SGD, Momentum,
/// Adam, AdamW and RMSprop, under DeepOBS 1.1's names too, have reserved places, whatever stands beside them; a second
/// one of a place and all others get the free ones in the order of their names. The first five places have the same hues
/// in both palettes. Source: Petroff, "Accessible color sequences for data visualization", arXiv 2107.02270.
class Looks {
 public:
  /// Names that come twice count once. Errors: usage, for more than six highlighted names, or one that is not there.
  explicit Looks(std::span<const std::string> names, std::span<const std::string> highlighted = {});

  /// Errors: usage, for a name that was not there.
  const Look& of(std::string_view name) const;

 private:
  std::vector<std::string> names_;  // ascending
  std::vector<Look> looks_;         // of each
};

}  // namespace deepobs
