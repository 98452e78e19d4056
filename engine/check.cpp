#include "engine/check.h"

#include <string_view>

namespace deepobs {

std::string to_string(const Place& place) {
  std::string_view file = place.file_name();
  // Two path components say enough; the build folder in front of them says nothing.
  if (const auto last = file.rfind('/'); last != std::string_view::npos)
    if (const auto before = file.rfind('/', last - 1); before != std::string_view::npos) file.remove_prefix(before + 1);
  return text(file, ':', place.line());
}

}  // namespace deepobs
