#include "engine/base/check.h"

#include <locale>
#include <sstream>
#include <string_view>

namespace deepobs {

std::ostream& Part::print_text(std::ostream& out, const void* text) { return out << static_cast<const char*>(text); }

std::string text(std::initializer_list<Part> parts) {
  std::ostringstream out;
  out.imbue(std::locale::classic());
  for (const Part& part : parts) out << part;
  return out.str();
}

void fail(Fault fault, std::initializer_list<Part> parts) { throw Error(fault, text(parts)); }

std::string to_string(const Place& place) {
  std::string_view file = place.file_name();
  // Two path components say enough; the build folder in front of them says nothing.
  if (const auto last = file.rfind('/'); last != std::string_view::npos)
    if (const auto before = file.rfind('/', last - 1); before != std::string_view::npos) file.remove_prefix(before + 1);
  return text(file, ':', place.line());
}

}  // namespace deepobs
