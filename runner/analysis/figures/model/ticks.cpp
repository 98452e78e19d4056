#include "runner/analysis/figures/model/ticks.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace deepobs {
namespace {

/// Exactly the double nearest to digit * 10^exponent, which no product of powers is.
double decimal(double digits, int exponent) {
  char text[64];
  char* end = std::to_chars(text, text + 40, digits, std::chars_format::fixed, 0).ptr;
  *end++ = 'e';
  end = std::to_chars(end, text + sizeof text, exponent).ptr;
  double value = 0;
  std::from_chars(text, end, value);  // beyond the range it stays 0
  return value;
}

/// How many digits tell numbers of this size apart that are `step` apart.
int digits_for(double largest, double step) {
  const double ratio = largest / step;
  return std::clamp(static_cast<int>(std::ceil(std::log10(std::max(ratio, 1.)) - 1e-9)) + 1, 1, 17);
}

std::vector<Tick> linear_ticks(const PlotLimits& limits, std::size_t most) {
  const double distance = limits.high / 2 - limits.low / 2;  // half of it: the whole may overflow
  if (!(distance / static_cast<double>(most) > 0)) return {};  // neighbours among the smallest numbers
  const int exponent = static_cast<int>(std::floor(std::log10(distance / static_cast<double>(most)))) - 1;
  // The smallest step with few enough ticks. Three decades hold it: each try is a factor of 2 or 2.5.
  for (int tries = 0; tries < 12; ++tries) {
    const double digit = tries % 3 == 0 ? 1 : tries % 3 == 1 ? 2 : 5;
    const int power = exponent + tries / 3;
    const double step = decimal(digit, power);
    if (step == 0 || !std::isfinite(step)) continue;
    const double first = std::ceil(limits.low / step), last = std::floor(limits.high / step);
    if (!(last - first < static_cast<double>(most)) || !(std::abs(first) < 1e15) || !(std::abs(last) < 1e15)) continue;
    std::vector<Tick> ticks;
    const int digits = digits_for(std::max(std::abs(first), std::abs(last)), 1 / digit) + 1;
    for (double k = first; k <= last; ++k) {
      const double value = k == 0 ? 0 : k < 0 ? -decimal(-k * digit, power) : decimal(k * digit, power);
      if (value >= limits.low && value <= limits.high) ticks.push_back({value, tick_text(value, digits)});
    }
    return ticks;
  }
  return {};
}

std::vector<Tick> logarithmic_ticks(const PlotLimits& limits, std::size_t most) {
  const int first = static_cast<int>(std::floor(std::log10(limits.low))) - 1,
            last = static_cast<int>(std::ceil(std::log10(limits.high))) + 1;
  const auto inside = [&](double value) { return value >= limits.low && value <= limits.high; };
  std::vector<Tick> powers, some;
  for (int exponent = first; exponent <= last; ++exponent)
    for (const double digit : {1, 2, 5}) {
      const double value = decimal(digit, exponent);
      if (value == 0 || !inside(value)) continue;
      some.push_back({value, tick_text(value)});
      if (digit == 1) powers.push_back(some.back());
    }
  if (powers.size() > most || powers.size() > 3) {
    // Multiples of the stride, so that 1 is among them where it can be.
    int stride = 1;
    for (const int round : {2, 3, 5, 10, 20, 50, 100, 200, 500})
      if (static_cast<std::size_t>(stride) * most < powers.size()) stride = round;
    std::erase_if(powers, [&](const Tick& tick) { return std::lround(std::log10(tick.value)) % stride != 0; });
    const bool has_exponent = std::any_of(powers.begin(), powers.end(),
                                          [](const Tick& tick) { return tick.text.find('e') != std::string::npos; });
    for (Tick& tick : powers) {
      const long exponent = std::lround(std::log10(tick.value));
      if (has_exponent && std::abs(exponent) > 2) tick.text = "1e" + std::to_string(exponent);
    }
    return powers;
  }
  if (some.size() >= 3 && some.size() <= most) return some;
  if (powers.size() >= 2) return powers;
  if (some.size() > most) return powers;
  return linear_ticks(limits, most);
}

}  // namespace

std::string tick_text(double value, int digits) {
  if (!std::isfinite(value)) return std::isnan(value) ? "nan" : value > 0 ? "inf" : "-inf";
  if (value == 0) return "0";
  char text[64];
  char* end = std::to_chars(text, text + sizeof text, value, std::chars_format::general, digits).ptr;
  std::string word(text, static_cast<std::size_t>(end - text));
  // printf's %g goes over to exponents at the sixth digit, whatever it is asked for; 150000 is read faster than 1.5e+05.
  const double size = std::abs(value);
  if (size >= 1e-4 && size < 1e7 && word.find('e') != std::string::npos) {
    end = std::to_chars(text, text + sizeof text, value, std::chars_format::fixed, 0).ptr;
    word.assign(text, static_cast<std::size_t>(end - text));
  }
  if (const std::size_t plus = word.find("e+"); plus != std::string::npos) word.erase(plus + 1, 1);
  // "1e-5", as people write learning rates.
  if (const std::size_t zero = word.find("e-0"); zero != std::string::npos) word.erase(zero + 2, 1);
  if (const std::size_t zero = word.find("e0"); zero != std::string::npos) word.erase(zero + 1, 1);
  return word;
}

std::vector<Tick> round_ticks(PlotScale scale, const PlotLimits& limits, std::size_t most) {
  most = std::clamp<std::size_t>(most, 2, 20);
  std::vector<Tick> ticks = scale == PlotScale::linear ? linear_ticks(limits, most) : logarithmic_ticks(limits, most);
  // Where limits are neighbours, rounding makes several ticks one.
  ticks.erase(std::unique(ticks.begin(), ticks.end(), [](const Tick& a, const Tick& b) { return a.value >= b.value; }),
              ticks.end());
  return ticks;
}

}  // namespace deepobs
