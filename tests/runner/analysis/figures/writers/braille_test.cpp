#include "runner/analysis/figures/writers/braille.h"

#include "engine/base/utf8.h"
#include "runner/analysis/figures/writers/foreign_words.h"
#include "tests/error_of.h"
#include "tests/runner/analysis/figures/example_figures.h"
#include "tests/runner/analysis/figures/golden_text.h"

namespace deepobs::test {
namespace {

TEST_CASE("braille: the golden texts") {
  check_golden_text("small_figure.txt", braille_text(small_figure(), {.columns = 72, .rows = 10}));
  check_golden_text("map_and_bars.txt", braille_text(map_and_bars(), {.columns = 60, .rows = 10}));
}

TEST_CASE("braille: eight dots a character") {
  Figure figure{.title = "", .columns = 1};
  figure.series = {{"", {}}};
  Panel panel;
  panel.x.limits = PlotLimits{0, 1};
  panel.y.limits = PlotLimits{0, 1};
  panel.lines = {{0, {0, 1}, {1, 1}}, {0, {0, 1}, {0, 0}}};
  figure.panels = {panel};
  const std::string text = braille_text(figure, {.columns = 40, .rows = 4});
  const auto count = [&](const std::string& glyph) {
    std::size_t found = 0;
    for (std::size_t at = 0; (at = text.find(glyph, at)) != text.npos; at += glyph.size()) ++found;
    return found;
  };
  CHECK(count("⠉") + count("⣀") >= 70);  // a line along the upper dots, and one along the lower ones
  CHECK(count("⠉") == count("⣀"));
}

TEST_CASE("braille: colours only where they are wanted, and the same dots") {
  const std::string plain = braille_text(small_figure(), {.columns = 72});
  std::string coloured = braille_text(small_figure(), {.columns = 72, .has_colours = true});
  CHECK(plain.find('\x1b') == std::string::npos);
  CHECK(coloured.find("\x1b[38;5;") != std::string::npos);
  for (std::size_t at; (at = coloured.find('\x1b')) != coloured.npos;)
    coloured.erase(at, coloured.find('m', at) - at + 1);
  CHECK(coloured == plain);
}

TEST_CASE("braille: no line is wider than the terminal, for random figures") {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    for (const std::size_t columns : {40, 80, 133}) {
      INFO("seed ", seed, ", ", columns, " columns");
      const std::string text = braille_text(random_figure(seed), {.columns = columns, .rows = 4 + seed % 20});
      std::size_t width = 0;
      for (std::string_view rest = text; !rest.empty();) {
        const auto one = first_code_point(rest);
        REQUIRE(one);
        REQUIRE((one->code == '\n' || one->code >= 0x20));
        const bool is_wide = one->code >= 0x1100 && text_width(rest.substr(0, one->length)) >= 1;
        width = one->code == '\n' ? 0 : width + (is_wide ? 2 : 1);
        REQUIRE(width <= columns);
        rest.remove_prefix(one->length);
      }
    }
  }
  check_error([] { braille_text(small_figure(), {.columns = 39}); }, Fault::usage, "39 and 16 came");
}

}  // namespace
}  // namespace deepobs::test
