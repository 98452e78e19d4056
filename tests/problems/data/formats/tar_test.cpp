#include "problems/data/formats/tar.h"

#include <doctest/doctest.h>

#include "problems/data/formats/file_bytes.h"
#include "tests/error_of.h"
#include "tests/problems/data/make_files.h"
#include "tests/temp_dir.h"

namespace deepobs {
namespace {

using namespace test;

struct File {
  std::string name;
  Bytes content;
  bool operator==(const File&) const = default;
};

std::vector<File> files_of(const std::filesystem::path& archive) {
  FileBytes bytes(archive, 1 << 22);
  TarReader reader(bytes);
  std::vector<File> files;
  while (const auto entry = reader.next()) {
    Bytes content(std::min<std::uint64_t>(entry->size, 1 << 20) + 10);
    content.resize(reader.read(content));
    files.push_back({entry->name, content});
  }
  CHECK(!reader.next().has_value());
  return files;
}

Bytes pax(const std::string& key, const std::string& value) {
  const std::string rest = ' ' + key + '=' + value + '\n';
  std::size_t length = rest.size() + 1;
  while (std::to_string(length).size() + rest.size() != length) ++length;
  return tar_entry({.name = "PaxHeaders/x", .kind = 'x'}, bytes_of(std::to_string(length) + rest));
}

TEST_CASE("regular files come in order, everything else is passed over") {
  const TempDir dir;
  const Bytes a = pattern(1000, 1), b = pattern(512, 2);
  Bytes tar = TarHeader{.name = "folder/", .kind = '5'}.block();
  append(tar, tar_file("folder/a", a));
  append(tar, TarHeader{.name = "folder/link", .kind = '2', .link = "/etc/passwd"}.block());
  append(tar, tar_file("folder/empty", {}));
  append(tar, TarHeader{.name = "folder/device", .kind = '3'}.block());
  append(tar, tar_file("folder/b", b));
  append(tar, tar_end());
  append(tar, pattern(5000, 3));  // padding: tar writers fill up to larger blocks
  const std::vector<File> expected{{"folder/a", a}, {"folder/empty", {}}, {"folder/b", b}};
  CHECK(files_of(write(dir / "x.tar", tar)) == expected);
  CHECK(files_of(write(dir / "x.tar.gz", gzip(tar))) == expected);
}

TEST_CASE("content that nobody reads is skipped") {
  const TempDir dir;
  Bytes tar = tar_file("large", pattern(200'000, 1));
  append(tar, tar_file("half", pattern(70'000, 2)));
  append(tar, tar_file("last", bytes_of("end")));
  append(tar, tar_end());
  FileBytes bytes(write(dir / "x.tar.gz", gzip(tar)));
  TarReader reader(bytes);
  CHECK(reader.next()->name == "large");
  CHECK(reader.next()->name == "half");
  Bytes some(1000);
  CHECK(reader.read(some) == 1000);
  CHECK(reader.next()->name == "last");
  Bytes end(10);
  CHECK(reader.read(end) == 3);
  CHECK(reader.name() == (dir / "x.tar.gz").string() + ": last");
}

TEST_CASE("long names: prefix, GNU and pax, large sizes in GNU's binary form") {
  const TempDir dir;
  const std::string name300(300, 'n');
  Bytes tar = tar_entry({.name = "a", .prefix = "deep/folder"}, bytes_of("1"));
  append(tar, tar_entry({.name = "././@LongLink", .kind = 'L'}, joined(bytes_of(name300), Bytes(1))));
  append(tar, tar_file(name300, bytes_of("2")));
  append(tar, pax("path", name300 + "/pax"));
  append(tar, tar_file("short", bytes_of("3")));
  append(tar, tar_entry({.name = "global", .kind = 'g'}, bytes_of("18 path=everything\n")));
  append(tar, tar_file("plain", bytes_of("4")));
  // GNU's magic has no prefix field: other data lies there
  append(tar, tar_entry({.name = "gnu", .prefix = "17777", .magic = std::string("ustar  \0", 8)}, bytes_of("5")));
  // a pax size rules over the header's
  append(tar, pax("size", "3"));
  append(tar, joined(TarHeader{.name = "sized"}.block(), joined(bytes_of("678"), Bytes(509))));
  Bytes binary = TarHeader{.name = "binary"}.block();
  std::fill_n(binary.begin() + 124, 12, std::uint8_t{0});
  binary[124] = 0x80;
  binary[135] = 2;
  TarHeader::seal(binary);
  append(tar, joined(binary, joined(bytes_of("90"), Bytes(510))));
  append(tar, tar_end());
  CHECK(files_of(write(dir / "x.tar", tar)) == std::vector<File>{{"deep/folder/a", bytes_of("1")},
                                                                 {name300, bytes_of("2")},
                                                                 {name300 + "/pax", bytes_of("3")},
                                                                 {"plain", bytes_of("4")},
                                                                 {"gnu", bytes_of("5")},
                                                                 {"sized", bytes_of("678")},
                                                                 {"binary", bytes_of("90")}});
}

TEST_CASE("an archive cut off anywhere is refused") {
  const TempDir dir;
  Bytes tar = tar_file("a", pattern(3000, 1));
  append(tar, tar_file("b", pattern(100, 2)));
  append(tar, tar_end());
  for (std::size_t i = 0; i < 200; ++i) {
    const std::size_t length = i * tar.size() / 200;
    CAPTURE(length);
    const auto file = write(dir / "cut.tar", std::span(tar).first(length));
    check_error([&] { files_of(file); }, Fault::data, {"cut.tar"});
  }
  const auto whole = write(dir / "whole.tar", tar);
  CHECK(files_of(whole).size() == 2);
}

TEST_CASE("the gzip checksum behind the end mark is checked") {
  const TempDir dir;
  Bytes packed = gzip(joined(tar_file("a", pattern(100, 1)), tar_end()));
  packed[packed.size() - 8] ^= 1;
  const auto file = write(dir / "x.tar.gz", packed);
  check_error([&] { files_of(file); }, Fault::data, {"incorrect data check"});
}

TEST_CASE("malformed headers are refused") {
  const TempDir dir;
  const auto refuse = [&](const Bytes& tar, const std::string& reason) {
    CAPTURE(reason);
    const auto file = write(dir / "bad.tar", joined(tar, tar_end()));
    check_error([&] { files_of(file); }, Fault::data, {"bad.tar", reason});
  };
  const auto with = [](std::size_t at, const std::string& bytes) {
    Bytes block = TarHeader{.name = "a"}.block();
    std::copy(bytes.begin(), bytes.end(), block.begin() + static_cast<std::ptrdiff_t>(at));
    TarHeader::seal(block);
    return block;
  };
  Bytes wrong_sum = TarHeader{.name = "a"}.block();
  wrong_sum[0] = 'b';
  refuse(wrong_sum, "checksum is wrong");
  refuse(pattern(512, 3), "checksum is wrong");
  refuse(with(124, "00000000009"), "no valid size");
  refuse(with(124, "-0000000001"), "no valid size");
  refuse(with(124, std::string("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff")), "no valid size");
  refuse(with(124, std::string("\x80\x01\0\0\0\0\0\0\0\0\0\0", 12)), "no valid size");
  refuse(with(124, std::string("\x80\0\0\0\x7f\xff\xff\xff\xff\xff\xff\xff", 12)), "cut off");
  refuse(with(124, "77777777777"), "cut off");
  refuse(TarHeader{.name = "a", .kind = '1', .size = 512}.block(), "claims 512 bytes of content");
  refuse(TarHeader{.name = "a", .kind = 'S'}.block(), "is of kind 83");
  refuse(TarHeader{.name = "a", .kind = 'M'}.block(), "is of kind 77");
  refuse(TarHeader{.name = "a", .kind = 'L', .size = 1 << 30}.block(), "at most 1048576");
  refuse(TarHeader{.name = "a", .kind = 'x', .size = 1 << 30}.block(), "at most 1048576");
  for (const char* records : {"x", "5 a=", "99 path=a\n", "0 path=a\n", "3 \n", "9 pathxa\n", "11 path=ab\nz",
                              "9 size=x\n", "10 size=-1\n", "99999999999999999999 a=b\n"})
    refuse(tar_entry({.name = "p", .kind = 'x'}, bytes_of(records)), "pax header");
  refuse(joined(Bytes(512), tar_file("a", {})), "no second one follows");
}

}  // namespace
}  // namespace deepobs
