#include "runner/analysis/figures/writers/picture.h"

#include <cstdlib>

#include "runner/analysis/figures/writers/svg.h"
#include "tests/error_of.h"
#include "tests/runner/analysis/figures/example_figures.h"

namespace deepobs::test {
namespace {

TEST_CASE("picture: without the program the error names the package") {
  check_error([] { picture_of_svg("<svg/>", PictureFormat::pdf, "no-such-program"); }, Fault::missing,
              {"no-such-program", "not installed", "Debian's package librsvg2-bin"});
}

TEST_CASE("picture: what a program says when it fails is in the error") {
  // cat takes no --format: it stands for a program that fails.
  check_error([] { picture_of_svg("<svg/>", PictureFormat::pdf, "cat"); }, Fault::io,
              {"cat made no picture", "format"});
  check_error([] { picture_of_svg("<svg/>", PictureFormat::pdf, "true"); }, Fault::io, "true made no picture");
}

TEST_CASE("picture: PDF and PNG by rsvg-convert") {
  if (std::system("rsvg-convert --version >/dev/null 2>&1") != 0) {
    MESSAGE("skipped: rsvg-convert is not installed (Debian's package librsvg2-bin)");
    return;
  }
  const std::string svg = svg_text(small_figure());
  CHECK(picture_of_svg(svg, PictureFormat::pdf).starts_with("%PDF-"));
  const std::string png = picture_of_svg(svg, PictureFormat::png);
  REQUIRE(png.starts_with("\x89PNG"));
  const std::size_t at = svg.find("width=\"") + 7;
  const double width = std::strtod(svg.c_str() + at, nullptr);
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(png[i]); };
  CHECK(std::abs(byte(18) * 256 + byte(19) - 2 * width) <= 2);  // IHDR's width, of which the upper bytes are 0
  check_error([] { picture_of_svg("<svg", PictureFormat::png); }, Fault::io, "made no picture");
}

}  // namespace
}  // namespace deepobs::test
