#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <initializer_list>
#include <iosfwd>
#include <span>

namespace deepobs {

/// The extents of a tensor, outermost first: up to five, each >= 0. Prints as [128, 28, 28, 1]; [] is a scalar.
class Shape {
 public:
  static constexpr int max_rank = 5;

  constexpr Shape() = default;

  /// Errors: more than five extents, a negative one, or more than 2^40 elements, counted without the extents that are
  /// zero: no product of extents can overflow.
  Shape(std::initializer_list<std::int64_t> extents);
  explicit Shape(std::span<const std::int64_t> extents);

  int rank() const { return rank_; }

  /// Extent of one axis. Errors: axis outside [0, rank).
  std::int64_t operator[](int axis) const;

  /// Product of all extents; 1 for a scalar. Cannot overflow: construction checked it.
  std::int64_t elements() const { return elements_; }

  std::span<const std::int64_t> extents() const { return {extents_.data(), static_cast<std::size_t>(rank_)}; }

  bool operator==(const Shape&) const = default;

 private:
  std::array<std::int64_t, max_rank> extents_{};
  int rank_ = 0;
  std::int64_t elements_ = 1;
};

std::ostream& operator<<(std::ostream& out, const Shape& shape);

}  // namespace deepobs
