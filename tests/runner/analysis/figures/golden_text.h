#pragma once

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace deepobs::test {

/// Compares with tests/golden/analysis/figures/`name`, which this program wrote and people looked at. Where they differ
/// the first different line is told, and the new text lies in the system's temporary folder, to be looked at and put in
/// its place.
inline void check_golden_text(const std::string& name, const std::string& actual) {
  const auto read = [](const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(file), {});
  };
  const std::string expected = read(std::filesystem::path(DEEPOBS_SOURCE_DIR) / "tests/golden/analysis/figures" / name);
  if (actual == expected) return;
  const std::filesystem::path made = std::filesystem::temp_directory_path() / ("deepobs-" + name);
  std::ofstream(made, std::ios::binary) << actual;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < actual.size() && i < expected.size() && actual[i] == expected[i]; ++i)
    if (actual[i] == '\n') begin = i + 1;
  FAIL_CHECK("not as in the golden file, which has\n  ", expected.substr(begin, expected.find('\n', begin) - begin),
             "\nand here came\n  ", actual.substr(begin, actual.find('\n', begin) - begin), "\nall of it is in ",
             made.string());
}

}  // namespace deepobs::test
