#include "problems/data/dataset_info.h"

#include "problems/data/data_format.h"

namespace deepobs {

std::string_view name_of(DataPart part) {
  return part == DataPart::train ? "training" : part == DataPart::test ? "test" : "validation";
}

std::int64_t official_count(const DatasetInfo& info, DataPart part) {
  return part == DataPart::train ? info.train : part == DataPart::test ? info.test : info.valid;
}

bool DatasetInfo::is_streamed() const { return open != nullptr || (format != nullptr && format->streams()); }

}  // namespace deepobs
