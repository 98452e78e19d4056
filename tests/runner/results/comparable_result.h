#pragma once

#include <doctest/doctest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/file_content.h"

namespace deepobs {

/// A result without what may differ from run to run, and without some more keys.
inline std::string comparable(const std::filesystem::path& json, const std::vector<std::string>& also = {}) {
  auto result = nlohmann::ordered_json::parse(content(json));
  std::vector<std::string> keys{"start_time",
                                "total_seconds",
                                "train_seconds",
                                "eval_seconds",
                                "train_examples_per_second",
                                "eval_examples_per_second"};
  keys.insert(keys.end(), also.begin(), also.end());
  for (const auto& key : keys) {
    INFO(key);
    CHECK(result.erase(key) == 1);
  }
  return result.dump(1);
}

}  // namespace deepobs
