#pragma once

#include <filesystem>

#include "tests/cli/program.h"
#include "tests/problems/data/make_files.h"
#include "tests/temp_dir.h"

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

/// A folder for one test, with the data in it; the program starts there.
class Workplace {
 public:
  Workplace() { write_small_fmnist(folder_ / "data"); }

  const std::filesystem::path& path() const { return folder_.path(); }
  std::filesystem::path operator/(const std::filesystem::path& below) const { return folder_ / below; }

  /// Everything in it but the data.
  std::vector<std::string> written() const {
    std::vector<std::string> out = tree(folder_.path());
    std::erase_if(out, [](const std::string& name) { return name == "data" || name.starts_with("data/"); });
    return out;
  }

 private:
  TempDir folder_;
};

}  // namespace deepobs::test
