#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace deepobs::test {

/// An element of an XML document, with what it has from those around it.
struct XmlElement {
  std::string name{};
  std::map<std::string, std::string> own{}, all{};  ///< attributes: its own, and inherited ones beside them
  std::string text{};                               ///< directly in it
};

/// All elements in the order of their beginnings. Throws std::runtime_error where the text is not well-formed: elements
/// that do not nest, attributes without quotes or twice, unknown entities, < or & in text, bytes that are no UTF-8,
/// characters that XML forbids, more than one root.
std::vector<XmlElement> read_xml(std::string_view text);

}  // namespace deepobs::test
