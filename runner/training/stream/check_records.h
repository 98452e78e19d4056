#pragma once

#include "problems/data/dataset.h"

namespace deepobs {

/// Reads every record of a streamed data set once, on so many threads, in bounded memory.
/// Errors: those of RecordStream::next(), of the first record of which there is one.
void check_records(const Dataset& data, int threads);

}  // namespace deepobs
