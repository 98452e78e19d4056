#include "problems/data/formats/idx_format.h"

namespace deepobs {

/// Xiao, Rasul, Vollgraf, "Fashion-MNIST", arXiv:1708.07747. The sums are of the files in Debian's package, whose gzip
/// streams have the lengths of the official ones.
DatasetInfo fmnist() {
  return {.name = "fmnist",
          .title = "Fashion-MNIST",
          .columns = {image_column(28, 28, 1), label_column(10)},
          .train = 60000,
          .test = 10000,
          .format = idx_format(),
          .folders = {"fmnist", "fashion-mnist", "FashionMNIST/raw"},
          .files = mnist_files({0xb4f29f28, 0x741a4657, 0x678fe0b1, 0x80142c1f}),
          .how_to_get =
              "apt-get install dataset-fashion-mnist (Debian, Ubuntu), or\n"
              "the four .gz files of http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/, into FOLDER"};
}

}  // namespace deepobs
