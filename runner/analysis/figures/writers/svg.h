#pragma once

#include <string>

#include "runner/analysis/figures/model/figure.h"

namespace deepobs {

enum class SvgTheme {
  light,  ///< for files, print and other programs
  dark,
  page,  ///< follows the page or the system: colours are CSS variables
};

struct SvgOptions {
  SvgTheme theme = SvgTheme::light;
  std::string id = "figure";      ///< of the elements that name it: another one for each figure of a page
  bool embeds_style = true;       ///< with the theme of a page; false where the page has svg_style_sheet() itself
  bool shows_title = true;        ///< else only readers who do not see the picture get it
  bool shows_description = true;  ///< likewise; a page may have it as the figure's caption
};

/// The figure as an SVG element, UTF-8: text can be selected, and everything of a series is in a group with its name as
/// `data-series`. Role, title and description are there for readers who do not see it. The same figure gives the same
/// bytes. Lines of more than most_points are drawn through the extremes of buckets (visible.h).
/// Errors: those of require_whole(); usage, for an id that is not a letter and then letters, digits, - and _.
std::string svg_text(const Figure& figure, const SvgOptions& options = {});

/// The colours of the theme `page`, as CSS: light ones in print, and where neither the system nor the attribute
/// data-theme="dark" of the root element asks for dark ones; data-theme="light" wins over the system.
std::string svg_style_sheet();

}  // namespace deepobs
