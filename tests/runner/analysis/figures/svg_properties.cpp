#include "tests/runner/analysis/figures/svg_properties.h"

#include <doctest/doctest.h>

#include <charconv>
#include <optional>
#include <stdexcept>
#include <vector>

#include "runner/analysis/figures/writers/foreign_words.h"
#include "tests/runner/analysis/figures/xml_reader.h"

namespace deepobs::test {
namespace {

struct Box {
  double left, top, right, bottom;
};

double number(const std::string& text) {
  double value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size()) throw std::runtime_error("no number: " + text);
  return value;
}

/// The box around a path of M, L, V, H, h, a and z.
std::optional<Box> box_of_path(const std::string& d) {
  std::optional<Box> box;
  double x = 0, y = 0;
  std::size_t at = 0;
  char command = ' ';
  const auto next = [&] {
    while (at < d.size() && d[at] == ' ') ++at;
    double value = 0;
    const auto read = std::from_chars(d.data() + at, d.data() + d.size(), value, std::chars_format::fixed);
    if (read.ec != std::errc()) throw std::runtime_error("no number in the path at " + d.substr(at, 20));
    at = static_cast<std::size_t>(read.ptr - d.data());
    return value;
  };
  while (at < d.size()) {
    if (std::isalpha(static_cast<unsigned char>(d[at]))) command = d[at++];
    switch (command) {
      case 'M':
      case 'L':
        x = next();
        y = next();
        break;
      case 'V':
        y = next();
        break;
      case 'H':
        x = next();
        break;
      case 'h':
        x += next();
        break;
      case 'a':
        for (int i = 0; i < 5; ++i) next();
        x += next();
        y += next();
        break;
      case 'z':
        continue;
      default:
        throw std::runtime_error("an unknown command in " + d.substr(0, 40));
    }
    if (!box) box = Box{x, y, x, y};
    box = Box{std::min(box->left, x), std::min(box->top, y), std::max(box->right, x), std::max(box->bottom, y)};
  }
  return box;
}

std::string attribute(const XmlElement& element, const std::string& name) {
  const auto found = element.all.find(name);
  return found == element.all.end() ? "" : found->second;
}

Box box_of_words(const XmlElement& text) {
  const double x = number(text.own.at("x")), y = number(text.own.at("y")), size = number(attribute(text, "font-size"));
  const double width = text_width(text.text) * size;
  const std::string anchor = attribute(text, "text-anchor");
  const double before = anchor == "middle" ? width / 2 : anchor == "end" ? width : 0;
  if (text.own.contains("transform")) return {x - 0.76 * size, y - width / 2, x + 0.2 * size, y + width / 2};
  return {x - before, y - 0.76 * size, x - before + width, y + 0.2 * size};
}

bool overlap(const Box& a, const Box& b) {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}

}  // namespace

void check_svg(const std::string& svg, bool words_apart) {
  const std::vector<XmlElement> elements = read_xml(svg);
  const double width = number(elements[0].own.at("width")), height = number(elements[0].own.at("height"));
  std::optional<Box> frame;
  std::vector<std::pair<Box, std::string>> words;
  for (const XmlElement& element : elements) {
    const bool is_in_panel = element.all.contains("data-panel") && !element.own.contains("data-panel");
    if (element.own.contains("data-panel")) frame.reset();
    if (element.name == "path") {
      const std::optional<Box> box = box_of_path(element.own.at("d"));
      REQUIRE(box);
      if (is_in_panel && !frame && attribute(element, "class") == "muted") frame = box;
      if (is_in_panel && element.all.contains("data-series")) {
        REQUIRE(frame);
        INFO("path ", element.own.at("d").substr(0, 200));
        constexpr double mark = 7;
        CHECK(box->left >= frame->left - mark);
        CHECK(box->right <= frame->right + mark);
        CHECK(box->top >= frame->top - mark);
        CHECK(box->bottom <= frame->bottom + mark);
      }
    }
    if (element.name == "rect" && is_in_panel) {
      REQUIRE(frame);
      const double left = number(element.own.at("x")), top = number(element.own.at("y"));
      CHECK(left >= frame->left - 0.02);
      CHECK(top >= frame->top - 0.02);
      CHECK(left + number(element.own.at("width")) <= frame->right + 0.02);
      CHECK(top + number(element.own.at("height")) <= frame->bottom + 0.02);
    }
    if (element.name == "text") {
      const Box box = box_of_words(element);
      INFO("words ", element.text);
      CHECK(box.left >= 0);
      CHECK(box.top >= 0);
      CHECK(box.right <= width);
      CHECK(box.bottom <= height);
      if (!words_apart) continue;
      for (const auto& [other, other_words] : words) {
        INFO("beside ", other_words);
        CHECK_FALSE(overlap(box, other));
      }
      words.emplace_back(box, element.text);
    }
  }
}

}  // namespace deepobs::test
