#include "runner/analysis/figures/model/look.h"

#include <algorithm>
#include <set>
#include <tuple>

#include "runner/analysis/figures/writers/colours.h"
#include "tests/error_of.h"

namespace deepobs::test {
namespace {

using Names = std::vector<std::string>;

Names numbered(std::size_t count) {
  Names names{"Adam", "SGD"};
  for (std::size_t i = 2; i < count; ++i) names.push_back("optimizer " + std::to_string(i));
  return names;
}

TEST_CASE("looks: named optimizers have the same place beside anybody") {
  for (const Names& names : {Names{"SGD"}, Names{"Adam", "Muon", "SGD"}, Names{"Zebra", "SGD", "Adagrad", "Adam"}}) {
    CHECK(Looks(names).of("SGD") == Look{{Palette::six, 0}, Dash::solid, Marker::circle});
    if (names.size() > 1) CHECK(Looks(names).of("Adam") == Look{{Palette::six, 2}, Dash::dotted, Marker::triangle});
  }
  CHECK(Looks(Names{"GradientDescentOptimizer"}).of("GradientDescentOptimizer").colour.index == 0);
  CHECK(Looks(Names{"Adam", "AdamOptimizer"}).of("AdamOptimizer").colour.index == 0);  // the place is taken
  CHECK(Looks(Names{"B", "A", "SGD"}).of("A") == Looks(Names{"A", "B", "SGD", "A"}).of("A"));
}

TEST_CASE("looks: no two optimizers look alike, up to a hundred") {
  for (const std::size_t count : {2, 6, 7, 10, 11, 40, 100}) {
    const Names names = numbered(count);
    const Looks looks(names);
    std::set<std::tuple<int, std::size_t, int, int>> seen;
    std::set<std::pair<int, std::size_t>> colours;
    for (const std::string& name : names) {
      const Look& look = looks.of(name);
      seen.emplace(static_cast<int>(look.colour.palette), look.colour.index, static_cast<int>(look.dash),
                   static_cast<int>(look.marker));
      colours.emplace(static_cast<int>(look.colour.palette), look.colour.index);
      named_colour(look.colour);  // it is there
    }
    CHECK(seen.size() == count);
    CHECK(colours.size() == (count <= 10 ? count : 3));  // beyond ten: SGD, Adam and grey
    if (count > 10) CHECK(looks.of(names[5]).colour.palette == Palette::grey);
  }
}

TEST_CASE("looks: among many the highlighted ones have colours") {
  const Names names = numbered(20);
  const Looks looks(names, Names{"optimizer 7", "optimizer 8"});
  CHECK(looks.of("optimizer 7").colour == PaletteColour{Palette::six, 0});
  CHECK(looks.of("optimizer 8").colour == PaletteColour{Palette::six, 1});
  CHECK(looks.of("SGD").colour.palette == Palette::grey);
  check_error([&] { Looks(names, Names{"Lion"}); }, Fault::usage, "cannot highlight Lion");
  check_error([&] { Looks(names, Names(7, "SGD")); }, Fault::usage, "7 names came");
  check_error([&] { looks.of("Lion"); }, Fault::usage, "no look was made for the optimizer Lion");
}

TEST_CASE("colours: the dark ones can be told from the paper, and cividis becomes lighter all the way") {
  const auto contrast = [](const Rgb& a, const Rgb& b) {
    const double x = luminance(a) + 0.05, y = luminance(b) + 0.05;
    return std::max(x, y) / std::min(x, y);
  };
  const NamedColour& paper = named_colour("paper");
  for (const NamedColour& colour : named_colours) {
    INFO(std::string(colour.name));
    if (colour.name == "paper" || colour.name == "grid") continue;
    CHECK(contrast(colour.dark, paper.dark) >= 4.2);
    if (colour.name == "ink" || colour.name == "muted") CHECK(contrast(colour.light, paper.light) >= 4.5);
  }
  CHECK(hex(cividis(0)) == "00204d");
  CHECK(hex(cividis(1)) == "ffea46");
  CHECK(hex(cividis(7)) == "ffea46");
  for (int i = 0; i < 100; ++i) {
    const Rgb colour = cividis(i / 100.);
    CHECK(luminance(colour) < luminance(cividis((i + 1) / 100.)));
    CHECK(contrast(colour, wants_white_text(colour) ? Rgb{255, 255, 255} : Rgb{0, 0, 0}) >= 4.5);
  }
}

}  // namespace
}  // namespace deepobs::test
