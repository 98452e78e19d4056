#include "problems/data/formats/cifar_format.h"

namespace deepobs {

/// Krizhevsky, "Learning Multiple Layers of Features from Tiny Images", 2009, with the fine labels. No checksums of the
/// single .bin files are published; that of the archive is part of how_to_get. The official archive unfolds to 184.5
/// MB.
DatasetInfo cifar100() {
  return {.name = "cifar100",
          .title = "CIFAR-100",
          .columns = {image_column(32, 32, 3), label_column(100)},
          .train = 50000,
          .test = 10000,
          .format = cifar_format(/*coarse_classes=*/20),
          .folders = {"cifar-100", "cifar-100-binary", "cifar100"},
          .files = {{{"train.bin"}, DataPart::train, {"images", "labels"}, 50000, {}},
                    {{"test.bin"}, DataPart::test, {"images", "labels"}, 10000, {}}},
          .archive = "cifar-100-binary.tar.gz",
          .archive_folder = "cifar-100-binary",
          .archive_bytes = 256'000'000,
          .how_to_get =
              "https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz (168513733 bytes, MD5 "
              "03b5dce01913d631647c71ecec9e9cb8), into FOLDER; it need not be unpacked"};
}

}  // namespace deepobs
