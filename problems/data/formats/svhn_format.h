#pragma once

#include <memory>

#include "problems/data/data_format.h"

namespace deepobs {

/// SVHN's cropped digits: a MAT-file (mat.h) for each part, with the arrays X [H, W, C, N] of bytes, in MATLAB's order,
/// and y of N labels 1 ... 10, of which 10 means the digit 0. The set has the columns images and labels.
std::shared_ptr<const DataFormat> svhn_format();

}  // namespace deepobs
