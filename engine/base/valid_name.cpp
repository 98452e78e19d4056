#include "engine/base/valid_name.h"

#include "engine/base/check.h"
#include "engine/base/printable.h"

namespace deepobs {

void check_name(std::string_view a_kind, std::string_view name) {
  require(!name.empty() && !name.starts_with('-') && printable(name) == name, Fault::usage, "'", printable_name(name),
          "' cannot be the name of ", a_kind, "; it must not be empty, begin with '-' or hold control characters");
}

}  // namespace deepobs
