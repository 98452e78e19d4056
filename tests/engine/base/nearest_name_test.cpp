#include "engine/base/nearest_name.h"

#include <doctest/doctest.h>

#include "tests/error_of.h"

namespace deepobs {
namespace {

const std::vector<std::string> known{"SGD", "Adam", "AdamW", "ASGD"};

TEST_CASE("the nearest name is the one with the fewest letters to change") {
  CHECK(nearest("Adm", known) == "Adam");
  CHECK(nearest("adamw", known) == "AdamW");
  CHECK(nearest("sgd", known) == "SGD");
  CHECK(nearest("asgd", known) == "ASGD");
  CHECK(nearest("SDG", known) == "SGD");    // one swap
  CHECK(nearest("Adan", known) == "Adam");  // two letters would make it AdamW
}

TEST_CASE("nothing is near when more than half of the letters are wrong") {
  CHECK(nearest("Lion", known).empty());
  CHECK(nearest("", known).empty());
  CHECK(nearest("Adam", {}).empty());
  CHECK(nearest("SXX", known).empty());
}

TEST_CASE("of equally near names the first is taken") {
  const std::vector<std::string> letters{"ab", "ac"};
  CHECK(nearest("ad", letters) == "ab");
}

struct Named {
  std::string name;
  int value;
};

TEST_CASE("find_named finds or says what there is") {
  const std::vector<Named> all{{"SGD", 1}, {"Adam", 2}};
  CHECK(find_named(all, "optimizer", "Adam").value == 2);
  check_error([&] { find_named(all, "optimizer", "Adm"); }, Fault::usage,
              "unknown optimizer 'Adm': did you mean Adam? There are: SGD, Adam");
  check_error([&] { find_named(all, "optimizer", "Lion"); }, Fault::usage,
              "unknown optimizer 'Lion'; there are: SGD, Adam");
  check_error([&] { find_named(std::vector<Named>{}, "setting", "x"); }, Fault::usage,
              "unknown setting 'x'; there is none");
}

}  // namespace
}  // namespace deepobs
