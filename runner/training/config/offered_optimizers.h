#pragma once

#include "kernels/update/optimizer.h"

namespace deepobs {

/// Finds out whether an optimizer can be chosen by its name, set by options, and told from all others by the folder of
/// its results.
/// Errors (usage): what check_optimizer() finds; a hyperparameter with the name of an option of `deepobs run`, or one
/// that the names of folders use; the name of one of deepobs' own optimizers.
void check_usable(const Optimizer& optimizer);

/// The same of all that were built in, DEEPOBS_EXTRA_OPTIMIZERS among them. Errors (usage): also two of one name.
void check_built_in();

}  // namespace deepobs
