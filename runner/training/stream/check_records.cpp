#include "runner/training/stream/check_records.h"

#include "runner/training/batch_order.h"
#include "runner/training/stream/record_stream.h"

namespace deepobs {

void check_records(const Dataset& data, int threads) {
  RecordStream stream(data, {.batch = 16, .batches_ahead = 2 * threads, .threads = threads});
  for (const DataPart part : {DataPart::train, DataPart::test, DataPart::valid}) {
    stream.begin(part, file_order(data.part(part).count));
    while (stream.next()) {
    }
  }
}

}  // namespace deepobs
