#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/run/device.h"
#include "problems/data/dataset_info.h"
#include "problems/data/locate.h"
#include "runner/training/config/run_device.h"
#include "runner/training/resident_data.h"

namespace deepobs {

/// A data set of the official columns and size with random values: as much work as the real one.
Dataset synthetic_dataset(const DatasetInfo& info);

/// A streamed data set of these facts, whose records nobody reads: a bench measures steps and no disk.
Dataset unread_dataset(const DatasetInfo& info);

/// So many random records of a data set for each of its parts: what lies in the ring of a streamed set that is measured.
Dataset synthetic_records(const Dataset& described, std::int64_t records);

/// The data sets that a bench needs, each loaded once and lent to all its runs.
class BenchData {
 public:
  explicit BenchData(std::vector<DataPlace> places, const DeviceRequest& device = {})
      : places_(std::move(places)), device_(make_device(device, {.threads = 1})) {}

  struct Entry {
    Dataset described;      ///< without its values
    std::string origin;     ///< "official", "subset" (fewer samples than official), or "synthetic"
    ResidentData resident;  ///< nothing of a streamed set
  };

  /// The data set with these facts; where no place has it, a synthetic one. A name stands for one set. Of one that is
  /// streamed no record is read: it is synthetic, and its runs have memory of their own.
  /// Errors: as load_dataset(), but for a set that is missing altogether.
  const Entry& of(const DatasetInfo& info);

  /// Forgets every set but that one: memory is measured with nothing else in it. Without a name all are forgotten.
  void keep_only(const std::string& name);

 private:
  std::vector<DataPlace> places_;
  std::unique_ptr<Device> device_;  // holds the memory; all devices of its kind can read it
  std::map<std::string, std::unique_ptr<Entry>> entries_;
};

}  // namespace deepobs
