#include "problems/data/formats/file_bytes.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include "tests/error_of.h"
#include "tests/problems/data/make_files.h"
#include "tests/temp_dir.h"

namespace deepobs {
namespace {

using namespace test;

constexpr std::uint64_t limit = 1 << 20;

std::uint32_t crc_of(const Bytes& bytes) { return static_cast<std::uint32_t>(crc32_z(0, bytes.data(), bytes.size())); }

TEST_CASE("plain and gzip files give the same bytes and checksum, whatever their names") {
  const TempDir dir;
  const Bytes content = pattern(700'001, 1);  // several buffers
  for (const auto& file : {write(dir / "plain", content), write(dir / "packed", gzip(content)),
                           write(dir / "plain.gz", content), write(dir / "best.gz", gzip(content, 9))}) {
    CAPTURE(file);
    CHECK(unpacked_file(file, limit) == content);
    for (const std::size_t step : {1UL, 3UL, 511UL, 300'000UL}) {
      FileBytes source(file);
      Bytes piece(step), all;
      for (std::size_t count = step; count == step;) {
        count = source.read(piece);
        all.insert(all.end(), piece.begin(), piece.begin() + static_cast<std::ptrdiff_t>(count));
        if (all.size() > 5000 && step == 1) break;  // one by one is slow; the rest comes at once
      }
      if (all.size() < content.size()) {
        Bytes rest(content.size() - all.size());
        REQUIRE(source.read(rest) == rest.size());
        append(all, rest);
      }
      source.expect_end();
      CHECK(all == content);
      CHECK(source.crc() == crc_of(content));
      CHECK(source.position() == content.size());
    }
  }
}

TEST_CASE("the shortest files") {
  const TempDir dir;
  CHECK(unpacked_file(write(dir / "empty", {}), limit).empty());
  CHECK(unpacked_file(write(dir / "one", Bytes{0x1f}), limit) == Bytes{0x1f});
  CHECK(unpacked_file(write(dir / "packed_empty", gzip({})), limit).empty());
}

TEST_CASE("several gzip members are one content") {
  const TempDir dir;
  const Bytes a = pattern(100'000, 2), b = pattern(77, 3), c = pattern(300'000, 4);
  Bytes packed = gzip(a);
  append(packed, gzip({}));
  append(packed, gzip(b));
  append(packed, gzip(c));
  const Bytes content = joined(joined(a, b), c);
  const auto file = write(dir / "members.gz", packed);
  CHECK(unpacked_file(file, limit) == content);
  FileBytes source(file);
  Bytes all(content.size());
  source.read(all);
  source.expect_end();
  CHECK(source.crc() == crc_of(content));
}

TEST_CASE("a gzip file cut off anywhere is refused") {
  const TempDir dir;
  const Bytes packed = gzip(pattern(20'000, 5));
  int cuts = 0;
  for (std::size_t i = 0; i < 200; ++i) {
    // 200 lengths over the whole file, and with them every byte of the header and of the trailer
    const std::size_t length = i < 20   ? 2 + i
                               : i < 40 ? packed.size() - (i - 19)
                                        : 22 + (i - 40) * (packed.size() - 50) / 160;
    CAPTURE(length);
    REQUIRE(length < packed.size());
    const auto file = write(dir / "cut.gz", std::span(packed).first(length));
    check_error([&] { unpacked_file(file, limit); }, Fault::data,
                {"cut.gz", "cut off", text("after ", length, " bytes")});
    ++cuts;
  }
  CHECK(cuts == 200);
}

TEST_CASE("damaged gzip data is refused") {
  const TempDir dir;
  const Bytes content = pattern(20'000, 6), packed = gzip(content);
  const auto refuse = [&](const Bytes& bytes, const std::string& reason) {
    const auto file = write(dir / "bad.gz", bytes);
    check_error([&] { unpacked_file(file, limit); }, Fault::data, {"bad.gz", reason});
  };
  Bytes bad = packed;
  bad[packed.size() - 8] ^= 1;
  refuse(bad, "incorrect data check");
  bad = packed;
  bad[packed.size() - 1] ^= 1;
  refuse(bad, "incorrect length check");
  bad = packed;
  bad[2] = 7;
  refuse(bad, "unknown compression method");
  // A flipped bit in the compressed data is found by the format or by the checksum, unless it is one of the few that
  // deflate leaves unused (behind the three bits of a stored block's head, and in the last byte): content unchanged.
  int refused = 0, tried = 0;
  for (std::size_t i = 10; i + 8 < packed.size(); i += packed.size() / 100, ++tried) {
    CAPTURE(i);
    bad = packed;
    bad[i] ^= 0x10;
    const auto file = write(dir / "bad.gz", bad);
    try {
      const Bytes read = unpacked_file(file, limit);
      CHECK(read == content);
    } catch (const Error& error) {
      CHECK(error.fault() == Fault::data);
      ++refused;
    }
  }
  CHECK(tried >= 100);
  CHECK(refused >= tried - 3);  // two blocks and the last byte
}

TEST_CASE("what follows the gzip data must be gzip data") {
  const TempDir dir;
  const Bytes packed = gzip(pattern(5000, 7));
  for (const Bytes& tail : {bytes_of("x"), Bytes(512), bytes_of("garbage")}) {
    const auto file = write(dir / "tail.gz", joined(packed, tail));
    check_error([&] { unpacked_file(file, limit); }, Fault::data,
                {"tail.gz", text("byte ", packed.size()), "appended"});
  }
  const auto half = write(dir / "half.gz", joined(packed, Bytes{0x1f}));
  check_error([&] { unpacked_file(half, limit); }, Fault::data, {"cut off"});
  const auto fake = write(dir / "fake.gz", joined(packed, Bytes{0x1f, 1, 2, 3}));
  check_error([&] { unpacked_file(fake, limit); }, Fault::data, {"incorrect header check"});
}

TEST_CASE("reading stops one byte after the limit") {
  const TempDir dir;
  const Bytes content = pattern(3000, 8);
  for (const auto& file : {write(dir / "plain", content), write(dir / "packed", gzip(content))}) {
    CHECK(unpacked_file(file, 3000) == content);
    check_error([&] { unpacked_file(file, 2999); }, Fault::data, {"2999 bytes it may have"});
    FileBytes source(file, 100);
    Bytes out(1000);
    check_error([&] { source.read(out); }, Fault::data, {"more than the 100 bytes"});
    CHECK(source.position() == 101);
    FileBytes early(file);
    early.read(std::span(out).first(10));
    check_error([&] { early.expect_end(); }, Fault::data, {"goes on after byte 10"});
  }
}

TEST_CASE("a file of 10 MB that unfolds to 10 GB costs no more than its limit") {
  const TempDir dir;
  const Bytes member = gzip(Bytes(10'000'000), 9);  // about 10 KB
  Bytes bomb;
  for (int i = 0; i < 1000; ++i) append(bomb, member);
  FileBytes source(write(dir / "bomb.gz", bomb), limit);
  Bytes out(2 * limit);
  check_error([&] { source.read(out); }, Fault::data, {"more than the 1048576 bytes"});
  CHECK(source.position() == limit + 1);
}

TEST_CASE("of nested gzip layers only the outer one is unpacked") {
  const TempDir dir;
  Bytes layer = pattern(100, 9), below;
  for (int i = 0; i < 42; ++i) {
    below = layer;
    layer = gzip(layer);
  }
  CHECK(unpacked_file(write(dir / "nested.gz", layer), limit) == below);
}

TEST_CASE("what is no file is named") {
  const TempDir dir;
  check_error([&] { FileBytes source(dir / "nowhere"); }, Fault::missing, {"cannot open", "nowhere", "No such file"});
  check_error([&] { FileBytes source(dir.path()); }, Fault::io, {"not a regular file"});
  REQUIRE(::mkfifo((dir / "pipe").c_str(), 0600) == 0);
  check_error([&] { FileBytes source(dir / "pipe"); }, Fault::io, {"pipe is not a regular file"});
}

}  // namespace
}  // namespace deepobs
