#include "problems/data/formats/idx_format.h"

namespace deepobs {

/// LeCun, Cortes, Burges, "The MNIST database of handwritten digits". The sums are of files whose MD5s are the
/// published ones: 6bbc9ace..., a25bea73..., 2646ac64..., 27ae3e4e... .
DatasetInfo mnist() {
  return {.name = "mnist",
          .title = "MNIST",
          .columns = {image_column(28, 28, 1), label_column(10)},
          .train = 60000,
          .test = 10000,
          .format = idx_format(),
          .folders = {"mnist", "MNIST/raw"},
          .files = mnist_files({0xe9f4d8b3, 0xe0cb4ad2, 0x91373bdf, 0x4ab9eff9}),
          .how_to_get =
              "the four .gz files of http://yann.lecun.com/exdb/mnist/ (often closed) or of the copy at "
              "https://ossci-datasets.s3.amazonaws.com/mnist/, into FOLDER"};
}

}  // namespace deepobs
