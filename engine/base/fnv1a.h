#pragma once

#include <cstdint>
#include <string_view>

namespace deepobs {

/// A hash of 64 bits that is the same everywhere and for ever, for names; no protection against anybody.
/// Source: Fowler, Noll and Vo, FNV-1a.
constexpr std::uint64_t fnv1a(std::string_view bytes) {
  std::uint64_t hash = 0xcbf29ce484222325u;
  for (const char c : bytes) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  return hash;
}

}  // namespace deepobs
