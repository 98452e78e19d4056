#include "problems/data/formats/cifar.h"

#include <doctest/doctest.h>

#include "problems/data/formats/file_bytes.h"
#include "tests/error_of.h"
#include "tests/problems/data/make_files.h"
#include "tests/temp_dir.h"

namespace deepobs {
namespace {

using namespace test;

constexpr CifarForm cifar10{.classes = 10, .coarse_classes = 0};
constexpr CifarForm cifar100{.classes = 100, .coarse_classes = 20};

/// A record whose byte of channel c at pixel p is known.
Bytes record(const Bytes& labels, int salt) {
  Bytes bytes = labels;
  for (int c = 0; c < 3; ++c)
    for (int p = 0; p < 1024; ++p) bytes.push_back(static_cast<std::uint8_t>(p * 3 + p / 256 + 64 * c + salt));
  return bytes;
}

struct Read {
  std::vector<std::uint8_t> images;
  std::vector<std::int32_t> labels;
};

std::int64_t read(const std::filesystem::path& file, const CifarForm& form, Read& into, std::int64_t first = 0,
                  std::int64_t most = 200) {
  FileBytes source(file);
  return read_cifar(source, form, most, into.images, into.labels, first);
}

TEST_CASE("planes become pixels, and CIFAR-100 takes the fine label and the pixels behind it") {
  const TempDir dir;
  for (const bool fine : {false, true}) {
    CAPTURE(fine);
    Bytes bytes;
    for (int r = 0; r < 150; ++r) {  // more than are read at once
      const auto label = static_cast<std::uint8_t>(r % 10);
      append(bytes, record(fine ? Bytes{19, static_cast<std::uint8_t>(90 + label)} : Bytes{label}, r));
    }
    const auto file = write(dir / "x.bin", bytes);
    Read split;
    split.images.assign(2 * 3072, 7);  // two samples that are there already
    split.labels.assign(2, 5);
    REQUIRE(read(file, fine ? cifar100 : cifar10, split, 2) == 150);
    REQUIRE(split.images.size() == 152 * 3072);
    REQUIRE(split.labels.size() == 152);
    CHECK(split.images[2 * 3072 - 1] == 7);
    CHECK(split.labels[1] == 5);
    int wrong = 0;
    for (int r = 0; r < 150; ++r) {
      if (split.labels[static_cast<std::size_t>(2 + r)] != (fine ? 90 : 0) + r % 10) ++wrong;
      for (int p = 0; p < 1024; ++p)
        for (int c = 0; c < 3; ++c)
          if (split.images[static_cast<std::size_t>(((2 + r) * 1024 + p) * 3 + c)] !=
              static_cast<std::uint8_t>(p * 3 + p / 256 + 64 * c + r))
            ++wrong;
    }
    CHECK(wrong == 0);
  }
}

TEST_CASE("a record file cut off inside a record is refused, one cut off between two is a subset") {
  const TempDir dir;
  Bytes bytes;
  for (int r = 0; r < 70; ++r) append(bytes, record({1}, r));
  for (std::size_t i = 0; i < 200; ++i) {
    std::size_t length = 1 + i * (bytes.size() - 1) / 200;
    if (length % 3073 == 0) ++length;
    CAPTURE(length);
    const auto file = write(dir / "cut.bin", std::span(bytes).first(length));
    Read split;
    check_error(
        [&] { read(file, cifar10, split); }, Fault::data,
        {"cut.bin", text("after ", length, " bytes"), text(length % 3073, " bytes into record ", length / 3073)});
  }
  Read split;
  CHECK(read(write(dir / "short.bin", std::span(bytes).first(65 * 3073)), cifar10, split) == 65);
}

TEST_CASE("no records, too many, and labels out of range") {
  const TempDir dir;
  Read split;
  const auto refuse = [&](const Bytes& bytes, const CifarForm& form, const std::vector<std::string>& words) {
    const auto file = write(dir / "bad.bin", bytes);
    check_error([&] { read(file, form, split, 0, 100); }, Fault::data, words);
  };
  refuse({}, cifar10, {"bad.bin", "holds 0 records"});
  Bytes many;
  for (int r = 0; r < 101; ++r) append(many, record({1}, r));
  refuse(many, cifar10, {"bad.bin", "more than the 100 records (307300 bytes)"});
  for (const std::uint8_t label : {std::uint8_t{10}, std::uint8_t{255}}) {
    Bytes bytes = many;
    bytes.resize(90 * 3073);
    bytes[77 * 3073] = label;
    bytes[80 * 3073] = 200;
    refuse(bytes, cifar10, {text("record 77 (byte ", 77 * 3073, ") has the label ", int{label}), "0 ... 9"});
  }
  refuse(joined(record({19, 99}, 1), record({19, 100}, 2)), cifar100,
         {"record 1 (byte 3075) has the label 100", "0 ... 99"});
  refuse(joined(record({19, 99}, 1), record({20, 99}, 2)), cifar100,
         {"record 1 (byte 3074) has the coarse label 20", "0 ... 19"});
}

TEST_CASE("an unbalanced half is told") {
  std::vector<std::int32_t> labels{0, 1, 2, 2, 1, 0};
  CHECK(imbalance(labels, 3).empty());
  labels[0] = 1;
  CHECK(imbalance(labels, 3) == "class 0 occurs 1 times, 2 times in the official set");
}

}  // namespace
}  // namespace deepobs
