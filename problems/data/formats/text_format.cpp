#include "problems/data/formats/text_format.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <string_view>

#include "engine/base/check.h"
#include "engine/base/utf8.h"
#include "problems/data/formats/file_bytes.h"
#include "problems/data/formats/official_crc.h"

namespace deepobs {
namespace {

constexpr std::uint64_t most_bytes_of_character = 4;

std::int64_t training_records(std::int64_t records) { return (4 * records + 4) / 5; }

struct Loaded {
  CodedText text;
  std::uint32_t crc = 0;
};

Loaded load_text(const DatasetInfo& info, const FileInfo& file, const std::filesystem::path& path) {
  const auto most = static_cast<std::uint64_t>(file.records) * most_bytes_of_character;
  FileBytes source(path, most);
  const std::vector<std::uint8_t> bytes = source.read_all();
  source.expect_end();
  Loaded loaded{coded_text(bytes, source.name()), source.crc()};
  const auto count = std::ssize(loaded.text.ids), kinds = std::ssize(loaded.text.symbols);
  require(count >= 2 && count <= file.records, Fault::data, source.name(), ": has ", count,
          " characters; expected are 2 ... ", file.records);
  require(kinds <= info.columns[0].kinds, Fault::data, source.name(), ": has ", kinds,
          " kinds of characters; the official ", file.spellings.front(), " of ", info.title, " has ",
          info.columns[0].kinds);
  return loaded;
}

class TextFormat final : public DataFormat {
 public:
  Counts load(const DatasetInfo& info, const Location& where, Dataset& set) const override {
    require_parts(info, where, files_there(where));
    const FileInfo& file = info.files.front();
    const Loaded loaded = load_text(info, file, where.files.front());
    const auto& ids = loaded.text.ids;
    check_official_crc(info, file, where.files.front().string(), std::ssize(ids), loaded.crc);
    set.train.count = training_records(std::ssize(ids));
    set.test.count = std::ssize(ids) - set.train.count;
    const auto cut = ids.begin() + set.train.count;
    set.train.values<std::int32_t>(0).assign(ids.begin(), cut);
    set.test.values<std::int32_t>(0).assign(cut, ids.end());
    return {std::ssize(ids)};
  }

  std::int64_t records(const DatasetInfo& info, const FileInfo& file,
                       const std::filesystem::path& path) const override {
    return std::ssize(load_text(info, file, path).text.ids);
  }

  std::int64_t cut(DataPart part, std::int64_t records) const override {
    const std::int64_t training = training_records(records);
    return part == DataPart::train ? training : part == DataPart::test ? records - training : 0;
  }

  std::string proves() const override { return "UTF-8, characters counted"; }
};

}  // namespace

CodedText coded_text(const std::vector<std::uint8_t>& bytes, const std::string& name) {
  std::map<char32_t, std::int32_t> numbers;  // in the order of first occurrence
  std::u32string symbols;                    // by number
  std::vector<std::int64_t> counts;
  CodedText coded;
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  for (std::size_t at = 0; at < text.size();) {
    const auto character = first_code_point(text.substr(at));
    if (!character)
      fail(Fault::data, name, ": byte ", at, " (", hex_escape(text[at]), ") begins no character of UTF-8; character ",
           coded.ids.size(), " of the text");
    const auto [kind, is_new] = numbers.try_emplace(character->code, static_cast<std::int32_t>(symbols.size()));
    if (is_new) {
      symbols += character->code;
      counts.push_back(0);
    }
    ++counts[static_cast<std::size_t>(kind->second)];
    coded.ids.push_back(kind->second);
    at += character->length;
  }
  std::vector<std::size_t> by_count(symbols.size());
  std::iota(by_count.begin(), by_count.end(), std::size_t{0});
  std::ranges::stable_sort(by_count, std::ranges::greater(), [&](std::size_t number) { return counts[number]; });
  std::vector<std::int32_t> ids(symbols.size());
  for (const std::size_t number : by_count) {
    ids[number] = static_cast<std::int32_t>(coded.symbols.size());
    coded.symbols += symbols[number];
  }
  for (std::int32_t& id : coded.ids) id = ids[static_cast<std::size_t>(id)];
  return coded;
}

std::shared_ptr<const DataFormat> text_format() { return std::make_shared<TextFormat>(); }

}  // namespace deepobs
