#include "runner/results/text/text_table.h"

#include <doctest/doctest.h>

#include <limits>

#include "tests/error_of.h"

namespace deepobs {
namespace {

TEST_CASE("bench table: columns are as wide as their widest word, numbers stand on the right") {
  TextTable table({"name", ">number", "note"});
  table.add({"a", "1", ""});
  table.add({"longer", "12345678", "x"});
  CHECK(table.text() ==
        "name      number  note\n"
        "a              1\n"
        "longer  12345678  x\n");
  check_error([&] { table.add({"one"}); }, Fault::internal, "3 columns got a row of 1");
}

TEST_CASE("bench table: numbers have three digits that count, and no exponent") {
  CHECK(short_number(0.012345) == "0.0123");
  CHECK(short_number(1.2345) == "1.23");
  CHECK(short_number(12.345) == "12.3");
  CHECK(short_number(123.45) == "123");
  CHECK(short_number(1234567) == "1234567");
  CHECK(short_number(0) == "0");
  CHECK(short_number(-12.345) == "-12.3");
  CHECK(short_number(1e-30) == "0.000000000");
  CHECK(short_number(std::numeric_limits<double>::infinity()) == "inf");
  CHECK(fixed(2.345, 1) == "2.3");
}

}  // namespace
}  // namespace deepobs
