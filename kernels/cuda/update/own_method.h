#pragma once

#include "kernels/update/optimizer.h"

namespace deepobs {

/// This library's own method of a node that the program recorded: that of the same optimizer with the same settings.
/// Errors: (usage) the optimizer was not compiled for a GPU, or in another version.
Method own_method(const UpdateSite& site);

}  // namespace deepobs
