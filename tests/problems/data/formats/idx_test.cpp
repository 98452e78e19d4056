#include "problems/data/formats/idx.h"

#include <doctest/doctest.h>

#include "tests/error_of.h"
#include "tests/problems/data/make_files.h"
#include "tests/temp_dir.h"

namespace deepobs {
namespace {

using namespace test;

const IdxForm images{.item = {28, 28}, .max_count = 60000};
const IdxForm labels{.item = {}, .max_count = 60000};

Bytes read_all(const std::filesystem::path& file, const IdxForm& form) { return IdxFile(file, form).read(); }

TEST_CASE("plain and gzip IDX files give the same samples") {
  const TempDir dir;
  const Bytes bytes = idx_images(5, 1);
  for (const auto& file : {write(dir / "x", bytes), write(dir / "x.gz", gzip(bytes))}) {
    IdxFile idx_file(file, images);
    CHECK(idx_file.count() == 5);
    CHECK(idx_file.read() == Bytes(bytes.begin() + 16, bytes.end()));
    CHECK(idx_file.crc() == crc32_z(0, bytes.data(), bytes.size()));
  }
  CHECK(read_all(write(dir / "y", idx_labels(7, 2)), labels) == pattern(7, 2, 10));
}

TEST_CASE("an IDX file cut off anywhere, or longer than its header says, is refused") {
  const TempDir dir;
  const Bytes bytes = idx_images(3, 1);
  for (std::size_t i = 0; i < 200; ++i) {
    const std::size_t length = i < 20 ? i : 20 + (i - 20) * (bytes.size() - 20) / 180;
    CAPTURE(length);
    const auto plain = write(dir / "cut", std::span(bytes).first(length));
    const auto packed = write(dir / "cut.gz", gzip(std::span(bytes).first(length)));
    const std::string expected = length < 16 ? "inside its IDX header" : "its header announces 2368";
    check_error([&] { read_all(plain, images); }, Fault::data, {"cut", expected, std::to_string(length)});
    check_error([&] { read_all(packed, images); }, Fault::data, {"cut.gz", expected, std::to_string(length)});
  }
  const Bytes longer = joined(bytes, Bytes(1));
  const auto plain = write(dir / "long", longer), packed = write(dir / "long.gz", gzip(longer));
  check_error([&] { read_all(plain, images); }, Fault::data, {"has 2369 bytes; its header announces 2368"});
  check_error([&] { read_all(packed, images); }, Fault::data, {"goes on after byte 2368"});
}

TEST_CASE("lying headers are refused before anything is read on their word") {
  const TempDir dir;
  constexpr std::uint32_t most = 0xffffffff;
  const auto refuse = [&](const Bytes& header, const IdxForm& form, const std::string& reason) {
    CAPTURE(reason);
    const Bytes bytes = joined(header, Bytes(784));
    const auto plain = write(dir / "lie", bytes), packed = write(dir / "lie.gz", gzip(bytes));
    // The constructor alone must refuse: it takes no memory for samples.
    check_error([&] { IdxFile file(plain, form); }, Fault::data, {"lie", reason});
    check_error([&] { IdxFile file(packed, form); }, Fault::data, {"lie.gz", reason});
  };
  refuse(idx(0x0800, {}, {}), images, "2048 (0x00000800)");
  refuse(idx(0x08ff, {1, 28, 28}, {}), images, "2303 (0x000008ff)");
  refuse(idx(0x0d03, {1, 28, 28}, {}), images, "3331 (0x00000d03)");
  refuse(idx(0x03080000, {1, 28, 28}, {}), images, "not 2051 (0x00000803)");
  refuse(idx(2049, {1}, {}), images, "are images and labels swapped?");
  refuse(idx(2051, {1, 28, 28}, {}), labels, "are images and labels swapped?");
  refuse(idx(2051, {0, 28, 28}, {}), images, "holds 0 records");
  refuse(idx(2049, {0}, {}), labels, "holds 0 records");
  refuse(idx(2051, {most, 28, 28}, {}), images, "announces 4294967295 records; the official file has 60000");
  refuse(idx(2051, {60001, 28, 28}, {}), images, "announces 60001 records");
  refuse(idx(2051, {1, most, most}, {}), images, "extent 1 (byte 8) is 4294967295; 28 expected");
  refuse(idx(2051, {most, most, most}, {}), images, "4294967295");  // a product over 2^63
  refuse(idx(2051, {1, 28, 0}, {}), images, "extent 2 (byte 12) is 0; 28 expected");
  refuse(idx(2051, {1, 27, 28}, {}), images, "extent 1 (byte 8) is 27; 28 expected");
  refuse(bytes_of("<!DOCTYPE html>"), images, "begins with the magic number");
  const auto plain = write(dir / "lie", idx(2051, {60000, 28, 28}, Bytes(784)));
  check_error([&] { IdxFile file(plain, images); }, Fault::data, {"has 800 bytes; its header announces 47040016"});
}

TEST_CASE("a gzip bomb behind a true header ends after the announced bytes") {
  const TempDir dir;
  const Bytes zeros = gzip(Bytes(10'000'000), 9);
  Bytes bomb = gzip(idx_images(1, 1));
  for (int i = 0; i < 1000; ++i) append(bomb, zeros);
  const auto file = write(dir / "bomb.gz", bomb);
  check_error([&] { read_all(file, images); }, Fault::data, {"goes on after byte 800"});
}

}  // namespace
}  // namespace deepobs
