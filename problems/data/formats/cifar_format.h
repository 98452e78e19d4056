#pragma once

#include <memory>

#include "problems/data/data_format.h"

namespace deepobs {

/// CIFAR's binary files (cifar.h), or the archive of them. The set has the columns images and labels.
///   coarse_classes  of the coarse label in front of the label; 0: there is none
std::shared_ptr<const DataFormat> cifar_format(int coarse_classes = 0);

}  // namespace deepobs
