#include "engine/tensor/precision.h"

#include <array>

#include "engine/base/check.h"

namespace deepobs {

namespace {

constexpr std::array<std::string_view, 3> names{"fp32", "tf32", "bf16"};

}  // namespace

std::string_view name_of(Precision precision) { return names[static_cast<std::size_t>(precision)]; }

Precision precision_of(std::string_view name) {
  for (const Precision one : {Precision::fp32, Precision::tf32, Precision::bf16})
    if (name == name_of(one)) return one;
  fail(Fault::usage, "unknown precision '", name, "'; there are: fp32, tf32, bf16");
}

}  // namespace deepobs
