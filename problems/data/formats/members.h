#pragma once

#include <functional>

#include "problems/data/dataset_parts.h"
#include "problems/data/formats/tar.h"

namespace deepobs {

/// Calls visit(i, entry, reader) for file i of the set where its archive has a regular file of its exact official path
/// (a "./" in front is allowed). Everything else in the archive is passed over.
/// Errors: data, if one of them is there twice or the archive unfolds to more than DatasetInfo::archive_bytes; and
/// those of TarReader.
void for_each_member(const DatasetInfo& info, const Location& where,
                     const std::function<void(std::size_t, const TarEntry&, TarReader&)>& visit);

}  // namespace deepobs
