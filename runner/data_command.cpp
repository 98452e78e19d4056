#include <iomanip>
#include <ostream>

#include "problems/data/dataset_status.h"
#include "problems/data/locate.h"
#include "runner/commands.h"

namespace deepobs {
namespace {

const char* described(DataState state) {
  switch (state) {
    case DataState::complete:
      return "complete";
    case DataState::subset:
      return "subset";
    case DataState::damaged:
      return "DAMAGED";
    default:
      return "missing";
  }
}

}  // namespace

void data_list_command(const std::filesystem::path& data_dir, const std::filesystem::path& home, std::ostream& out) {
  const auto places = search_places(data_dir, home);
  for (const auto& info : dataset_infos()) {
    const auto status = dataset_status(info.name, places);
    out << std::left << std::setw(10) << status.name << std::setw(10) << described(status.state)
        << status.folder.string() << '\n';
    for (const auto& file : status.files)
      out << "    " << std::left << std::setw(34) << file.file.filename().string() << std::right << std::setw(12)
          << file.bytes << " bytes " << std::setw(8) << file.records << " of " << file.official_records << " records\n";
    for (const auto& note : status.notes) out << "    " << note << '\n';
    if (status.state != DataState::complete) {
      out << "    get it: ";
      for (const char c : status.how_to_get) out << (c == '\n' ? "\n            " : std::string(1, c));
      out << '\n';
    }
  }
  out << "looked for in:";
  for (const auto& place : places) out << ' ' << place.string();
  out << '\n';
}

}  // namespace deepobs
