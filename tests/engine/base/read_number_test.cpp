#include "engine/base/read_number.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <optional>
#include <string>

namespace deepobs {
namespace {

template <class Number>
std::optional<Number> number(const std::string& text) {
  Number value{};
  return read_number(text, value) == NumberRead::number ? std::optional(value) : std::nullopt;
}

NumberRead whole_read(const std::string& text) {
  std::int64_t value = 0;
  return read_number(text, value);
}

TEST_CASE("read_number: a whole number in every spelling that people have for one") {
  constexpr std::int64_t least = std::numeric_limits<std::int64_t>::min(),
                         most = std::numeric_limits<std::int64_t>::max();
  for (const auto& each : {std::pair<std::string, std::int64_t>{"0", 0},
                           {"20", 20},
                           {"+20", 20},
                           {"-20", -20},
                           {"010", 10},
                           {"1e3", 1000},
                           {"1E3", 1000},
                           {"1e+3", 1000},
                           {"1e03", 1000},
                           {"1e9", 1'000'000'000},
                           {"-1e3", -1000},
                           {"2.5e2", 250},
                           {"2.50e1", 25},
                           {".5e1", 5},
                           {"5.", 5},
                           {"5.0", 5},
                           {"1000e-3", 1},
                           {"0.0", 0},
                           {"0e99999999999999999999", 0},
                           {"1e18", 1'000'000'000'000'000'000},
                           {"9223372036854775807", most},
                           {"9223372036854775807.0", most},
                           {"922337203685477580.7e1", most},
                           {"-9223372036854775808", least},
                           {"9007199254740993.0", 9'007'199'254'740'993}}) {  // 2^53 + 1 is no double
    INFO(each.first);
    CHECK(number<std::int64_t>(each.first) == each.second);
  }
}

TEST_CASE("read_number: what is no whole number, and what is beyond 64 bits") {
  for (const char* text : {"",   "+",   "-",     ".",     "e3",    "1.5",   "15e-1", "1e-1", "1e-99999999999999999999",
                           "1e", "1e+", "1e-",   "1e1.5", "1e++1", "1e+-1", "++1",   "+-1",  "--1",
                           " 1", "1 ",  "1_000", "0x10",  "1,5",   "abc",   "nan",   "inf",  "\xc2\xb2"}) {
    INFO(text);
    CHECK(whole_read(text) == NumberRead::no_number);
  }
  for (const char* text : {"9223372036854775808", "-9223372036854775809", "99999999999999999999", "1e19", "1e999",
                           "-1e99999999999999999999", "9223372036854775808e5"}) {
    INFO(text);
    CHECK(whole_read(text) == NumberRead::out_of_range);
  }
}

TEST_CASE("read_number: a number is rounded to the nearest double, and told where it is beyond all of them") {
  CHECK(number<double>("0.1") == 0.1);
  CHECK(number<double>("+.5") == 0.5);
  CHECK(number<double>("-1e-3") == -1e-3);
  CHECK(number<double>("9007199254740993") == 9007199254740992.);
  CHECK(std::isnan(number<double>("nan").value()));
  CHECK(number<double>("-inf") == -HUGE_VAL);
  for (const char* text : {"", "+", "+-1", "++1", " 1", "1 ", "1x", "0x10", "1e", "small"}) {
    INFO(text);
    CHECK_FALSE(number<double>(text).has_value());
  }
  double value = 0;
  CHECK(read_number("1e999", value) == NumberRead::out_of_range);
  CHECK(read_number("1e-999", value) == NumberRead::out_of_range);
}

TEST_CASE("whole_number: a double that is whole, as far as it stands for no other") {
  CHECK(whole_number(1000.) == 1000);
  CHECK(whole_number(-0.) == 0);
  CHECK(whole_number(0x1p53) == std::int64_t{1} << 53);
  for (const double none : {0.5, -1.5, 0x1p53 + 2, -0x1p54, 1e300, std::nan(""), HUGE_VAL, -HUGE_VAL})
    CHECK_FALSE(whole_number(none).has_value());
}

}  // namespace
}  // namespace deepobs
