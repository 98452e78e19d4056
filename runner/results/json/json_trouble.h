#pragma once

#include <cstddef>
#include <exception>
#include <optional>
#include <string>
#include <string_view>

namespace deepobs {

/// Why a text is no JSON, in our words: "line 3, column 1: '}' cannot stand here".
///   thrown  by the parser
///   read    how many characters it had read, where that is known
std::string json_trouble(std::string_view json, const std::exception& thrown, std::optional<std::size_t> read = {});

}  // namespace deepobs
