#pragma once

#include <string_view>

namespace deepobs {

/// Finds out whether something can be called so: on the command line, in messages and in folders' names. `a_kind` says
/// what it is: "a problem".
/// Errors (usage): a name that is empty, begins with '-', or would not be printed as it is.
void check_name(std::string_view a_kind, std::string_view name);

}  // namespace deepobs
