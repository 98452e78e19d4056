#include "problems/data/dataset_info.h"

#include <array>

#include "engine/check.h"
#include "engine/nearest_name.h"

namespace deepobs {
namespace {

/// The four checksums of an IDX set, in the order of its files.
using IdxSums = std::array<std::uint32_t, 4>;

/// "train-images-idx3-ubyte": as .gz and plain, and both with the dot of the older spelling "train-images.idx3-ubyte".
/// The compressed file is preferred because it carries a checksum of its own.
FileInfo idx_file(const std::string& half_name, Content content, Half half, std::int64_t records, std::uint32_t crc) {
  const std::string kind = content == Content::images ? "images" : "labels";
  const std::string rank = content == Content::images ? "idx3-ubyte" : "idx1-ubyte";
  const std::string name = half_name + '-' + kind + '-' + rank, older = half_name + '-' + kind + '.' + rank;
  return {{name + ".gz", name, older + ".gz", older}, half, content, records, crc};
}

DatasetInfo idx_set(std::string name, std::string title, std::vector<std::string> folders, const IdxSums& sums,
                    std::string how_to_get) {
  return {.name = std::move(name),
          .title = std::move(title),
          .image = {28, 28, 1},
          .classes = 10,
          .folders = std::move(folders),
          .files = {idx_file("train", Content::images, Half::train, 60000, sums[0]),
                    idx_file("train", Content::labels, Half::train, 60000, sums[1]),
                    idx_file("t10k", Content::images, Half::test, 10000, sums[2]),
                    idx_file("t10k", Content::labels, Half::test, 10000, sums[3])},
          .archive = "",
          .archive_folder = "",
          .how_to_get = std::move(how_to_get)};
}

FileInfo records_file(std::string name, Half half, std::int64_t records) {
  return {{std::move(name)}, half, Content::records, records, {}};
}

std::vector<DatasetInfo> make_infos() {
  std::vector<DatasetInfo> infos;
  // MNIST: LeCun, Cortes, Burges, "The MNIST database of handwritten digits". The sums are of files whose MD5s are the
  // published ones: 6bbc9ace..., a25bea73..., 2646ac64..., 27ae3e4e... .
  infos.push_back(idx_set("mnist", "MNIST", {"mnist", "MNIST/raw"}, {0xe9f4d8b3, 0xe0cb4ad2, 0x91373bdf, 0x4ab9eff9},
                          "the four .gz files of http://yann.lecun.com/exdb/mnist/ (often closed) or of the copy at "
                          "https://ossci-datasets.s3.amazonaws.com/mnist/, into FOLDER"));
  // Fashion-MNIST: Xiao, Rasul, Vollgraf, arXiv:1708.07747. The sums are of the files in Debian's package, whose gzip
  // streams have the lengths of the official ones.
  infos.push_back(
      idx_set("fmnist", "Fashion-MNIST", {"fmnist", "fashion-mnist", "FashionMNIST/raw"},
              {0xb4f29f28, 0x741a4657, 0x678fe0b1, 0x80142c1f},
              "apt-get install dataset-fashion-mnist (Debian, Ubuntu), or\n"
              "the four .gz files of http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/, into FOLDER"));
  // CIFAR: Krizhevsky, "Learning Multiple Layers of Features from Tiny Images", 2009. No checksums of the single .bin
  // files are published; those of the archives are part of how_to_get.
  infos.push_back({.name = "cifar10",
                   .title = "CIFAR-10",
                   .image = {32, 32, 3},
                   .classes = 10,
                   .folders = {"cifar-10", "cifar-10-batches-bin", "cifar10"},
                   .files = {records_file("data_batch_1.bin", Half::train, 10000),
                             records_file("data_batch_2.bin", Half::train, 10000),
                             records_file("data_batch_3.bin", Half::train, 10000),
                             records_file("data_batch_4.bin", Half::train, 10000),
                             records_file("data_batch_5.bin", Half::train, 10000),
                             records_file("test_batch.bin", Half::test, 10000)},
                   .archive = "cifar-10-binary.tar.gz",
                   .archive_folder = "cifar-10-batches-bin",
                   .how_to_get = "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz (170052171 bytes, MD5 "
                                 "c32a1d4ab5d03f1284b67883e8d87530), into FOLDER; it need not be unpacked"});
  infos.push_back(
      {.name = "cifar100",
       .title = "CIFAR-100",
       .image = {32, 32, 3},
       .classes = 100,
       .coarse_classes = 20,
       .folders = {"cifar-100", "cifar-100-binary", "cifar100"},
       .files = {records_file("train.bin", Half::train, 50000), records_file("test.bin", Half::test, 10000)},
       .archive = "cifar-100-binary.tar.gz",
       .archive_folder = "cifar-100-binary",
       .how_to_get = "https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz (168513733 bytes, MD5 "
                     "03b5dce01913d631647c71ecec9e9cb8), into FOLDER; it need not be unpacked"});
  return infos;
}

}  // namespace

std::int64_t official_count(const DatasetInfo& info, Half half) {
  std::int64_t sum = 0;
  for (const FileInfo& file : info.files)
    if (file.half == half && file.content != Content::labels) sum += file.records;
  return sum;
}

std::span<const DatasetInfo> dataset_infos() {
  static const std::vector<DatasetInfo> infos = make_infos();
  return infos;
}

const DatasetInfo& dataset_info(std::string_view name) {
  std::vector<std::string> known;
  for (const DatasetInfo& info : dataset_infos()) {
    if (info.name == name) return info;
    known.push_back(info.name);
  }
  fail(Fault::usage, unknown_name_text("data set", name, known));
}

}  // namespace deepobs
