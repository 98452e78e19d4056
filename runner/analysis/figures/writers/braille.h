#pragma once

#include <cstddef>
#include <string>

#include "runner/analysis/figures/model/figure.h"

namespace deepobs {

struct BrailleOptions {
  std::size_t columns = 80;  ///< of the terminal, at least 40
  std::size_t rows = 16;     ///< of each panel's frame, at least 4
  bool has_colours = false;  ///< ANSI escapes of 256 colours; not where NO_COLOR is set or nobody looks
};

/// The panels one below the other, drawn in braille: 2 times 4 dots a character, numbers at the axes, the names of lines
/// at their ends, dashes of their own. Each line ends with a line end and is not wider than the terminal. Bands are left
/// out; maps are tables of numbers. Errors: those of require_whole(); usage, for fewer columns or rows.
std::string braille_text(const Figure& figure, const BrailleOptions& options = {});

}  // namespace deepobs
