#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "engine/tensor/bf16.h"
#include "engine/tensor/shape.h"

namespace deepobs {

/// What the elements are: values, indices and labels, stored pixels, a rule's carried scalars, values in mixed
/// precision.
enum class Type : std::uint8_t { f32, i32, u8, f64, bf16 };

constexpr std::string_view name_of(Type type) {
  switch (type) {
    case Type::f32:
      return "float32";
    case Type::i32:
      return "int32";
    case Type::u8:
      return "uint8";
    case Type::f64:
      return "float64";
    case Type::bf16:
      return "bf16";
  }
  return "unknown";
}

/// A type of the host's that tensors can have.
template <class T>
concept Number = std::same_as<T, float> || std::same_as<T, std::int32_t> || std::same_as<T, std::uint8_t> ||
    std::same_as<T, double> || std::same_as<T, Bf16>;

template <Number T>
constexpr Type type_of() {
  if constexpr (std::same_as<T, std::int32_t>) return Type::i32;
  if constexpr (std::same_as<T, std::uint8_t>) return Type::u8;
  if constexpr (std::same_as<T, double>) return Type::f64;
  if constexpr (std::same_as<T, Bf16>) return Type::bf16;
  return Type::f32;
}

constexpr std::int64_t bytes_of(Type type) {
  return type == Type::u8 ? 1 : type == Type::bf16 ? 2 : type == Type::f64 ? 8 : 4;
}

/// Borrowed memory with a shape: row-major, dense, on the device that the program runs on.
struct View {
  void* data = nullptr;
  Type type = Type::f32;
  Shape shape;

  float* f32() const { return static_cast<float*>(data); }
  Bf16* bf16() const { return static_cast<Bf16*>(data); }
  double* f64() const { return static_cast<double*>(data); }
  std::int32_t* i32() const { return static_cast<std::int32_t*>(data); }
  std::uint8_t* u8() const { return static_cast<std::uint8_t*>(data); }
  std::int64_t elements() const { return shape.elements(); }
  std::int64_t bytes() const { return elements() * bytes_of(type); }
};

}  // namespace deepobs
