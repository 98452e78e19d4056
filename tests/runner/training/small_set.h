#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "problems/data/datasets.h"
#include "tests/problems/data/make_files.h"
#include "tests/temp_dir.h"

namespace deepobs {

/// Writes a data set of random images in its official format below `place`.
inline void write_small_set(const std::filesystem::path& place, const std::string& name, std::uint32_t train,
                            std::uint32_t test) {
  using namespace test;
  const auto folder = place / name;
  if (name == "mnist" || name == "fmnist") {
    write(folder / "train-images-idx3-ubyte", idx_images(train, 1));
    write(folder / "train-labels-idx1-ubyte", idx_labels(train, 2));
    write(folder / "t10k-images-idx3-ubyte", idx_images(test, 3));
    write(folder / "t10k-labels-idx1-ubyte", idx_labels(test, 4));
    return;
  }
  const bool coarse = name == "cifar100";
  const auto records = [&](std::uint32_t count, std::uint32_t seed) {
    const Bytes pixels = pattern(std::size_t{count} * 3072, seed), labels = pattern(count, seed + 1, coarse ? 100 : 10);
    Bytes bytes;
    for (std::size_t i = 0; i < count; ++i) {
      if (coarse) bytes.push_back(0);
      bytes.push_back(labels[i]);
      append(bytes, Bytes(pixels.begin() + static_cast<std::ptrdiff_t>(i * 3072),
                          pixels.begin() + static_cast<std::ptrdiff_t>((i + 1) * 3072)));
    }
    return bytes;
  };
  write(folder / (coarse ? "train.bin" : "data_batch_1.bin"), records(train, 1));
  write(folder / (coarse ? "test.bin" : "test_batch.bin"), records(test, 3));
}

/// The same, loaded.
inline Dataset small_set(const std::string& name, std::uint32_t train, std::uint32_t test) {
  const TempDir folder;
  write_small_set(folder.path(), name, train, test);
  const std::vector<DataPlace> places{folder.path()};
  return load_dataset(name, places);
}

/// 40 training and 16 test images of MNIST's form.
inline const Dataset& few_digits() {
  static const Dataset data = small_set("mnist", 40, 16);
  return data;
}

}  // namespace deepobs
