#include "problems/data/formats/idx_format.h"

#include <doctest/doctest.h>

#include "problems/data/datasets.h"
#include "problems/data/formats/file_bytes.h"
#include "tests/error_of.h"
#include "tests/problems/data/make_files.h"
#include "tests/temp_dir.h"

namespace deepobs {
namespace {

using namespace test;
namespace fs = std::filesystem;

const fs::path debian = "/usr/share/datasets/fashion-mnist";

Dataset load(const std::string& name, const fs::path& place) {
  const std::vector<DataPlace> places{place};
  return load_dataset(name, places);
}

/// A small set of random digits: 30 training and 20 test samples.
void write_subset(const fs::path& folder) {
  write(folder / "train-images-idx3-ubyte.gz", gzip(idx_images(30, 1)));
  write(folder / "train-labels-idx1-ubyte.gz", gzip(idx_labels(30, 2)));
  write(folder / "t10k-images-idx3-ubyte", idx_images(20, 3));
  write(folder / "t10k-labels.idx1-ubyte", idx_labels(20, 4));
}

/// Links to Debian's Fashion-MNIST, so that single files can be exchanged; false, with a message, where it is absent.
bool link_debian(const fs::path& folder) {
  if (!fs::exists(debian)) {
    MESSAGE("skipped: needs the Debian package dataset-fashion-mnist");
    return false;
  }
  fs::create_directories(folder);
  for (const auto& entry : fs::directory_iterator(debian))
    fs::create_symlink(entry.path(), folder / entry.path().filename());
  return true;
}

fs::path replace(const fs::path& file, std::span<const std::uint8_t> bytes) {
  fs::remove(file);
  return write(file, bytes);
}

TEST_CASE("a subset loads and says that it is one") {
  const TempDir dir;
  write_subset(dir / "mnist");
  const Dataset set = load("mnist", dir.path());
  CHECK(set.name == "mnist");
  CHECK(set.columns[0].item == Shape{28, 28, 1});
  CHECK(set.columns[1].kinds == 10);
  CHECK(set.folder == dir / "mnist");
  CHECK(set.train.count == 30);
  CHECK(set.train.official_count == 60000);
  CHECK(set.train.values<std::uint8_t>(0) == pattern(30 * 784, 1));
  const Bytes train_labels = pattern(30, 2, 10), test_labels = pattern(20, 4, 10);
  CHECK(set.train.values<std::int32_t>(1) == std::vector<std::int32_t>(train_labels.begin(), train_labels.end()));
  CHECK(set.test.count == 20);
  CHECK(set.test.official_count == 10000);
  CHECK(set.test.values<std::uint8_t>(0) == pattern(20 * 784, 3));
  CHECK(set.test.values<std::int32_t>(1) == std::vector<std::int32_t>(test_labels.begin(), test_labels.end()));
  CHECK(!set.complete);
  CHECK(set.notes == std::vector<std::string>{"train-images-idx3-ubyte.gz has 30 of 60000 training samples",
                                              "t10k-images-idx3-ubyte.gz has 20 of 10000 test samples"});
}

TEST_CASE("a missing file is named, a set is not put together from two folders") {
  const TempDir dir;
  write_subset(dir / "fmnist");
  write_subset(dir / "fashion-mnist");
  fs::remove(dir / "fmnist/train-labels-idx1-ubyte.gz");
  check_error([&] { load("fmnist", dir.path()); }, Fault::missing,
              {"fmnist", "train-labels-idx1-ubyte.gz not there", "apt-get install dataset-fashion-mnist"});
  fs::remove(dir / "fmnist/t10k-images-idx3-ubyte");
  check_error([&] { load("fmnist", dir.path()); }, Fault::missing,
              {"train-labels-idx1-ubyte.gz, t10k-images-idx3-ubyte.gz not there"});
  check_error([&] { load("mnist", dir.path()); }, Fault::missing,
              {"data set mnist (MNIST) was not found", "MNIST/raw", dir.path().string(), "get it"});
  check_error([&] { load("digits", dir.path()); }, Fault::usage, {"'digits'"});
}

TEST_CASE("images and labels must be equally many, and labels in range") {
  const TempDir dir;
  write_subset(dir / "mnist");
  const fs::path labels = dir / "mnist/train-labels-idx1-ubyte.gz";
  replace(labels, gzip(idx_labels(29, 2)));
  check_error([&] { load("mnist", dir.path()); }, Fault::data,
              {"train-images-idx3-ubyte.gz has 30 images", "train-labels-idx1-ubyte.gz has 29 labels"});
  for (const std::uint8_t bad : {std::uint8_t{10}, std::uint8_t{255}}) {
    Bytes bytes = idx_labels(30, 2);
    bytes[8 + 17] = bad;
    bytes[8 + 20] = 99;
    replace(labels, gzip(bytes));
    check_error([&] { load("mnist", dir.path()); }, Fault::data,
                {"train-labels-idx1-ubyte.gz: sample 17 (byte 25) has the label " + std::to_string(bad), "0 ... 9"});
  }
  fs::remove(labels);
  fs::create_directories(labels);
  check_error([&] { load("mnist", dir.path()); }, Fault::io, {"train-labels-idx1-ubyte.gz is not a regular file"});
}

TEST_CASE("files of the official size with other content are refused") {
  const TempDir dir;
  write_subset(dir / "mnist");
  write(dir / "mnist/t10k-images-idx3-ubyte", idx_images(10000, 3));
  const Bytes labels = idx_labels(10000, 4);
  std::ostringstream sum;
  sum << std::hex << std::setw(8) << std::setfill('0') << crc32_z(0, labels.data(), labels.size());
  write(dir / "mnist/t10k-labels.idx1-ubyte", labels);
  check_error([&] { load("mnist", dir.path()); }, Fault::data,
              {"t10k-labels.idx1-ubyte: is not the official", "of MNIST", sum.str() + ", not 4ab9eff9"});
}

TEST_CASE("Debian's Fashion-MNIST is complete") {
  const TempDir dir;
  if (!link_debian(dir / "fmnist")) return;
  const Dataset set = load("fmnist", dir.path());
  CHECK(set.complete);
  CHECK(set.notes.empty());
  CHECK(set.train.count == 60000);
  CHECK(set.test.count == 10000);
  CHECK(set.train.values<std::uint8_t>(0).size() == 47040000);
  CHECK(set.test.values<std::uint8_t>(0).size() == 7840000);
  const auto first = [](const Split& split) {
    return std::vector(split.values<std::int32_t>(1).begin(), split.values<std::int32_t>(1).begin() + 10);
  };
  CHECK(first(set.train) == std::vector<std::int32_t>{9, 0, 0, 3, 0, 2, 7, 2, 5, 5});
  CHECK(first(set.test) == std::vector<std::int32_t>{9, 2, 1, 1, 6, 1, 4, 6, 5, 7});

  // the same, unpacked
  const fs::path images = dir / "fmnist/t10k-images-idx3-ubyte.gz";
  replace(images, unpacked_file(images, 7840016));
  CHECK(load("fmnist", dir.path()).test.values<std::uint8_t>(0) == set.test.values<std::uint8_t>(0));
}

TEST_CASE("changed bytes and exchanged files of Fashion-MNIST are found") {
  const TempDir dir;
  if (!link_debian(dir / "fmnist")) return;
  const fs::path folder = dir / "fmnist", labels = folder / "t10k-labels-idx1-ubyte.gz";
  const Bytes official = unpacked_file(labels, 10008);
  for (std::size_t i = 0; i < 100; ++i) {
    CAPTURE(i);
    Bytes changed = official;
    changed[8 + i * 99] ^= static_cast<std::uint8_t>(1 << i % 8);
    const auto file = i % 2 == 0 ? replace(labels, changed) : replace(labels, gzip(changed));
    check_error([&] { load("fmnist", dir.path()); }, Fault::data,
                {"t10k-labels-idx1-ubyte.gz", "CRC-32", "not 80142c1f", "get the file again"});
  }
  replace(labels, official);
  CHECK(load("fmnist", dir.path()).complete);

  // test files in the place of the training files look like a subset, but are known by their checksum
  const fs::path train_labels = folder / "train-labels-idx1-ubyte.gz",
                 train_images = folder / "train-images-idx3-ubyte.gz";
  replace(train_labels, official);
  replace(train_images, unpacked_file(debian / "t10k-images-idx3-ubyte.gz", 7840016));
  check_error([&] { load("fmnist", dir.path()); }, Fault::data,
              {"train-labels-idx1-ubyte.gz", "it is the content of t10k-labels-idx1-ubyte.gz of Fashion-MNIST"});
  replace(labels, gzip(unpacked_file(debian / "train-labels-idx1-ubyte.gz", 60008)));
  check_error([&] { load("fmnist", dir.path()); }, Fault::data,
              {"t10k-labels-idx1-ubyte.gz", "announces 60000 records; the official file has 10000"});

  // Fashion-MNIST under the name of MNIST
  fs::create_directory_symlink(debian, dir / "mnist");
  check_error([&] { load("mnist", dir.path()); }, Fault::data, {"is not the official", "of MNIST", "of Fashion-MNIST"});
}

}  // namespace
}  // namespace deepobs
