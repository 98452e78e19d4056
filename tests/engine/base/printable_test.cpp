#include "engine/base/printable.h"

#include <doctest/doctest.h>

namespace deepobs {

TEST_CASE("printable: words stay as they are, in every language") {
  for (const char* text : {"", "abc 'x' \\n {}%", "\xc3\xa4\xc3\x9f", "\xe6\x97\xa5\xe6\x9c\xac", "\xf0\x9f\x98\x80"})
    CHECK(printable(text) == text);
}

TEST_CASE("printable: what a terminal would obey is written out") {
  CHECK(printable("\x1b[31mred\x07") == "\\x1b[31mred\\x07");
  CHECK(printable("a\nb\tc\rd\x7f") == "a\\nb\\tc\\rd\\x7f");
  CHECK(printable(std::string_view("a\0b", 3)) == "a\\x00b");
  CHECK(printable("\xc2\x9b"
                  "31m") == "\\xc2\\x9b31m");  // CSI in one character
  CHECK(printable("\xe2\x80\xae"
                  "abc") ==
        "\\xe2\\x80\\xae"
        "abc");  // from right to left
  CHECK(printable("\xe2\x81\xa6\xe2\x80\xa8") == "\\xe2\\x81\\xa6\\xe2\\x80\\xa8");
}

TEST_CASE("printable: bytes that are no UTF-8 are written out") {
  CHECK(printable("\xff\x80 a") == "\\xff\\x80 a");
  CHECK(printable("\xc3") == "\\xc3");
  CHECK(printable("\xe2\x82") == "\\xe2\\x82");
  CHECK(printable("\xc0\x8a") == "\\xc0\\x8a");           // a line end in two bytes
  CHECK(printable("\xed\xa0\x80") == "\\xed\\xa0\\x80");  // half a surrogate pair
  CHECK(printable("\xf4\x90\x80\x80") == "\\xf4\\x90\\x80\\x80");
}

TEST_CASE("printable_lines: line ends stay") {
  CHECK(printable_lines("a\x1b\n\tb\n") == "a\\x1b\n\\tb\n");
  CHECK(printable_lines("") == "");
  CHECK(printable_lines("\n\n") == "\n\n");
}

TEST_CASE("printable_name: what is long is cut between two characters, with the number of its bytes") {
  CHECK(printable_name("momentum") == "momentum");
  CHECK(printable_name(std::string(80, 'a')) == std::string(80, 'a'));
  CHECK(printable_name(std::string(5000, 'a')) == std::string(80, 'a') + "... (5000 bytes)");
  std::string umlauts;
  for (int i = 0; i < 50; ++i) umlauts += "\xc3\xa4";
  CHECK(printable_name(umlauts) == umlauts.substr(0, 80) + "... (100 bytes)");
  CHECK(printable_name("a\nb") == "a\\nb");
}

}  // namespace deepobs
