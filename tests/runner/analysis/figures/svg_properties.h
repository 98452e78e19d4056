#pragma once

#include <string>

namespace deepobs::test {

/// Checks what holds for every figure: the XML is well-formed; all that belongs to a series is inside its panel's frame,
/// but for the size of marks; no number is NaN or infinite; words are inside the picture. With `words_apart` no two words
/// overlap.
void check_svg(const std::string& svg, bool words_apart);

}  // namespace deepobs::test
