#include "problems/data/formats/cifar_format.h"

#include <doctest/doctest.h>

#include <functional>

#include "problems/data/datasets.h"
#include "tests/error_of.h"
#include "tests/problems/data/make_files.h"
#include "tests/temp_dir.h"

namespace deepobs {
namespace {

using namespace test;
namespace fs = std::filesystem;

Dataset load(const std::string& name, const fs::path& place) {
  const std::vector<DataPlace> places{place};
  return load_dataset(name, places);
}

/// `count` records; all pixels of record r of a file with this salt are salt + r, its label is `label`, or r modulo 10.
Bytes records(int count, int salt, int label = -1) {
  Bytes bytes;
  for (int r = 0; r < count; ++r) {
    bytes.push_back(static_cast<std::uint8_t>(label >= 0 ? label : r % 10));
    bytes.insert(bytes.end(), 3072, static_cast<std::uint8_t>(salt + r));
  }
  return bytes;
}

/// The first byte of every image.
std::vector<int> marks(const Split& split) {
  std::vector<int> values;
  for (std::int64_t i = 0; i < split.count; ++i)
    values.push_back(split.values<std::uint8_t>(0)[static_cast<std::size_t>(i * 3072)]);
  return values;
}

const std::string inside = "cifar-10-batches-bin/";

TEST_CASE("batches come in the order of their numbers, from a folder and from an archive in any order") {
  const TempDir dir;
  const Bytes batch2 = records(3, 20), batch4 = records(2, 40), batch5 = records(2, 50), test = records(4, 100);
  write(dir / "a/cifar-10/data_batch_2.bin", batch2);
  write(dir / "a/cifar-10/data_batch_4.bin", batch4);
  write(dir / "a/cifar-10/data_batch_5.bin", batch5);
  write(dir / "a/cifar-10/test_batch.bin", test);
  Bytes tar = TarHeader{.name = inside, .kind = '5'}.block();
  append(tar, tar_file(inside + "data_batch_5.bin", batch5));
  append(tar, tar_file(inside + "batches.meta.txt", bytes_of("airplane\n")));
  append(tar, tar_file(inside + "data_batch_2.bin", batch2));
  append(tar, tar_file("./" + inside + "test_batch.bin", test));
  append(tar, tar_file(inside + "data_batch_4.bin", batch4));
  append(tar, tar_end());
  write(dir / "b/cifar-10-binary.tar.gz", gzip(tar));
  for (const std::string place : {"a", "b"}) {
    CAPTURE(place);
    const Dataset set = load("cifar10", dir / place);
    CHECK(set.columns[0].item == Shape{32, 32, 3});
    CHECK(set.columns[1].kinds == 10);
    CHECK(set.folder == (place == "a" ? dir / "a/cifar-10" : dir / "b/cifar-10-binary.tar.gz"));
    CHECK(marks(set.train) == std::vector<int>{20, 21, 22, 40, 41, 50, 51});
    CHECK(set.train.values<std::int32_t>(1) == std::vector<std::int32_t>{0, 1, 2, 0, 1, 0, 1});
    CHECK(set.train.values<std::uint8_t>(0).size() == 7 * 3072);
    CHECK(set.train.official_count == 50000);
    CHECK(marks(set.test) == std::vector<int>{100, 101, 102, 103});
    CHECK(!set.complete);
    CHECK(set.notes == std::vector<std::string>{"data_batch_1.bin is not there (10000 training samples)",
                                                "data_batch_2.bin has 3 of 10000 training samples",
                                                "data_batch_3.bin is not there (10000 training samples)",
                                                "data_batch_4.bin has 2 of 10000 training samples",
                                                "data_batch_5.bin has 2 of 10000 training samples",
                                                "test_batch.bin has 4 of 10000 test samples"});
  }
}

TEST_CASE("CIFAR-100") {
  const TempDir dir;
  const auto fine = [](int label, int pixel) {
    Bytes bytes{static_cast<std::uint8_t>(label / 5), static_cast<std::uint8_t>(label)};
    bytes.insert(bytes.end(), 3072, static_cast<std::uint8_t>(pixel));
    return bytes;
  };
  write(dir / "cifar-100/train.bin", joined(fine(99, 1), fine(42, 2)));
  check_error([&] { load("cifar100", dir.path()); }, Fault::missing,
              {"cifar100", "test.bin not there", "cifar-100-binary.tar.gz"});
  write(dir / "cifar-100/test.bin", fine(7, 3));
  const Dataset set = load("cifar100", dir.path());
  CHECK(set.columns[1].kinds == 100);
  CHECK(set.train.values<std::int32_t>(1) == std::vector<std::int32_t>{99, 42});
  CHECK(set.train.values<std::uint8_t>(0)[0] == 1);
  CHECK(set.train.values<std::uint8_t>(0).back() == 2);
  CHECK(set.test.values<std::int32_t>(1) == std::vector<std::int32_t>{7});
  CHECK(set.notes ==
        std::vector<std::string>{"train.bin has 2 of 50000 training samples", "test.bin has 1 of 10000 test samples"});
}

TEST_CASE("a half without any file is missing, in folders and archives") {
  const TempDir dir;
  write(dir / "a/cifar-10/test_batch.bin", records(2, 0));
  check_error([&] { load("cifar10", dir / "a"); }, Fault::missing,
              {"data_batch_1.bin, data_batch_2.bin", "data_batch_5.bin not there", "get it"});
  write(dir / "b/cifar-10/data_batch_1.bin", records(2, 0));
  check_error([&] { load("cifar10", dir / "b"); }, Fault::missing, {"test_batch.bin not there"});
  write(dir / "c/cifar-10-binary.tar.gz",
        gzip(joined(tar_file(inside + "data_batch_1.bin", records(2, 0)), tar_end())));
  check_error([&] { load("cifar10", dir / "c"); }, Fault::missing,
              {"cifar-10-binary.tar.gz", "test_batch.bin not there"});
}

TEST_CASE("errors in an archive name the archive and the file in it") {
  const TempDir dir;
  const auto refuse = [&](const Bytes& archive, const std::vector<std::string>& words) {
    write(dir / "cifar-10-binary.tar.gz", archive);
    check_error([&] { load("cifar10", dir.path()); }, Fault::data, words);
  };
  const std::string name = inside + "data_batch_1.bin", shown = "cifar-10-binary.tar.gz: " + name;
  const Bytes test = tar_file(inside + "test_batch.bin", records(2, 0));
  const auto archive = [&](const Bytes& first) { return gzip(joined(joined(first, test), tar_end())); };
  Bytes cut = records(3, 0);
  cut.pop_back();
  refuse(archive(tar_file(name, cut)), {shown, "ends after 9218 bytes, 3072 bytes into record 2"});
  refuse(archive(tar_file(name, {})), {shown, "holds 0 records"});
  refuse(archive(tar_file(name, records(2, 0, 11))), {shown, "record 0 (byte 0) has the label 11"});
  refuse(archive(joined(tar_file(name, records(2, 0)), tar_file(name, records(2, 0)))), {shown, "is there twice"});
  const Bytes packed = archive(tar_file(name, records(30, 0)));
  for (std::size_t i = 0; i < 200; ++i) {
    const std::size_t length = 2 + i * (packed.size() - 2) / 200;
    refuse(Bytes(packed.begin(), packed.begin() + static_cast<std::ptrdiff_t>(length)), {"cut off"});
  }
  // 10 GB in a file that nobody asked for
  const Bytes zeros = gzip(Bytes(10'000'000), 9);
  Bytes bomb = gzip(TarHeader{.name = "bomb", .size = 8'000'000'000}.block());
  for (int i = 0; i < 1000; ++i) append(bomb, zeros);
  refuse(bomb, {"cifar-10-binary.tar.gz: holds more than the 256000000 bytes"});
  // and in one that is wanted
  bomb = gzip(TarHeader{.name = name, .size = 8'000'000'000}.block());
  for (int i = 0; i < 1000; ++i) append(bomb, zeros);
  refuse(bomb, {shown, "more than the 10000 records"});
}

TEST_CASE("a half of the official size whose classes are not equally often is noted") {
  const TempDir dir;
  write(dir / "cifar-10/data_batch_1.bin", records(10, 0));
  write(dir / "cifar-10/test_batch.bin", records(10000, 0));
  CHECK(load("cifar10", dir.path()).notes.size() == 5);
  Bytes other = records(10000, 0);
  other[0] = 1;  // record 0 had label 0
  write(dir / "cifar-10/test_batch.bin", other);
  const auto notes = load("cifar10", dir.path()).notes;
  REQUIRE(notes.size() == 6);
  CHECK(notes[0] == "the test part is not the official one: class 0 occurs 999 times, 1000 times in the official set");
}

/// Every path below a folder, with the bytes of every file.
std::vector<std::string> picture(const fs::path& folder) {
  std::vector<std::string> lines;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    std::string line = entry.path().string();
    if (entry.is_regular_file()) {
      std::ifstream in(entry.path(), std::ios::binary);
      line.append(" ").append(std::istreambuf_iterator<char>(in), {});
    }
    lines.push_back(line);
  }
  std::sort(lines.begin(), lines.end());
  return lines;
}

TEST_CASE("hostile archives reach nothing: 40 of them") {
  const TempDir dir;
  const fs::path canary = write(dir / "canary/file", bytes_of("alive"));
  const fs::path place = dir / "place/deep/er";
  fs::create_directories(place);
  const Bytes good = records(2, 10), evil = records(2, 200);
  const std::string target = canary.string(), name = inside + "data_batch_1.bin";

  std::vector<Bytes> hostile;
  const auto file = [&](const std::string& path) { hostile.push_back(tar_file(path, evil)); };
  const auto link = [&](char kind, const std::string& path, const std::string& to) {
    hostile.push_back(TarHeader{.name = path, .kind = kind, .link = to}.block());
  };
  const auto through = [&](char kind, const std::string& path, const std::string& to, const std::string& then) {
    hostile.push_back(joined(TarHeader{.name = path, .kind = kind, .link = to}.block(), tar_file(then, evil)));
  };
  for (const std::string& path : {std::string("../data_batch_1.bin"),
                                  std::string("../../../canary/file"),
                                  inside + "../../../../canary/file",
                                  inside + "../data_batch_1.bin",
                                  inside + "../" + name,
                                  inside + "./data_batch_1.bin",
                                  inside + "/data_batch_1.bin",
                                  std::string(".."),
                                  std::string("."),
                                  std::string("data_batch_1.bin"),
                                  "x/" + name,
                                  "../" + name,
                                  "/" + name,
                                  "././" + name,
                                  "//" + name,
                                  std::string("/tmp/x"),
                                  target,
                                  name + "/",
                                  name + "/x",
                                  name + ".bin",
                                  name + " ",
                                  std::string("CIFAR-10-BATCHES-BIN/data_batch_1.bin"),
                                  std::string("-rf"),
                                  std::string("a\nb"),
                                  std::string()})
    file(path);
  for (const char kind : {'1', '2'}) {
    link(kind, name, target);
    link(kind, inside + "data_batch_2.bin", "../../../canary/file");
    through(kind, "out", dir.path().string(), "out/canary/file");
    through(kind, inside + "data_batch_3.bin", target, inside + "batches.meta.txt");
    through(kind, "cifar-10-batches-bin", "/tmp", "cifar-10-batches-bin/x");
  }
  for (const char kind : {'3', '4', '6'}) link(kind, inside + "data_batch_4.bin", "");
  hostile.push_back(
      joined(tar_entry({.name = "L", .kind = 'L'}, bytes_of(std::string(300, 'a'))), tar_file("a", evil)));
  hostile.push_back(
      joined(tar_entry({.name = "x", .kind = 'x'}, bytes_of("20 path=../../../ab\n")), tar_file("a", evil)));
  REQUIRE(hostile.size() == 40);

  const std::vector<std::string> before = picture(dir / "canary");
  for (std::size_t i = 0; i < hostile.size(); ++i) {
    CAPTURE(i);
    Bytes tar = hostile[i];
    append(tar, tar_file(name, good));
    append(tar, tar_file(inside + "test_batch.bin", good));
    append(tar, hostile[i]);
    append(tar, tar_end());
    write(place / "cifar-10-binary.tar.gz", gzip(tar));
    const Dataset set = load("cifar10", place);
    CHECK(marks(set.train) == std::vector<int>{10, 11});  // only the file in the official place was read
    CHECK(marks(set.test) == std::vector<int>{10, 11});
    CHECK(picture(dir / "canary") == before);
    CHECK(picture(dir / "place").size() == 3);  // two folders and the archive
  }
}

}  // namespace
}  // namespace deepobs
