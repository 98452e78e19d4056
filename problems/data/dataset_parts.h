#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "problems/data/dataset_info.h"
#include "problems/data/locate.h"

namespace deepobs {

/// Records found in each file of DatasetInfo::files; nothing where the file is not there.
using Counts = std::vector<std::optional<std::int64_t>>;

/// Which files of a located folder are there, each with 0 records so far.
Counts files_there(const Location& where);

/// The files a set cannot do without and that are not there, "a, b": those whose columns no other file of the same part
/// has. Empty if nothing is missing.
std::string missing_parts(const DatasetInfo& info, const Counts& counts);

/// Errors: missing, naming the missing_parts() and how to get them.
void require_parts(const DatasetInfo& info, const Location& where, const Counts& counts);

/// How many records of a part these files hold.
std::int64_t records_of(const DatasetInfo& info, const Counts& counts, DataPart part);

/// Why a set that can be loaded is less than the official one, one line per file; empty if it is not.
std::vector<std::string> incomplete_notes(const DatasetInfo& info, const Counts& counts);

}  // namespace deepobs
