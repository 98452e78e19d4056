#include "runner/analysis/figures/writers/svg.h"

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <locale>

#include "runner/analysis/figures/writers/braille.h"
#include "runner/analysis/figures/writers/foreign_words.h"
#include "runner/analysis/figures/writers/pgfplots.h"
#include "tests/error_of.h"
#include "tests/runner/analysis/figures/example_figures.h"
#include "tests/runner/analysis/figures/golden_text.h"
#include "tests/runner/analysis/figures/svg_properties.h"
#include "tests/runner/analysis/figures/xml_reader.h"
#include "tests/temp_dir.h"

namespace deepobs::test {
namespace {

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

TEST_CASE("svg: the golden pictures, whose words do not overlap") {
  check_golden_text("small_figure.svg", svg_text(small_figure()));
  check_golden_text("map_and_bars.svg", svg_text(map_and_bars()));
  check_golden_text("small_figure_page.svg", svg_text(small_figure(), {.theme = SvgTheme::page, .id = "small"}));
  check_svg(svg_text(small_figure()), true);
  check_svg(svg_text(map_and_bars()), true);
}

TEST_CASE("svg: readers who do not see it have role, title and description") {
  const std::vector<XmlElement> elements = read_xml(svg_text(small_figure(), {.id = "f-1"}));
  CHECK(elements[0].own.at("role") == "img");
  CHECK(elements[0].own.at("aria-labelledby") == "f-1-title f-1-desc");
  CHECK(elements[1].name == "title");
  CHECK(elements[1].own.at("id") == "f-1-title");
  CHECK(elements[1].text == "Example");
  CHECK(elements[2].name == "desc");
  CHECK(elements[2].text == "Lines: means of 3 runs; band: pointwise 95 % t interval.");
}

TEST_CASE("svg: themes") {
  const Figure figure = small_figure();
  const std::string light = svg_text(figure), dark = svg_text(figure, {.theme = SvgTheme::dark}),
                    page = svg_text(figure, {.theme = SvgTheme::page}),
                    bare = svg_text(figure, {.theme = SvgTheme::page, .embeds_style = false});
  CHECK(has(light, "color=\"#ffffff\""));
  CHECK_FALSE(has(light, "<style>"));
  CHECK(has(dark, "color=\"#15181d\""));
  CHECK_FALSE(has(dark, "color=\"#ffffff\""));
  CHECK(has(page, "prefers-color-scheme:dark"));
  CHECK(has(page, "--deepobs-six-0:#5790fc"));
  CHECK(bare == light);
  const std::string small = svg_text(figure, {.shows_title = false, .shows_description = false});
  CHECK(has(small, "<title id=\"figure-title\">Example</title>"));
  CHECK_FALSE(has(small, ">Example</text>"));
  CHECK_FALSE(has(small, "interval.</text>"));
  check_error([&] { svg_text(figure, {.id = "a b"}); }, Fault::usage, "a b came");
  check_error([&] { svg_text(figure, {.id = ""}); }, Fault::usage, "a letter");
}

TEST_CASE("svg: names are text and nothing else") {
  Figure figure = small_figure();
  for (const std::string& name : hostile_names()) {
    figure.title = figure.description = figure.series[0].name = figure.series[1].name = name;
    figure.panels[0].title = figure.panels[0].x.label = figure.panels[0].y.label = name;
    figure.panels[0].rules[0].label = figure.panels[0].notes[0].text = figure.panels[1].empty_text = name;
    figure.panels[0].x.names = {{0, name}, {3, name}};
    for (const bool has_line_labels : {false, true}) {
      figure.has_line_labels = has_line_labels;
      const std::string svg = svg_text(figure, {.theme = SvgTheme::page});
      check_svg(svg, false);
      for (const XmlElement& element : read_xml(svg)) {
        const std::string known = " svg title desc style rect path g text ";
        CHECK(has(known, " " + element.name + " "));
      }
      for (const char* turning : {"\xe2\x80\xae", "\xe2\x81\xa6", "\x1b"}) CHECK_FALSE(has(svg, turning));
    }
  }
}

TEST_CASE("svg: random figures are drawn inside their frames") {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    INFO("seed ", seed);
    const Figure figure = random_figure(seed);
    const std::string svg = svg_text(figure);
    check_svg(svg, false);
    CHECK(svg == svg_text(figure));
  }
}

TEST_CASE("svg: the host program's locale changes nothing, in no writer") {
  struct Commas : std::numpunct<char> {
    char do_decimal_point() const override { return ','; }
    char do_thousands_sep() const override { return '.'; }
    std::string do_grouping() const override { return "\3"; }
  };
  Figure figure = map_and_bars();
  figure.panels[1].bars[0].y = {1234567.5, 2e-7};
  const auto all = [&] { return svg_text(figure) + pgfplots_text(figure) + braille_text(figure); };
  const std::string before = all();
  const std::locale old = std::locale::global(std::locale(std::locale::classic(), new Commas));
  const std::string after = all();
  std::locale::global(old);
  CHECK(before == after);
}

TEST_CASE("svg: a hundred thousand points make a small file") {
  Figure figure{.title = "Large", .description = "Large."};
  figure.series = {{"SGD", {}}};
  PlotLine line;
  PlotPoints points{.is_small = true};
  for (int i = 0; i < 100000; ++i) {
    line.x.push_back(i);
    line.y.push_back(std::sin(i * 0.001));
    points.x.push_back(i % 1000);
    points.y.push_back(std::sin(i * 0.7));
  }
  figure.panels = {{.lines = {line}}};
  CHECK(svg_text(figure).size() < 20000);
  figure.panels = {{.points = {points}}};
  CHECK(svg_text(figure).size() < 4000000);  // a mark for each pixel that has one
}

TEST_CASE("svg: xmllint finds nothing wrong") {
  if (std::system("xmllint --version >/dev/null 2>&1") != 0) {
    MESSAGE("skipped: xmllint is not installed (Debian's package libxml2-utils)");
    return;
  }
  const TempDir folder;
  std::string command = "xmllint --noout";
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    const std::filesystem::path file = folder / (std::to_string(seed) + ".svg");
    std::ofstream(file) << svg_text(random_figure(seed), {.theme = SvgTheme::page});
    command += " " + file.string();
  }
  CHECK(std::system(command.c_str()) == 0);
}

