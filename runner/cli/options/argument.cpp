#include "runner/cli/options/argument.h"

#include <utility>

#include "engine/base/check.h"
#include "engine/base/printable.h"
#include "engine/base/read_number.h"

namespace deepobs {
namespace {

template <class Number>
Number parsed(std::string_view option, std::string_view wanted, const std::string& given) {
  Number number{};
  const NumberRead read = read_number(given, number);
  require(read != NumberRead::out_of_range, Fault::usage, option, ": '", printable_name(given),
          "' is too large or too small to be represented");
  require(read == NumberRead::number, Fault::usage, option, " must be ", wanted, ", not '", printable_name(given), "'");
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
  const auto whole = single<std::int64_t>(option, "a whole number", given);
  require(std::in_range<int>(whole), Fault::usage, option, ": '", whole,
          "' is too large or too small to be represented");
  value = static_cast<int>(whole);
}

void read_argument(std::string_view option, const ArgumentTexts& given, std::vector<double>& values) {
  values.clear();
  for (const auto& one : given) values.push_back(parsed<double>(option, "numbers", one));
}

}  // namespace deepobs
