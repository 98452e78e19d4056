#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "problems/data/data_format.h"

namespace deepobs {

/// Sets of IDX files (idx.h): each holds one column of one part, in bytes; a column of i32 has values below its
/// `kinds`.
std::shared_ptr<const DataFormat> idx_format();

/// The four files of MNIST and of its relatives, with all their spellings: images and labels of 60,000 training and
/// 10,000 test records.
///   crcs  of the unpacked files, in the order training images, training labels, test images, test labels
std::vector<FileInfo> mnist_files(const std::array<std::uint32_t, 4>& crcs);

}  // namespace deepobs
