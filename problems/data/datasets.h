#pragma once

#include <span>
#include <string_view>

#include "problems/data/dataset.h"
#include "problems/data/locate.h"

namespace deepobs {

/// Loads a data set from the first of the places that has it; locate.h says how it looks, and its search_places() gives
/// the usual places. A set that is computed needs none of them. One that is streamed is only opened: what its records
/// hold is seen when they are read.
///
/// A set with fewer samples than the official one is loaded, with complete = false and the reasons in `notes`: files
/// with fewer records, or CIFAR-10 without some of its training batches. A damaged file never is. A file with the
/// official number of records must have the official content where its checksum is known (FileInfo::crc: MNIST,
/// Fashion-MNIST and Tolstoi); a part of CIFAR of official size whose classes are not equally often is loaded like a
/// subset, with a note (relabelled copies are in use; exchanged files look so too). Three things cannot be seen: a .bin
/// file that is cut off exactly between two records (it looks like a subset and is noted as one), changed pixels in a
/// .bin file (no checksums are published; inside the official archive gzip's CRC-32 covers them), and changed numbers
/// in an array of a MAT-file that is not compressed (the official files of SVHN are, with zlib's Adler-32).
///
/// Errors: usage (unknown name), missing (no such set, or one of its files is not there), data (damaged or wrong
/// content; the message names file and place), io, memory.
Dataset load_dataset(std::string_view name, std::span<const DataPlace> places);

/// The same of facts that need not be in the catalogue: a program's own.
Dataset load_dataset(const DatasetInfo& info, std::span<const DataPlace> places);

}  // namespace deepobs
