#include "problems/data/formats/mat.h"

#include <doctest/doctest.h>

#include "problems/data/formats/file_bytes.h"
#include "tests/error_of.h"
#include "tests/problems/data/make_mat.h"
#include "tests/temp_dir.h"

namespace deepobs {
namespace {

using namespace test;

struct Found {
  MatArray array;
  Bytes numbers;
};

/// All arrays with their numbers, read in pieces of awkward size.
std::vector<Found> read_all(const std::filesystem::path& file) {
  FileBytes bytes(file);
  MatReader reader(bytes);
  std::vector<Found> found;
  while (const auto array = reader.next()) {
    Found one{*array, {}};
    Bytes piece(1013);
    for (;;) {
      const std::size_t came = reader.read(piece);
      one.numbers.insert(one.numbers.end(), piece.begin(), piece.begin() + static_cast<std::ptrdiff_t>(came));
      if (came < piece.size()) break;
    }
    found.push_back(std::move(one));
  }
  return found;
}

const MatMaker ramp{"ramp", {3, 700}, pattern(2100, 1)};
const MatMaker wide{"wide", {2, 1}, doubles_of({1.5, -2}), 9, 6};
const MatMaker tiny{"y", {3, 1}, {7, 8, 9}, 2, 6, true, true};
const MatMaker word{"word", {1, 4}, bytes_of("text"), 16, 4};  // mxCHAR_CLASS
const MatMaker complex_number{"z", {1, 1}, doubles_of({1}), 9, 6 | 0x0800};

TEST_CASE(
    "mat: arrays come in their order, plain and compressed, with small elements; what is no array of numbers is "
    "passed over") {
  const TempDir dir;
  for (const bool packed : {false, true}) {
    CAPTURE(packed);
    Bytes bytes = mat_header();
    for (const auto* maker : {&word, &ramp, &complex_number, &wide, &tiny})
      append(bytes, packed ? mat_compressed(maker->element()) : maker->element());
    append(bytes, mat_element(2, pattern(13, 5)));  // a lone element of bytes
    const auto found = read_all(write(dir / "a.mat", bytes));
    REQUIRE(found.size() == 3);
    CHECK(found[0].array.name == "ramp");
    CHECK(found[0].array.extents == std::vector<std::int64_t>{3, 700});
    CHECK(found[0].array.count == 2100);
    CHECK(found[0].array.stored == MatNumber::u8);
    CHECK(found[0].numbers == ramp.numbers);
    CHECK(found[1].array.stored == MatNumber::f64);
    CHECK(found[1].numbers == wide.numbers);
    CHECK(found[2].array.name == "y");
    CHECK(found[2].numbers == Bytes{7, 8, 9});
  }
  CHECK(read_all(write(dir / "empty.mat", mat_header())).empty());
}

TEST_CASE("mat: an array that nobody reads is passed over, damaged or not") {
  const TempDir dir;
  Bytes first = mat_compressed(ramp.element());
  for (std::size_t i = 200; i < 220; ++i) first[i] ^= 0x55;
  FileBytes bytes(write(dir / "a.mat", joined(mat_header(), joined(first, mat_compressed(tiny.element())))));
  MatReader reader(bytes);
  CHECK(reader.next()->name == "ramp");
  CHECK(reader.next()->name == "y");
  CHECK(!reader.next());
  CHECK(!reader.next());
}

TEST_CASE("mat: an object without extents, as MATLAB writes opaque ones, is passed over") {
  const TempDir dir;
  Bytes flags;
  append_little(flags, 17);  // mxOPAQUE_CLASS
  append_little(flags, 0);
  Bytes body = mat_element(6, flags);
  append(body, mat_element(1, bytes_of("when"), true));
  append(body, mat_element(1, bytes_of("MCOS"), true));
  append(body, mat_element(1, bytes_of("datetime")));
  for (const Bytes& object : {mat_element(14, body), mat_compressed(mat_element(14, body))}) {
    const auto found = read_all(write(dir / "a.mat", joined(mat_header(), joined(object, tiny.element()))));
    REQUIRE(found.size() == 1);
    CHECK(found[0].array.name == "y");
  }
}

void refuse(const std::filesystem::path& file, const Bytes& bytes, const std::vector<std::string>& words) {
  write(file, bytes);
  check_error([&] { read_all(file); }, Fault::data, words);
}

TEST_CASE("mat: other versions, byte orders and files are refused with what they are") {
  const TempDir dir;
  const auto file = dir / "bad.mat";
  refuse(file, {}, {"bad.mat", "is no MAT-file of version 5"});
  refuse(file, Bytes(127, 'x'), {"is no MAT-file of version 5"});
  refuse(file, Bytes(4000, 'x'), {"is no MAT-file of version 5"});
  refuse(file, mat_header("MATLAB 7.3 MAT-file"), {"version 7.3, which is HDF5; save it with -v7"});
  Bytes other = mat_header();
  std::swap(other[126], other[127]);
  refuse(file, other, {"other byte order"});
  Bytes newer = mat_header();
  newer[125] = 2;
  refuse(file, newer, {"of version 512, not 256"});
}

TEST_CASE("mat: a file that is cut off anywhere is refused, plain and compressed") {
  const TempDir dir;
  for (const bool packed : {false, true}) {
    const Bytes bytes = joined(mat_header(), packed ? mat_compressed(ramp.element()) : ramp.element());
    for (std::size_t i = 0; i < 150; ++i) {
      const std::size_t length = 129 + i * (bytes.size() - 129) / 150;
      CAPTURE(length);
      refuse(dir / "cut.mat", Bytes(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(length)),
             {"cut.mat", "cut off, get it again"});
    }
  }
}

TEST_CASE("mat: every changed byte of zlib data is found, or changes nothing") {
  const TempDir dir;
  const Bytes packed = mat_compressed(ramp.element());
  int found = 0, all = 0;
  for (std::size_t i = 8; i < packed.size(); i += 5, ++all) {
    Bytes changed = packed;
    changed[i] ^= static_cast<std::uint8_t>(1 << i % 8);
    write(dir / "changed.mat", joined(mat_header(), changed));
    try {
      const auto read = read_all(dir / "changed.mat");
      CHECK((read.size() == 1 && read[0].numbers == ramp.numbers));
    } catch (const Error& error) {
      CHECK(error.fault() == Fault::data);
      ++found;
    }
  }
  CHECK(found > all * 9 / 10);
}

TEST_CASE("mat: sizes that contradict each other, or that no file can mean, are refused before memory is taken") {
  const TempDir dir;
  const auto file = dir / "bad.mat";
  const auto with = [](MatMaker maker, auto change) {
    change(maker);
    return joined(mat_header(), maker.element());
  };
  refuse(file,
         with(ramp,
              [](MatMaker& m) {
                m.extents = {3, 701};
              }),
         {"bad.mat: ramp: has 2103 numbers of 1 bytes by its extents, but 2100 bytes"});
  refuse(file, with(ramp, [](MatMaker& m) { m.extents = {3, -700}; }), {"array ramp has an extent of -700"});
  refuse(file,
         with(ramp,
              [](MatMaker& m) {
                m.extents = {0x7fffffff, 0x7fffffff, 0x7fffffff};
              }),
         {"array ramp has an extent of 2147483647"});
  refuse(file, with(ramp, [](MatMaker& m) { m.extents = {3}; }), {"has no extents"});
  refuse(file, with(ramp, [](MatMaker& m) { m.extents.assign(33, 1); }),
         {"the extents", "claims 132 bytes; at most 128"});
  refuse(file, with(ramp, [](MatMaker& m) { m.name = std::string(5000, 'n'); }), {"claims 5000 bytes; at most 1024"});
  refuse(file, with(ramp, [](MatMaker& m) { m.stored = 12; }), {"stores numbers of type 12"});
  Bytes longer = ramp.element();  // the element claims 8 bytes more than its array has
  longer[4] = static_cast<std::uint8_t>(longer[4] + 8);
  longer.resize(longer.size() + 8);
  refuse(file, joined(mat_header(), longer), {"ramp", "goes on after its numbers"});
  Bytes shorter = ramp.element();
  shorter[4] = static_cast<std::uint8_t>(shorter[4] - 8);
  refuse(file, joined(mat_header(), shorter), {"is shorter than its array"});
  Bytes behind = ramp.element();  // the same in zlib data
  behind.resize(behind.size() + 1);
  refuse(file, joined(mat_header(), mat_compressed(behind)), {"ramp", "goes on after its numbers"});
  const Bytes flags = joined(mat_header(), mat_element(14, mat_element(5, Bytes(8))));
  refuse(file, flags, {"does not begin with its flags"});
  Bytes big_small = mat_header();  // a small element of 5 bytes
  append(big_small, mat_element(14, mat_element(6, Bytes(4), true)));
  big_small[128 + 8 + 2] = 5;
  refuse(file, big_small, {"a small element", "claims 5 bytes; at most 4 fit"});
}

}  // namespace
}  // namespace deepobs
