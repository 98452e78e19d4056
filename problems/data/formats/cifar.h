#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "problems/data/formats/byte_source.h"

namespace deepobs {

/// The records of CIFAR's binary version: a label byte (CIFAR-100: the coarse label, then the fine one, which is the
/// one used), then 1024 red, 1024 green and 1024 blue bytes, each plane row by row.
struct CifarForm {
  int classes = 10;
  int coarse_classes = 0;  ///< 0: records have no coarse label
  std::int64_t record_bytes() const { return (coarse_classes > 0 ? 2 : 1) + 3 * 1024; }
};

/// Reads the records up to the end of `source` into the two arrays, the first one at sample `first`, and returns how
/// many there were. Images become [32, 32, 3]. Samples before `first` are kept; missing ones in between are zeros; the
/// arrays never shrink and reach at most to sample first + max_records.
///
/// Errors (data): no record, a last record that is cut off, more than max_records, a label out of range (with its
/// record); and those of the source.
std::int64_t read_cifar(ByteSource& source, const CifarForm& form, std::int64_t max_records,
                        std::vector<std::uint8_t>& images, std::vector<std::int32_t>& labels, std::int64_t first);

/// In words, which class does not occur as often as the others; empty if all do, as in both parts of the official
/// sets. For parts that have their official number of samples: it shows exchanged train and test files, of which no
/// checksums are published.
std::string imbalance(const std::vector<std::int32_t>& labels, int classes);

}  // namespace deepobs
