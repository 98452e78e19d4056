#include "runner/training/stream/check_records.h"

#include <algorithm>

#include "runner/training/batch_order.h"
#include "runner/training/stream/record_stream.h"
#include "runner/training/stream/stream_size.h"

namespace deepobs {

void check_records(const Dataset& data, int threads) {
  constexpr std::int64_t batch_bytes = 4 << 20;
  const std::int64_t each = std::max<std::int64_t>(record_bytes(data.columns), 1);
  const std::int64_t batch = std::clamp<std::int64_t>(batch_bytes / each, 1, 16);
  RecordStream stream(data, {.batch = batch, .batches_ahead = most_batches_ahead(batch * each), .threads = threads});
  for (const DataPart part : {DataPart::train, DataPart::test, DataPart::valid}) {
    stream.begin(part, file_order(data.part(part).count));
    while (stream.next()) {
    }
  }
}

}  // namespace deepobs
