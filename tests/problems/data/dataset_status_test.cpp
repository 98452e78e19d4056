#include "problems/data/dataset_status.h"

#include <doctest/doctest.h>

#include "tests/error_of.h"
#include "tests/problems/data/make_files.h"
#include "tests/temp_dir.h"

namespace deepobs {
namespace {

using namespace test;
namespace fs = std::filesystem;

DatasetStatus status_of(const std::string& name, const fs::path& place) {
  const std::vector<DataPlace> places{place};
  return dataset_status(name, places);
}

bool is(const DatasetStatus& status, DataState state) { return status.state == state; }

TEST_CASE("what is not there") {
  const TempDir dir;
  const DatasetStatus status = status_of("fmnist", dir.path());
  CHECK(is(status, DataState::missing));
  CHECK(status.title == "Fashion-MNIST");
  CHECK(status.folder.empty());
  CHECK(status.files.empty());
  CHECK(status.how_to_get.find("apt-get install dataset-fashion-mnist") != std::string::npos);
  check_error([&] { status_of("x", dir.path()); }, Fault::usage, {"'x'"});
}

TEST_CASE("IDX sets: records by the headers, missing and damaged files") {
  const TempDir dir;
  const fs::path folder = dir / "mnist";
  const Bytes packed = gzip(idx_images(30, 1));
  write(folder / "train-images-idx3-ubyte.gz", packed);
  write(folder / "train-labels-idx1-ubyte", idx_labels(30, 2));
  write(folder / "t10k-images-idx3-ubyte.gz", gzip(idx_images(20, 3)));
  DatasetStatus status = status_of("mnist", dir.path());
  CHECK(is(status, DataState::missing));
  CHECK(status.folder == folder);
  CHECK(status.files.size() == 3);
  CHECK(status.notes == std::vector<std::string>{"t10k-labels-idx1-ubyte.gz not there"});

  const fs::path labels = write(folder / "t10k-labels-idx1-ubyte", idx_labels(20, 4));
  status = status_of("mnist", dir.path());
  CHECK(is(status, DataState::subset));
  REQUIRE(status.files.size() == 4);
  CHECK(status.files[0].file == folder / "train-images-idx3-ubyte.gz");
  CHECK(status.files[0].bytes == packed.size());
  CHECK(status.files[0].records == 30);
  CHECK(status.files[0].official_records == 60000);
  CHECK(status.files[3].bytes == 28);
  CHECK(status.files[3].records == 20);
  CHECK(status.notes.size() == 2);
  CHECK(status.train_samples == 30);
  CHECK(status.test_samples == 20);

  // A file that is cut off ends with anything but the size of its content.
  const fs::path images = folder / "train-images-idx3-ubyte.gz";
  for (const std::size_t left : {packed.size() - 1, packed.size() / 2}) {
    write(images, Bytes(packed.begin(), packed.begin() + static_cast<std::ptrdiff_t>(left)));
    const DatasetStatus cut = status_of("mnist", dir.path());
    CHECK(is(cut, DataState::damaged));
    REQUIRE(cut.notes.size() == 1);
    CHECK(cut.notes[0].find("the file is cut off, get it again") != std::string::npos);
  }
  const Bytes whole = idx_images(30, 1);
  const auto middle = whole.begin() + 1000;
  write(images, joined(gzip({whole.begin(), middle}), gzip({middle, whole.end()})));  // two members are one content
  CHECK(is(status_of("mnist", dir.path()), DataState::subset));
  write(images, packed);

  write(labels, idx_labels(19, 4));
  status = status_of("mnist", dir.path());
  CHECK(is(status, DataState::damaged));
  REQUIRE(status.notes.size() == 1);
  CHECK(status.notes[0].find("has 19 labels") != std::string::npos);

  write(labels, bytes_of("nonsense"));
  status = status_of("mnist", dir.path());
  CHECK(is(status, DataState::damaged));
  CHECK(status.files.size() == 4);
  CHECK(status.files[3].records == 0);
  CHECK(status.files[3].bytes == 8);
  REQUIRE(status.notes.size() == 1);
  CHECK(status.notes[0].find("magic number") != std::string::npos);
}

TEST_CASE("Debian's Fashion-MNIST is complete") {
  if (!fs::exists("/usr/share/datasets/fashion-mnist")) {
    MESSAGE("skipped: needs the Debian package dataset-fashion-mnist");
    return;
  }
  const DatasetStatus status = status_of("fmnist", "/usr/share/datasets");
  CHECK(is(status, DataState::complete));
  CHECK(status.notes.empty());
  CHECK(status.files.size() == 4);
}

TEST_CASE("CIFAR sets: records by the sizes, in folders and archives") {
  const TempDir dir;
  const fs::path folder = dir / "a/cifar-100-binary";
  write(folder / "train.bin", Bytes(3 * 3074));
  CHECK(is(status_of("cifar100", dir / "a"), DataState::missing));
  write(folder / "test.bin", Bytes(2 * 3074));
  DatasetStatus status = status_of("cifar100", dir / "a");
  CHECK(is(status, DataState::subset));
  REQUIRE(status.files.size() == 2);
  CHECK(status.files[0].records == 3);
  CHECK(status.files[1].records == 2);
  CHECK(status.files[1].bytes == 2 * 3074);
  CHECK(status.notes.size() == 2);
  write(folder / "test.bin", Bytes(2 * 3074 + 1));
  status = status_of("cifar100", dir / "a");
  CHECK(is(status, DataState::damaged));
  REQUIRE(status.notes.size() == 1);
  CHECK(status.notes[0].find("has 6149 bytes; expected are 1 ... 10000 records of 3074 bytes") != std::string::npos);

  const std::string inside = "cifar-100-binary/";
  Bytes tar = tar_file(inside + "test.bin", Bytes(2 * 3074));
  append(tar, tar_file(inside + "train.bin", Bytes(3 * 3074)));
  const fs::path archive = write(dir / "b/cifar-100-binary.tar.gz", gzip(joined(tar, tar_end())));
  status = status_of("cifar100", dir / "b");
  CHECK(is(status, DataState::subset));
  CHECK(status.folder == archive);
  REQUIRE(status.files.size() == 2);
  CHECK(status.files[0].file == inside + "test.bin");
  CHECK(status.files[0].records == 2);
  CHECK(status.files[1].records == 3);
  write(archive, gzip(tar));
  status = status_of("cifar100", dir / "b");
  CHECK(is(status, DataState::damaged));
  REQUIRE(status.notes.size() == 1);
  CHECK(status.notes[0].find("cut off") != std::string::npos);
}

TEST_CASE("a full CIFAR-100 is complete by its sizes alone") {
  const TempDir dir;
  for (const auto& [name, bytes] : {std::pair{"train.bin", 153700000}, std::pair{"test.bin", 30740000}}) {
    write(dir / "cifar-100" / name, {});
    fs::resize_file(dir / "cifar-100" / name, static_cast<std::uintmax_t>(bytes));  // without using the disk
  }
  const DatasetStatus status = status_of("cifar100", dir.path());
  CHECK(is(status, DataState::complete));
  CHECK(status.notes.empty());
}

}  // namespace
}  // namespace deepobs
