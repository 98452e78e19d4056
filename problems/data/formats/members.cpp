#include "problems/data/formats/members.h"

#include "engine/base/check.h"
#include "problems/data/formats/file_bytes.h"

namespace deepobs {

void for_each_member(const DatasetInfo& info, const Location& where,
                     const std::function<void(std::size_t, const TarEntry&, TarReader&)>& visit) {
  FileBytes archive(where.archive, info.archive_bytes);
  TarReader reader(archive);
  std::vector<bool> seen(info.files.size());
  while (const auto entry = reader.next()) {
    const std::string name = entry->name.starts_with("./") ? entry->name.substr(2) : entry->name;
    for (std::size_t i = 0; i < seen.size(); ++i) {
      if (name != info.archive_folder + '/' + info.files[i].spellings.front()) continue;
      require(!seen[i], Fault::data, reader.name(), " is there twice; which of them is meant cannot be told");
      seen[i] = true;
      visit(i, *entry, reader);
    }
  }
}

}  // namespace deepobs
