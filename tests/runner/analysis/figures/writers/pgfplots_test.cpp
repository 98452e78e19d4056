#include "runner/analysis/figures/writers/pgfplots.h"

#include <doctest/doctest.h>

#include "tests/runner/analysis/figures/example_figures.h"
#include "tests/runner/analysis/figures/golden_text.h"

namespace deepobs::test {
namespace {

TEST_CASE("pgfplots: the golden files") {
  check_golden_text("small_figure.tex", pgfplots_text(small_figure()));
  check_golden_text("map_and_bars.tex", pgfplots_text(map_and_bars(), {.is_document = false}));
}

TEST_CASE("pgfplots: names are text and nothing else") {
  Figure figure = small_figure();
  figure.series[0].name = "100 % of $x_1^2$ {#1} ~ \\input{/etc/passwd} & <b>";
  const std::string tex = pgfplots_text(figure);
  CHECK(tex.find("\\addlegendentry{100 \\% of \\$x\\_1\\textasciicircum{}2\\$ \\{\\#1\\} \\textasciitilde{} "
                 "\\textbackslash{}input\\{/etc/passwd\\} \\& \\ensuremath{<}b\\ensuremath{>}}\n") !=
        std::string::npos);
  // A comment ends with its line, and no name ends a line.
  figure.title = figure.description = figure.series[0].name = "first\n\\input{second}\r\\third";
  CHECK(pgfplots_text(figure).find("\n\\input") == std::string::npos);
}

TEST_CASE("pgfplots: random figures have braces in pairs and no infinite coordinates") {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    INFO("seed ", seed);
    const std::string tex = pgfplots_text(random_figure(seed));
    long depth = 0;
    bool is_comment = false;
    for (std::size_t i = 0; i < tex.size(); ++i) {
      if (tex[i] == '\n') is_comment = false;
      if (is_comment) continue;
      if (tex[i] == '\\') {
        ++i;
      } else if (tex[i] == '%') {
        is_comment = true;
      } else if (tex[i] == '{') {
        ++depth;
      } else if (tex[i] == '}') {
        REQUIRE(--depth >= 0);
      }
    }
    CHECK(depth == 0);
    CHECK(tex.find("inf ") == std::string::npos);
    CHECK(tex.find("inf\n") == std::string::npos);
  }
}

}  // namespace
}  // namespace deepobs::test
