#include "problems/data/data_format.h"

#include "engine/base/check.h"

namespace deepobs {

std::int64_t DataFormat::records_of_size(const DatasetInfo& info, const FileInfo&, const std::string&,
                                         std::uint64_t) const {
  fail(Fault::internal, "data set ", info.name, " has an archive, but its format does not read archives");
}

std::int64_t DataFormat::cut(DataPart, std::int64_t) const {
  fail(Fault::internal, "a file of several parts, but its format does not cut files");
}

}  // namespace deepobs
