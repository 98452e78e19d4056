#pragma once

#include <cstdint>
#include <string>

#include "problems/data/dataset_info.h"

namespace deepobs {

/// A file with the official number of records must be the official file, where its checksum is known; one with fewer
/// must not be another known file.
///   name     what messages call the file
///   records  that it holds
///   crc      CRC-32 of its unpacked content
///   errors   data
void check_official_crc(const DatasetInfo& info, const FileInfo& file, const std::string& name, std::int64_t records,
                        std::uint32_t crc);

}  // namespace deepobs
