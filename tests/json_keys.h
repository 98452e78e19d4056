#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace deepobs::test {

/// The keys of an object, in the order that its type keeps.
template <class Json>
std::vector<std::string> keys_of(const Json& object) {
  std::vector<std::string> keys;
  for (const auto& [key, value] : object.items()) keys.push_back(key);
  return keys;
}

}  // namespace deepobs::test
