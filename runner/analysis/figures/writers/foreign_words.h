#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace deepobs {

// Names come from folders and files and may hold anything. In a figure they are text and nothing else.

/// As XML's text or as the value of an attribute in quotes, also inside HTML: <, >, &, " and ' are written as entities;
/// what would not print, turn the writing round or is no UTF-8 is written as in C.
std::string xml_text(std::string_view text);

/// At most `most` characters; of a longer text the beginning and an ellipsis.
std::string shortened(std::string_view text, std::size_t most);

/// As much of the text as is not wider than `width` (text_width()); an ellipsis behind it where that is not all.
std::string fitted(std::string_view text, double width);

/// About how wide a line of DejaVu Sans is, in units of the font's size. Other fonts that browsers choose in its place
/// are not wider by much. What is written in ideographs counts as 1 each.
double text_width(std::string_view text);

/// Lines not wider than `width`, broken at spaces, and inside of words that are wider alone.
std::string wrapped(std::string_view text, double width);

}  // namespace deepobs
