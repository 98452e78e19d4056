#pragma once

#include "problems/data/dataset_info.h"
#include "problems/problem.h"

namespace deepobs {

// A problem and a data set of a program's own, in a file each.

DatasetInfo quadrants();      // quadrants.cpp
Problem quadrants_softmax();  // quadrants_softmax.cpp

}  // namespace deepobs
