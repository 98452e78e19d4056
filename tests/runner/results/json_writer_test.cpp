#include "runner/results/json/json_writer.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <variant>

#include "engine/base/named_value.h"
#include "tests/error_of.h"

namespace deepobs {

namespace {

// What json.dumps made of the objects below, in CPython 3.11.
const char* const one_line =
    R"({"a": [1, 2.0, 1e-05, 1e+16, true, false, null], "e": [], "o": {}, "s": "\"\\/\b\f\n\r\t\u0000\u001f\u007f\u00e9\u20ac\ud83d\ude00~ ", "n": [NaN, Infinity, -Infinity], "d": {"k": {"x": -0.0}}})";
const char* const indented = R"({
    "a": [
        1,
        2.0
    ],
    "e": [],
    "o": {},
    "d": {
        "k": {
            "x": [
                []
            ]
        }
    }
})";

JsonWriter& write_nested(JsonWriter& json) {
  json.begin_object();
  json.key("a").begin_array().value(1).value(2.0).end_array();
  json.key("e").begin_array().end_array().key("o").begin_object().end_object();
  json.key("d").begin_object().key("k").begin_object().key("x").begin_array().begin_array().end_array().end_array();
  return json.end_object().end_object().end_object();
}

}  // namespace

TEST_CASE("json_writer: one line, as json.dumps(value)") {
  JsonWriter json;
  json.begin_object().key("a").begin_array();
  json.value(1).value(2.0).value(1e-5).value(1e16).value(true).value(false).null().end_array();
  json.member("e", std::vector<double>{}).key("o").begin_object().end_object();
  json.member("s", std::string("\"\\/\b\f\n\r\t\0\x1f\x7f\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80~ ", 22));
  const double infinity = HUGE_VAL;
  json.member("n", std::vector<double>{std::numeric_limits<double>::quiet_NaN(), infinity, -infinity});
  json.key("d").begin_object().key("k").begin_object().member("x", -0.0).end_object().end_object().end_object();
  CHECK(json.finish() == one_line);
}

TEST_CASE("json_writer: one element per line, as json.dumps(value, indent=n)") {
  JsonWriter four(4), zero(0);
  CHECK(write_nested(four).finish() == indented);
  CHECK(write_nested(zero).finish() ==
        "{\n\"a\": [\n1,\n2.0\n],\n\"e\": [],\n\"o\": {},\n\"d\": {\n\"k\": {\n\"x\": [\n[]\n]\n}\n}\n}");
}

TEST_CASE("json_writer: values of hyperparameters keep their types") {
  JsonWriter json;
  json.begin_array();
  const HyperValue values[] = {false, std::int64_t{20}, 1.0, std::vector<double>{0.9, 0.999}};
  for (const HyperValue& each : values) std::visit([&](const auto& value) { json.value(value); }, each);
  json.value(std::numeric_limits<std::int64_t>::min()).value(std::numeric_limits<std::uint64_t>::max()).value("text");
  CHECK(json.end_array().finish() ==
        "[false, 20, 1.0, [0.9, 0.999], -9223372036854775808, 18446744073709551615, \"text\"]");
}

TEST_CASE("json_writer: a lone value is a text, nothing is not") {
  JsonWriter lone, nothing;
  CHECK(lone.value(0.5).finish() == "0.5");
  check_error([&] { nothing.finish(); }, Fault::internal, "not complete");
}

TEST_CASE("json_writer: misuse is reported, not written") {
  const auto misuse = [](auto use, const char* part) {
    JsonWriter json;
    check_error([&] { use(json); }, Fault::internal, part);
  };
  misuse([](JsonWriter& j) { j.begin_object().value(1); }, "needs its key first");
  misuse([](JsonWriter& j) { j.begin_object().begin_array(); }, "needs its key first");
  misuse([](JsonWriter& j) { j.begin_object().member("a", 1).key("a"); }, "'a' comes twice");
  misuse([](JsonWriter& j) { j.begin_object().key("a").key("b"); }, "'b' stands where no key belongs");
  misuse([](JsonWriter& j) { j.begin_array().key("a"); }, "'a' stands where no key belongs");
  misuse([](JsonWriter& j) { j.key("a"); }, "'a' stands where no key belongs");
  misuse([](JsonWriter& j) { j.begin_object().key("a").end_object(); }, "'}' closes nothing");
  misuse([](JsonWriter& j) { j.begin_object().end_array(); }, "']' closes nothing");
  misuse([](JsonWriter& j) { j.end_array(); }, "']' closes nothing");
  misuse([](JsonWriter& j) { j.value(1).value(2); }, "second value");
  misuse([](JsonWriter& j) { j.begin_array().finish(); }, "not complete");
  misuse([](JsonWriter&) { JsonWriter(-2); }, "indent must be 0 or more, not -2");
}

TEST_CASE("json_string: what is not UTF-8 is refused") {
  // Stray and missing continuation, overlong forms, a surrogate, beyond 10FFFF, cut short.
  for (const char* bad : {"\x80", "\xc3(", "\xc0\xaf", "\xc1\xbf", "\xe0\x9f\xbf", "\xf0\x8f\xbf\xbf", "\xed\xa0\x80",
                          "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "ok\xe2\x82", "\xf0\x9f\x98"})
    check_error([&] { json_string(bad); }, Fault::usage, "must be UTF-8");
  CHECK(
      json_string("\xc2\x80\xdf\xbf\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf\xf0\x90\x80\x80\xf4\x8f\xbf\xbf") ==
      R"("\u0080\u07ff\u0800\ud7ff\ue000\uffff\ud800\udc00\udbff\udfff")");
}

TEST_CASE("utf8_text: any bytes, such as those of a path, can be a text") {
  CHECK(utf8_text("a/b \xC3\xA9.st") == "a/b \xC3\xA9.st");
  CHECK(utf8_text("\xFFx\xC3") == "\\xffx\\xc3");
  CHECK(utf8_text("\xED\xA0\x80") == "\\xed\\xa0\\x80");  // a surrogate
  CHECK(json_string(utf8_text("\xFE")) == "\"\\\\xfe\"");
  CHECK(utf8_text("").empty());
}

}  // namespace deepobs
