#pragma once

#include <string>

#include "runner/analysis/figures/model/figure.h"

namespace deepobs {

struct PgfplotsOptions {
  bool is_document = true;  ///< a document of its own (class standalone); else only the picture, for \input
};

/// The figure as LaTeX for pgfplots 1.16 and its library groupplots, to be edited: data stand in tables, colours have
/// names, each series has one style for all of its plots; the legend stands once, above the first panel. Title and
/// description are comments, for the caption. All values are there, but for those that an axis has no place for, which are
/// gaps with a cross. Names are text: what means something to LaTeX is escaped. Letters that are not Latin need LuaLaTeX
/// or XeLaTeX. Errors: those of require_whole().
std::string pgfplots_text(const Figure& figure, const PgfplotsOptions& options = {});

}  // namespace deepobs
