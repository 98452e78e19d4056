#include "problems/data/formats/text_format.h"

#include <doctest/doctest.h>

#include "problems/data/dataset_status.h"
#include "problems/data/datasets.h"
#include "tests/error_of.h"
#include "tests/problems/data/make_files.h"
#include "tests/temp_dir.h"

namespace deepobs {
namespace {

using namespace test;

TEST_CASE("text: frequent characters come first, of equals the one that the text has first; line ends count") {
  const CodedText coded = coded_text(bytes_of("b\xC3\xA4"
                                              "a\r\nbb\xC3\xA4\r"),
                                     "a text");
  CHECK(coded.symbols == U"b\u00e4\ra\n");
  CHECK(coded.ids == std::vector<std::int32_t>{0, 1, 3, 2, 4, 0, 0, 1, 2});
  CHECK(coded_text({}, "nothing").ids.empty());
  const CodedText mark = coded_text(bytes_of("\xEF\xBB\xBF"
                                             "a"),
                                    "with a byte order mark");
  CHECK(mark.symbols == U"\uFEFFa");
}

TEST_CASE("text: what is no UTF-8 is refused with its byte") {
  for (const std::string bad : {"\xff", "\xC3", "\xC0\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xE2\x82"}) {
    CAPTURE(bad.size());
    check_error([&] { coded_text(bytes_of("a\xC3\xA4" + bad), "x.txt"); }, Fault::data,
                {"x.txt: byte 3 (", "begins no character of UTF-8; character 2 of the text"});
  }
}

Dataset load(const std::filesystem::path& place) {
  const std::vector<DataPlace> places{place};
  return load_dataset("tolstoi", places);
}

TEST_CASE("text: four fifths are the training set, the rest the test set") {
  const TempDir dir;
  for (const int count : {2, 3, 9, 10, 11, 1000}) {
    CAPTURE(count);
    Bytes bytes(static_cast<std::size_t>(count), 'x');
    bytes.back() = 'y';
    write(dir / "tolstoi/input.txt", bytes);
    const Dataset set = load(dir.path());
    CHECK(set.train.count == (4 * count + 4) / 5);
    CHECK(set.train.count + set.test.count == count);
    CHECK(std::ssize(set.train.values<std::int32_t>(0)) == set.train.count);
    if (set.test.count > 0) CHECK(set.test.values<std::int32_t>(0).back() == 1);
    CHECK(set.train.official_count == 2'612'948);
    CHECK(set.notes == std::vector<std::string>{text("input.txt has ", count, " of 3266185 samples")});
    const std::vector<DataPlace> places{dir.path()};
    const DatasetStatus status = dataset_status("tolstoi", places);
    CHECK(status.state == DataState::subset);
    CHECK(status.train_samples == set.train.count);
    CHECK(status.test_samples == set.test.count);
  }
}

TEST_CASE("text: too few or too many characters, or kinds of them, and other texts of the official length") {
  const TempDir dir;
  const auto refuse = [&](const Bytes& bytes, const std::vector<std::string>& words) {
    write(dir / "tolstoi/input.txt", bytes);
    check_error([&] { load(dir.path()); }, Fault::data, words);
  };
  refuse({}, {"input.txt: has 0 characters; expected are 2 ... 3266185"});
  refuse(bytes_of("x"), {"has 1 characters"});
  refuse(Bytes(3'266'186, 'x'), {"has 3266186 characters"});
  refuse(Bytes(14'000'000, 'x'), {"holds more than the 13064740 bytes"});
  refuse(Bytes(3'266'185, 'x'), {"is not the official input.txt of War and Peace", "not 63ce60ed"});
  Bytes kinds;
  for (int i = 0; i < 84; ++i) kinds.push_back(static_cast<std::uint8_t>(' ' + i));
  refuse(kinds, {"has 84 kinds of characters; the official input.txt of War and Peace has 83"});
  kinds.pop_back();
  write(dir / "tolstoi/input.txt", kinds);
  CHECK(load(dir.path()).train.count == 67);
  write(dir / "tolstoi/input.txt", gzip(kinds));
  CHECK(load(dir.path()).train.count == 67);
  check_error([&] { load(dir / "nowhere"); }, Fault::missing, {"tolstoi", "sed 1,29d", "input.txt"});
}

}  // namespace
}  // namespace deepobs
