#include <algorithm>
#include <iomanip>
#include <optional>
#include <ostream>

#include "engine/base/check.h"
#include "engine/run/executor.h"
#include "problems/data/data_format.h"
#include "problems/data/dataset_status.h"
#include "problems/data/datasets.h"
#include "problems/data/locate.h"
#include "runner/cli/commands/commands.h"
#include "runner/results/text/counted.h"
#include "runner/training/stream/check_records.h"

namespace deepobs {
namespace {

/// A text of several lines, each behind the same indentation.
std::string indented(const std::string& lines, const std::string& indentation) {
  std::string out = indentation;
  for (const char c : lines) out += c == '\n' ? "\n" + indentation : std::string(1, c);
  return out;
}

std::string listed(const std::vector<std::string>& names) {
  std::string list;
  for (const auto& name : names) list += (list.empty() ? "" : ", ") + name;
  return list;
}

/// What the content of a set that could be read was compared with.
std::string checked_by(const DatasetInfo& info, const Dataset& set) {
  if (info.open) return "every record was read";
  if (info.is_generated()) return std::string(computed_note);
  const std::string proved = info.format->proves();
  if (set.streamed) return "every record was read; " + proved;
  if (std::ranges::all_of(info.files, [](const FileInfo& file) { return file.crc.has_value(); }))
    return set.complete ? "CRC-32 of every file is the official one; " + proved
                        : proved + "; no checksums are known for a part of the official files";
  return proved + (set.folder.string().ends_with(".gz") ? ", those of gzip in the archive are right" : "");
}

}  // namespace

void data_list_command(std::span<const DataPlace> places, const Catalogue& catalogue, std::ostream& out) {
  for (const DatasetInfo* info : catalogue.data_sets()) {
    const auto status = dataset_status(*info, places);
    out << std::left << std::setw(10) << status.name << std::setw(10)
        << (status.state == DataState::damaged ? "DAMAGED" : name_of(status.state)) << status.folder.string() << '\n';
    for (const auto& file : status.files)
      out << "    " << std::left << std::setw(34) << file.file.filename().string() << std::right << std::setw(12)
          << file.bytes << " bytes " << std::setw(8) << file.records << " of " << file.official_records << " records\n";
    for (const auto& note : status.notes) out << "    " << note << '\n';
    if (status.state != DataState::complete)
      out << "    get it: " << indented(status.how_to_get, "            ").substr(12) << '\n';
  }
  out << "Contents and checksums were not compared with anything; deepobs data check reads and checks all of "
         "them.\nlooked for in:";
  for (const auto& place : places) out << ' ' << place.folder.string();
  out << '\n';
}

void data_check_command(const std::vector<std::string>& names, std::span<const DataPlace> places,
                        const Catalogue& catalogue, std::ostream& out) {
  for (const auto& name : names) catalogue.data_set(name);  // refuse a wrong name before minutes of reading

  std::optional<Fault> first;
  std::vector<std::string> damaged, missing;
  std::int64_t good = 0;
  for (const DatasetInfo* info : catalogue.data_sets()) {
    if (!names.empty() && std::ranges::find(names, info->name) == names.end()) continue;
    out << std::left << std::setw(10) << info->name << std::flush;  // reading takes a while
    try {
      const Dataset set = load_dataset(*info, places);
      if (set.streamed) check_records(set, available_cores());
      out << std::setw(10) << (set.complete ? "complete" : "subset") << set.folder.string() << '\n'
          << "    " << set.train.count << " training and " << set.test.count << " test examples\n";
      for (const auto& note : set.notes) out << "    " << note << '\n';
      out << "    " << checked_by(*info, set) << '\n';
      ++good;
    } catch (const Error& error) {
      const bool is_missing = error.fault() == Fault::missing;
      out << (is_missing ? "missing" : "DAMAGED") << '\n' << indented(error.what(), "    ") << '\n';
      (is_missing ? missing : damaged).push_back(info->name);
      if (is_missing && names.empty()) continue;  // nobody said that it should be there
      if (!first) first = error.fault();
    }
  }
  const bool nothing = good == 0 && damaged.empty();
  if (nothing && !first) first = Fault::missing;  // a check that looked at nothing has not passed
  if (!first) return;
  fail(*first, counted(good, "data set"), " can be used", damaged.empty() ? "" : "; damaged: " + listed(damaged),
       missing.empty() ? "" : "; missing: " + listed(missing));
}

}  // namespace deepobs
