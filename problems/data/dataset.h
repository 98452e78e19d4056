#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "engine/shape.h"

namespace deepobs {

/// The training or the test half of a data set, as its files hold it: bytes, not yet scaled.
struct Split {
  std::vector<std::uint8_t> images;  ///< [count, H, W, C], 0 ... 255
  std::vector<std::int32_t> labels;  ///< [count], each in [0, Dataset::classes)
  std::int64_t count = 0;
  std::int64_t official_count = 0;  ///< how many the official half has; `count` is never larger
};

/// A labelled data set in memory. Samples are in the order of the official files.
struct Dataset {
  std::string name;  ///< DeepOBS's name: "mnist", "fmnist", "cifar10", "cifar100"
  Shape image;       ///< of one sample: [H, W, C]
  int classes = 0;
  Split train, test;
  bool complete = false;           ///< both halves have their official number of samples
  std::vector<std::string> notes;  ///< why it is not complete, one line per reason; empty when it is
  std::filesystem::path folder;    ///< where it was found: the folder of the files, or the archive that holds them
};

}  // namespace deepobs
