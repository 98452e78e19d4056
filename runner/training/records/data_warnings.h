#pragma once

#include <filesystem>
#include <string>

#include "problems/data/dataset_info.h"

namespace deepobs {

// What a user should know about data before anything is computed with them; no text where there is nothing to say.

/// "WARNING: data_dir x has no data set mnist; using data/mnist", of a set that was asked for in `data_dir` and is used
/// from elsewhere. `folder`: where it was found; empty: nowhere, and random bytes are used. Nothing of a set that is
/// computed: nobody looks for it.
std::string passed_over_text(const DatasetInfo& info, const std::filesystem::path& data_dir,
                             const std::filesystem::path& folder);

/// "WARNING: data set mnist in data/mnist is not complete: ...".
std::string incomplete_text(const Dataset& data);

}  // namespace deepobs
