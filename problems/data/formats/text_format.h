#pragma once

#include <memory>
#include <string>
#include <vector>

#include "problems/data/data_format.h"

namespace deepobs {

/// A text as numbers.
struct CodedText {
  std::vector<std::int32_t> ids;  ///< of each character
  std::u32string symbols;         ///< by id: the most frequent first, of equals the one that comes first in the text
};

/// Codes UTF-8. Every character counts, line ends and a byte order mark included; nothing is normalised.
/// Errors: data, naming `name` and the byte, where the text is no UTF-8.
CodedText coded_text(const std::vector<std::uint8_t>& bytes, const std::string& name);

/// One file of UTF-8 text whose first four fifths, rounded up, are the training set and whose rest is the test set. A
/// record is a character, coded_text() over the whole file; the set's one column has its id.
/// Errors: data, for no UTF-8, fewer than two characters, more of them or of their kinds than the official text has,
/// and for another text of the official length.
std::shared_ptr<const DataFormat> text_format();

}  // namespace deepobs
