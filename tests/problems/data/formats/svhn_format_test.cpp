#include "problems/data/formats/svhn_format.h"

#include <doctest/doctest.h>

#include <cmath>

#include "problems/data/dataset_status.h"
#include "problems/data/datasets.h"
#include "tests/error_of.h"
#include "tests/problems/data/make_mat.h"
#include "tests/temp_dir.h"

namespace deepobs {
namespace {

using namespace test;
namespace fs = std::filesystem;

Dataset load(const fs::path& place) {
  const std::vector<DataPlace> places{place};
  return load_dataset("svhn", places);
}
DatasetStatus status_of(const fs::path& place) {
  const std::vector<DataPlace> places{place};
  return dataset_status("svhn", places);
}

/// Images whose byte at row y, column x, channel c of image n is known, in MATLAB's order: y is the fastest.
std::uint8_t known(std::size_t n, std::size_t y, std::size_t x, std::size_t c) {
  return static_cast<std::uint8_t>(7 * n + 3 * y + 5 * x + 80 * c);
}
Bytes known_images(std::size_t count) {
  Bytes bytes;
  for (std::size_t n = 0; n < count; ++n)
    for (std::size_t c = 0; c < 3; ++c)
      for (std::size_t x = 0; x < 32; ++x)
        for (std::size_t y = 0; y < 32; ++y) bytes.push_back(known(n, y, x, c));
  return bytes;
}

const Bytes labels{1, 2, 9, 10, 10};

TEST_CASE("svhn: images are turned into rows of pixels, label 10 is the digit 0") {
  const TempDir dir;
  write(dir / "svhn/train_32x32.mat", svhn_file(known_images(5), labels));
  write(dir / "svhn/test_32x32.mat", svhn_file(known_images(1), {3}));
  const Dataset set = load(dir.path());
  CHECK(set.train.count == 5);
  CHECK(set.train.official_count == 73257);
  CHECK(set.test.count == 1);
  CHECK(set.train.values<std::int32_t>(1) == std::vector<std::int32_t>{1, 2, 9, 0, 0});
  const auto& pixels = set.train.values<std::uint8_t>(0);
  REQUIRE(pixels.size() == 5 * 3072);
  int wrong = 0;
  for (std::size_t i = 0; i < pixels.size(); ++i) wrong += pixels[i] != known(i / 3072, i / 96 % 32, i / 3 % 32, i % 3);
  CHECK(wrong == 0);
  CHECK(set.notes == std::vector<std::string>{"train_32x32.mat has 5 of 73257 training samples",
                                              "test_32x32.mat has 1 of 26032 test samples"});
  const DatasetStatus status = status_of(dir.path());
  CHECK(status.state == DataState::subset);
  CHECK(status.train_samples == 5);
  CHECK(status.test_samples == 1);
  CHECK(status.notes == set.notes);
}

TEST_CASE("svhn: labels in front, in doubles as MATLAB keeps them, beside other arrays, not compressed") {
  const TempDir dir;
  Bytes bytes = mat_header();
  append(bytes, MatMaker{"y", {5, 1}, doubles_of({1, 2, 9, 10, 10}), 9, 6}.element());
  append(bytes, MatMaker{"extra", {2, 1}, {1, 2}}.element());
  append(bytes, mat_compressed(svhn_images(known_images(5)).element()));
  write(dir / "svhn/train_32x32.mat", bytes);
  write(dir / "svhn/test_32x32.mat", svhn_file(known_images(1), {3}));
  const Dataset set = load(dir.path());
  CHECK(set.train.values<std::int32_t>(1) == std::vector<std::int32_t>{1, 2, 9, 0, 0});
  CHECK(set.train.values<std::uint8_t>(0)[3] == known(0, 0, 1, 0));
}

TEST_CASE("svhn: what is missing, damaged, of another shape or out of range is refused, and told by the status too") {
  const TempDir dir;
  write(dir / "svhn/train_32x32.mat", svhn_file(known_images(5), labels));
  check_error([&] { load(dir.path()); }, Fault::missing, {"test_32x32.mat not there", "housenumbers/train_32x32.mat"});
  write(dir / "svhn/test_32x32.mat", svhn_file(known_images(1), {3}));
  const auto refuse = [&](const Bytes& arrays, const std::vector<std::string>& words, bool seen_by_status = true) {
    write(dir / "svhn/train_32x32.mat", joined(mat_header(), arrays));
    check_error([&] { load(dir.path()); }, Fault::data, words);
    CHECK((status_of(dir.path()).state == DataState::damaged) == seen_by_status);
  };
  const Bytes x = mat_compressed(svhn_images(known_images(5)).element()),
              y = mat_compressed(svhn_labels(labels).element());
  refuse(x, {"train_32x32.mat: there is no array y in it"});
  refuse(y, {"train_32x32.mat: there is no array X in it"});
  refuse(joined(joined(x, y), x), {"train_32x32.mat: X is there twice"});
  refuse(joined(x, svhn_labels({1, 2}).element()), {"has 5 images and 2 labels"});
  MatMaker turned = svhn_images(known_images(5));
  turned.extents = {3, 32, 32, 5};
  refuse(joined(turned.element(), y), {"X: must be bytes [32, 32, 3, N], and is [3, 32, 32, 5] of 1 bytes each"});
  turned = svhn_images(known_images(4));
  turned.extents = {32, 32, 3, 1, 4};
  refuse(joined(turned.element(), y), {"must be bytes [32, 32, 3, N]"});
  turned = {"X", {32, 32, 3, 2}, Bytes(2 * 2 * 3072), 4, 11};
  refuse(joined(turned.element(), y), {"of 2 bytes each"});
  refuse(joined(svhn_images({}).element(), y), {"X: has 0 records; expected are 1 ... 73257"});
  const auto bad_labels = [&](std::vector<double> values, const std::string& word) {
    values.resize(5, 1);
    refuse(joined(x, MatMaker{"y", {5, 1}, doubles_of(values), 9, 6}.element()), {"sample 0 has the label " + word},
           false);
  };
  bad_labels({0}, "0");
  bad_labels({11}, "11");
  bad_labels({1.5}, "1.5");
  bad_labels({-1}, "-1");
  bad_labels({std::nan("")}, "");
  bad_labels({1e300}, "1e+300");
  refuse(joined(x, svhn_labels({1, 2, 0, 4, 5}).element()), {"y: sample 2 has the label 0"}, false);
}

}  // namespace
}  // namespace deepobs
