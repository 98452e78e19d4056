#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "problems/data/dataset.h"
#include "problems/data/dataset_parts.h"
#include "problems/data/tar.h"

namespace deepobs {

/// How many records a file of `bytes` bytes holds. Errors: data, if that is not 1 ... official whole records.
std::int64_t cifar_records(const DatasetInfo& info, const FileInfo& file, const std::string& name, std::uint64_t bytes);

/// Calls visit(i, entry, reader) for file i of the set where the archive has a regular file of its exact official path
/// (a "./" in front is allowed). Everything else in the archive is passed over.
/// Errors: data, if one of them is there twice or the archive unfolds to more than 256 MB; and those of TarReader.
void for_each_member(const DatasetInfo& info, const Location& where,
                     const std::function<void(std::size_t, const TarEntry&, TarReader&)>& visit);

/// Fills both halves of `set` from CIFAR's binary files or the archive of them; returns the records of each file.
/// Errors: load_dataset().
Counts load_cifar_set(const DatasetInfo& info, const Location& where, Dataset& set);

}  // namespace deepobs