TEST_CASE("svg: what is no figure is refused with the panel's name") {
  const auto refused = [](const std::function<void(Figure&)>& change, const MessageParts& parts) {
    Figure figure = small_figure();
    change(figure);
    check_error([&] { svg_text(figure); }, Fault::usage, parts);
  };
  refused([](Figure& f) { f.panels.clear(); }, "at least one panel");
  refused([](Figure& f) { f.columns = 0; }, "0 came");
  refused([](Figure& f) { f.panels[0].lines[0].y.pop_back(); }, {"panel A problem", "4 values of x and 3 of y"});
  refused([](Figure& f) { f.panels[0].bands[0].low.pop_back(); }, "4 values of x and 3 of low");
  refused([](Figure& f) { f.panels[0].points[0].series = 2; }, "series 2 of 2");
  refused([](Figure& f) { f.panels[0].y.limits = PlotLimits{1, 1}; }, {"the y axis", "1 and 1 came"});
  refused([](Figure& f) { f.panels[0].y.limits = PlotLimits{0, INFINITY}; }, "finite");
  refused([](Figure& f) { f.panels[0].y.scale = PlotScale::logarithmic; }, {"logarithmic", "0 came"});
  refused([](Figure& f) { f.panels[0].cells = {{{{1, 2}, {3}}}}; }, "2 values of the first row and 1 of another");
  refused([](Figure& f) { f.panels[0].bars = {{0, {1}, {1}, 0}}; }, "positive width");
}

TEST_CASE("svg: the reader of these tests refuses what is not well-formed") {
  for (const char* bad : {"<a>", "<a></b>", "<a b=c/>", "<a b=\"1\" b=\"2\"/>", "<a>&nbsp;</a>", "<a>&</a>", "<a/><b/>",
                          "<a>\xff</a>", "<a>\x01</a>", "<a b=\"<\"/>", "a", "<a>]]></a>"}) {
    INFO(bad);
    CHECK_THROWS_AS(read_xml(bad), std::runtime_error);
  }
  CHECK(read_xml("<a b=\"&lt;\">x<c/>y</a>")[0].text == "xy");
}

TEST_CASE("svg: words are measured, shortened and wrapped by characters") {
  CHECK(text_width("SGD") == doctest::Approx(0.63 + 0.78 + 0.77).epsilon(0.01));
  CHECK(shortened("abcdef", 6) == "abcdef");
  CHECK(shortened("abcdef", 4) == "abc…");
  CHECK(shortened("äöüß", 3) == "äö…");
  CHECK(fitted("WWWW", text_width("WWWW")) == "WWWW");
  CHECK(fitted("WWWW", text_width("WWW")) == "WW…");
  CHECK(wrapped("one two three", text_width("one two")) == "one two\nthree");
  CHECK(wrapped("wwwwww", text_width("www")) == "www\nwww");
  CHECK(wrapped("", 5).empty());
}

}  // namespace
}  // namespace deepobs::test
