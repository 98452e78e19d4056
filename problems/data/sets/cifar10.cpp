#include "problems/data/formats/cifar_format.h"

namespace deepobs {

/// Krizhevsky, "Learning Multiple Layers of Features from Tiny Images", 2009. No checksums of the single .bin files are
/// published; that of the archive is part of how_to_get. The official archive unfolds to 184.4 MB.
DatasetInfo cifar10() {
  const auto batch = [](std::string name, DataPart part) {
    return FileInfo{{std::move(name)}, part, {"images", "labels"}, 10000, {}};
  };
  return {.name = "cifar10",
          .title = "CIFAR-10",
          .columns = {image_column(32, 32, 3), label_column(10)},
          .train = 50000,
          .test = 10000,
          .format = cifar_format(),
          .folders = {"cifar-10", "cifar-10-batches-bin", "cifar10"},
          .files = {batch("data_batch_1.bin", DataPart::train), batch("data_batch_2.bin", DataPart::train),
                    batch("data_batch_3.bin", DataPart::train), batch("data_batch_4.bin", DataPart::train),
                    batch("data_batch_5.bin", DataPart::train), batch("test_batch.bin", DataPart::test)},
          .archive = "cifar-10-binary.tar.gz",
          .archive_folder = "cifar-10-batches-bin",
          .archive_bytes = 256'000'000,
          .how_to_get =
              "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz (170052171 bytes, MD5 "
              "c32a1d4ab5d03f1284b67883e8d87530), into FOLDER; it need not be unpacked"};
}

}  // namespace deepobs
