#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "tests/cli/program.h"
#include "tests/runner/training/small_set.h"
#include "tests/temp_dir.h"

namespace deepobs::test {

/// A folder for one test, with the data in it; the program starts there.
class Workplace {
 public:
  Workplace() { write_small_set(folder_ / "data", "fmnist", 256, 64); }

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
