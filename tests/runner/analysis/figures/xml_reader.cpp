#include "tests/runner/analysis/figures/xml_reader.h"

#include <stdexcept>

#include "engine/base/utf8.h"

namespace deepobs::test {
namespace {

class XmlReader {
 public:
  explicit XmlReader(std::string_view text) : text_(text) {
    for (std::string_view rest = text; !rest.empty();) {
      const auto one = first_code_point(rest);
      demand(one.has_value(), "bytes that are no UTF-8");
      const char32_t c = one->code;
      demand((c >= 0x20 || c == '\n' || c == '\t' || c == '\r') && c != 0xfffe && c != 0xffff, "a forbidden character");
      rest.remove_prefix(one->length);
    }
  }

  std::vector<XmlElement> read() {
    element({});
    skip_space();
    demand(at_ == text_.size(), "something behind the root");
    return std::move(elements_);
  }

 private:
  void demand(bool condition, const std::string& what) const {
    if (!condition) throw std::runtime_error("XML: " + what + " near \"" + std::string(text_.substr(at_, 60)) + "\"");
  }
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool take(std::string_view word) {
    if (text_.substr(at_, word.size()) != word) return false;
    at_ += word.size();
    return true;
  }
  void skip_space() {
    while (peek() == ' ' || peek() == '\n') ++at_;
  }
  std::string name() {
    const std::size_t begin = at_;
    while (std::isalnum(static_cast<unsigned char>(peek())) || peek() == '-' || peek() == ':' || peek() == '_') ++at_;
    demand(at_ > begin, "no name");
    return std::string(text_.substr(begin, at_ - begin));
  }
  char character() {
    if (peek() != '&') return text_[at_++];
    for (const auto& [entity, meant] :
         {std::pair{"&lt;", '<'}, {"&gt;", '>'}, {"&amp;", '&'}, {"&quot;", '"'}, {"&#39;", '\''}})
      if (take(entity)) return meant;
    demand(false, "an unknown entity");
    return '\0';
  }
  void element(const std::map<std::string, std::string>& inherited) {
    demand(take("<"), "no element");
    const std::size_t index = elements_.size();
    elements_.push_back({name(), {}, inherited, ""});
    while (skip_space(), peek() != '>' && peek() != '/') {
      const std::string key = name();
      demand(take("=\""), "an attribute without quotes");
      std::string value;
      while (peek() != '"') {
        demand(at_ < text_.size() && peek() != '<', "an attribute without end");
        value += character();
      }
      ++at_;
      demand(elements_[index].own.emplace(key, value).second, "an attribute twice");
      elements_[index].all[key] = value;
    }
    if (take("/>")) return;
    demand(take(">"), "no end of a tag");
    for (;;) {
      if (take("</")) {
        demand(name() == elements_[index].name, "elements that do not nest");
        demand(take(">"), "no end of a tag");
        return;
      }
      if (peek() == '<') {
        const std::map<std::string, std::string> of_this = elements_[index].all;
        element(of_this);
      } else {
        demand(at_ < text_.size() && !take("]]>"), "an element without end");
        const char c = character();
        elements_[index].text += c;
      }
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::vector<XmlElement> elements_;
};

}  // namespace

std::vector<XmlElement> read_xml(std::string_view text) { return XmlReader(text).read(); }

}  // namespace deepobs::test
