#pragma once

#include <span>
#include <string>

#include "runner/results/json/json_reader.h"

namespace deepobs {

/// The value of a parameter that was read, as Python's str() prints it: 0.9, True, None, [0.9, 0.999].
std::string parameter_text(const ReadParameter& parameter);

/// "momentum 0.9, nesterov False".
std::string parameters_text(std::span<const ReadParameter> parameters);

}  // namespace deepobs
