#pragma once

#include <cstdint>
#include <filesystem>

#include "tests/problems/data/make_files.h"

namespace deepobs::test {

/// A few images of Fashion-MNIST's form in place/fmnist, for --data_dir place. Returns that folder.
inline std::filesystem::path write_small_fmnist(const std::filesystem::path& place, std::uint32_t train = 256,
                                                std::uint32_t test = 64) {
  const auto folder = place / "fmnist";
  write(folder / "train-images-idx3-ubyte", idx_images(train, 1));
  write(folder / "train-labels-idx1-ubyte", idx_labels(train, 2));
  write(folder / "t10k-images-idx3-ubyte", idx_images(test, 3));
  write(folder / "t10k-labels-idx1-ubyte", idx_labels(test, 4));
  return folder;
}

}  // namespace deepobs::test
