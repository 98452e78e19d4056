#pragma once

#include <string>
#include <string_view>

namespace deepobs {

enum class PictureFormat { pdf, png };

/// The bytes of a PDF or of a PNG with two pixels for each of the SVG's, made by the program rsvg-convert of Debian's
/// package librsvg2-bin: a library of its own would bring 38 packages to everybody who builds deepobs. The SVG should
/// have the theme `light`. PDFs have a time stamp in them; where SOURCE_DATE_EPOCH is set that time, so that the same
/// figure gives the same bytes.
/// Errors: missing, where there is no `program`, with the package to install; io, where it fails, with what it says.
std::string picture_of_svg(std::string_view svg, PictureFormat format, const std::string& program = "rsvg-convert");

}  // namespace deepobs
