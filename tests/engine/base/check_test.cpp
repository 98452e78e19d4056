#include "engine/base/check.h"

#include <doctest/doctest.h>

#include <locale>

#include "tests/error_of.h"

namespace deepobs {
namespace {

TEST_CASE("check: require passes what holds and throws what does not, with all parts in the message") {
  CHECK_NOTHROW(require(true, Fault::usage, "never seen"));
  check_error([] { require(false, Fault::data, "wanted ", 3, ", not ", 4.5); }, Fault::data, "wanted 3, not 4.5");
  check_error([] { fail(Fault::io, "disk"); }, Fault::io, "disk");
}

struct Counted {
  int* printed;
};
std::ostream& operator<<(std::ostream& out, const Counted& counted) {
  ++*counted.printed;
  return out;
}

TEST_CASE("check: a message is only made when it is needed") {
  int printed = 0;
  require(true, Fault::usage, Counted{&printed});
  CHECK(printed == 0);
  CHECK_THROWS_AS(require(false, Fault::usage, Counted{&printed}), Error);
  CHECK(printed == 1);
}

TEST_CASE("check: an error can be caught as what the standard knows") {
  CHECK_THROWS_AS(fail(Fault::internal, "x"), std::runtime_error);
}

TEST_CASE("check: a place is printed as the file below its folder, and the line") {
  const auto here = Place::current();
  CHECK(to_string(here) == text("base/check_test.cpp:", here.line()));
}

TEST_CASE("check: messages do not depend on the locale that the host has set") {
  struct Grouping : std::numpunct<char> {
    std::string do_grouping() const override { return "\3"; }
    char do_thousands_sep() const override { return '.'; }
    char do_decimal_point() const override { return ','; }
  };
  const std::locale before = std::locale::global(std::locale(std::locale::classic(), new Grouping));
  const std::string message = text(1234567, " ", 0.5);
  std::locale::global(before);
  CHECK(message == "1234567 0.5");
}

}  // namespace
}  // namespace deepobs
