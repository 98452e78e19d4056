#pragma once

#include <cstdint>
#include <string_view>

namespace deepobs {

/// How convolutions are computed. The shapes alone decide, so the bits depend on this choice but not on the threads.
enum class ConvAlgorithm : std::uint8_t {
  automatic,  ///< in tiles (winograd_tiles.h) where the shape says that it is faster, else directly
  direct,     ///< every product of the definition
  winograd,   ///< in tiles wherever there are tiles for it: for tests
};

/// As options and results have it: "auto", "direct", "winograd".
constexpr std::string_view name_of(ConvAlgorithm algorithm) {
  return algorithm == ConvAlgorithm::automatic ? "auto" : algorithm == ConvAlgorithm::direct ? "direct" : "winograd";
}

}  // namespace deepobs
