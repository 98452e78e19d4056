#pragma once

#include <cstdint>
#include <optional>

namespace deepobs {

/// Lets the system count the process's peak of resident memory anew, from what is resident now; memory that was given
/// back is returned to the system before. False where the system does not offer it.
bool reset_peak_memory();

/// The largest resident memory of the process since the last reset, in bytes; nothing where the system does not tell.
std::optional<std::int64_t> peak_memory();

}  // namespace deepobs
