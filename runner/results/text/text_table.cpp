#include "runner/results/text/text_table.h"

#include <algorithm>
#include <cmath>
#include <iomanip>
#include <locale>
#include <sstream>

#include "engine/base/check.h"

namespace deepobs {

std::size_t characters_in(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(text, [](char c) { return (c & 0xC0) != 0x80; }));
}

TextTable::TextTable(std::vector<std::string> titles) {
  for (auto& title : titles) {
    right_.push_back(title.starts_with('>'));
    if (right_.back()) title.erase(0, 1);
  }
  rows_.push_back(std::move(titles));
}

void TextTable::add(std::vector<std::string> words) {
  require(words.size() == right_.size(), Fault::internal, "a table of ", right_.size(), " columns got a row of ",
          words.size());
  rows_.push_back(std::move(words));
}

std::string TextTable::text() const {
  std::vector<std::size_t> widths(right_.size());
  for (const auto& row : rows_)
    for (std::size_t c = 0; c < row.size(); ++c) widths[c] = std::max(widths[c], characters_in(row[c]));
  std::string all;
  for (const auto& row : rows_) {
    std::string line;
    for (std::size_t c = 0; c < row.size(); ++c) {
      const std::string space(widths[c] - characters_in(row[c]), ' ');
      line += (c == 0 ? "" : "  ") + (right_[c] ? space + row[c] : row[c] + space);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    all += line + '\n';
  }
  return all;
}

std::string fixed(double value, int digits) {
  std::ostringstream out;
  out.imbue(std::locale::classic());
  out << std::fixed << std::setprecision(digits) << value;
  return out.str();
}

std::string short_number(double value) {
  const double size = std::fabs(value);
  if (!(size > 0) || !std::isfinite(size)) return fixed(value, 0);
  const int before_point = static_cast<int>(std::floor(std::log10(size))) + 1;
  return fixed(value, std::clamp(3 - before_point, 0, 9));
}

}  // namespace deepobs
