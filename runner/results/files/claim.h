#pragma once

#include <filesystem>

#include "runner/results/files/file.h"

namespace deepobs {

/// Temporary files and folders whose owner may be killed. The owner claims each with a lock (flock), which the system
/// keeps for as long as it lives and not a moment longer, whatever happens to process numbers, containers and clocks.
/// So what can be locked by somebody else is abandoned.

/// Claims what the caller has just made at `path` and holds open, until `made` is closed. False when somebody took it
/// for abandoned before: then it is gone, and another one is to be made. Where there are no locks nothing is claimed,
/// and nothing is ever taken for abandoned.
bool claim(const OpenFile& made, const std::filesystem::path& path);

/// Removes a file, or a folder with its content, if nobody claims it any more. False when it stays: its owner lives, it
/// cannot be removed, or nobody can know, because the file system may be shared with other machines, whose locks need
/// not be seen here.
bool remove_abandoned(const std::filesystem::path& path) noexcept;

}  // namespace deepobs
