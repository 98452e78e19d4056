#include "runner/cli/options/argument.h"

#include <charconv>
#include <system_error>

#include "engine/base/check.h"
#include "engine/base/printable.h"

namespace deepobs {
namespace {

template <class Number>
Number parsed(std::string_view option, std::string_view wanted, const std::string& given) {
  std::string_view digits = given;
  if (digits.starts_with('+') && !digits.starts_with("+-")) digits.remove_prefix(1);
  Number number{};
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  const bool all_read = !digits.empty() && end == digits.data() + digits.size();
  require(!all_read || error != std::errc::result_out_of_range, Fault::usage, option, ": '", printable(given),
          "' is too large or too small to be represented");
  require(all_read && error == std::errc(), Fault::usage, option, " must be ", wanted, ", not '", printable(given),
          "'");
  return number;
}

template <class Number>
Number single(std::string_view option, std::string_view wanted, const ArgumentTexts& given) {
  require(given.size() == 1, Fault::usage, option, " must be ", wanted, ", not ", given.size(), " values");
  return parsed<Number>(option, wanted, given.front());
}

}  // namespace

void read_argument(std::string_view option, const ArgumentTexts& given, double& value) {
  value = single<double>(option, "a number", given);
}

void read_argument(std::string_view option, const ArgumentTexts& given, std::int64_t& value) {
  value = single<std::int64_t>(option, "a whole number", given);
}

void read_argument(std::string_view option, const ArgumentTexts& given, int& value) {
  value = single<int>(option, "a whole number", given);
}

void read_argument(std::string_view option, const ArgumentTexts& given, std::vector<double>& values) {
  values.clear();
  for (const auto& one : given) values.push_back(parsed<double>(option, "numbers", one));
}

}  // namespace deepobs
