#pragma once

#include "problems/data/dataset.h"
#include "problems/data/dataset_parts.h"
#include "problems/data/idx.h"

namespace deepobs {

/// What a file of a set of IDX files must be.
IdxForm idx_form(const DatasetInfo& info, const FileInfo& file);

/// Errors: data, naming both files, if images and labels of a half are not equally many.
void require_equal_counts(const DatasetInfo& info, const Location& where, const Counts& counts);

/// Fills both halves of `set` from a set of four IDX files; returns the records of each file. Errors: load_dataset().
Counts load_idx_set(const DatasetInfo& info, const Location& where, Dataset& set);

}  // namespace deepobs
