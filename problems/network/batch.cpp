#include "problems/network/batch.h"

#include "engine/base/nearest_name.h"

namespace deepobs {

Value Batch::operator[](std::string_view name) const {
  std::vector<std::string> known;
  for (const auto& [known_name, value] : values_) {
    if (known_name == name) return value;
    known.push_back(known_name);
  }
  fail(Fault::usage, unknown_name_text("part of a mini-batch", name, known));
}

}  // namespace deepobs
