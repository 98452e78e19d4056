#include "engine/precision.h"

#include "engine/check.h"

namespace deepobs {

std::string_view name_of(Precision precision) { return precision == Precision::tf32 ? "tf32" : "fp32"; }

Precision precision_of(std::string_view name) {
  for (const Precision one : {Precision::fp32, Precision::tf32})
    if (name == name_of(one)) return one;
  fail(Fault::usage, "unknown precision '", name, "'; there are: fp32, tf32");
}

}  // namespace deepobs
