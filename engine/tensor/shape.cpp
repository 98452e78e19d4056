#include "engine/tensor/shape.h"

#include <ostream>

#include "engine/base/check.h"

namespace deepobs {
namespace {

// Far above any machine's memory, far below where a product of a few factors could overflow.
constexpr std::int64_t most_elements = std::int64_t{1} << 40;

std::string printed(std::span<const std::int64_t> extents) {
  std::string list = "[";
  for (const auto extent : extents) list += (list.size() > 1 ? ", " : "") + std::to_string(extent);
  return list + "]";
}

}  // namespace

Shape::Shape(std::initializer_list<std::int64_t> extents) : Shape(std::span(extents.begin(), extents.size())) {}

Shape::Shape(std::span<const std::int64_t> extents) {
  require(extents.size() <= max_rank, Fault::usage, "a shape has at most ", max_rank, " extents, not ", extents.size(),
          ": ", printed(extents));
  std::int64_t product = 1;  // without the zeros: so no product of some of the extents overflows either
  for (const auto extent : extents) {
    require(extent >= 0, Fault::usage, "an extent cannot be negative: ", printed(extents));
    require(extent == 0 || product <= most_elements / extent, Fault::usage, "shape ", printed(extents),
            " has more than 2^40 elements, extents of zero left out");
    extents_[static_cast<std::size_t>(rank_++)] = extent;
    elements_ *= extent;
    if (extent > 0) product *= extent;
  }
}

std::int64_t Shape::operator[](int axis) const {
  require(axis >= 0 && axis < rank_, Fault::usage, "axis ", axis, " asked of shape ", *this, " of rank ", rank_);
  return extents_[static_cast<std::size_t>(axis)];
}

std::ostream& operator<<(std::ostream& out, const Shape& shape) { return out << printed(shape.extents()); }

}  // namespace deepobs
