#include "problems/data/formats/official_crc.h"

#include <iomanip>
#include <sstream>

#include "engine/base/check.h"

namespace deepobs {
namespace {

std::string hex(std::uint32_t value) {
  std::ostringstream out;
  out << std::hex << std::setw(8) << std::setfill('0') << value;
  return out.str();
}

}  // namespace

void check_official_crc(const DatasetInfo& info, const FileInfo& file, const std::string& name, std::int64_t records,
                        std::uint32_t crc) {
  if (!file.crc || crc == *file.crc) return;
  std::string hint = "get the file again";
  bool known = false;
  for (const DatasetInfo& other : data_sets())
    for (const FileInfo& candidate : other.files)
      if (candidate.crc == crc) {
        hint = "it is the content of " + candidate.spellings.front() + " of " + other.title;
        known = true;
      }
  require(!known && records < file.records, Fault::data, name, ": is not the official ", file.spellings.front(), " of ",
          info.title, ": the CRC-32 of its content is ", hex(crc), ", not ", hex(*file.crc), "; ", hint);
}

}  // namespace deepobs
