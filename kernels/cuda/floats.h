#pragma once

#include "engine/tensor/view.h"

namespace deepobs {

/// A float as an element of another type.
template <class T>
DEEPOBS_HOST_DEVICE inline T element_of(float x) {
  if constexpr (sizeof(T) == sizeof(Bf16))
    return bf16_of(x);
  else
    return x;
}

/// The elements of a tensor that is f32 or, in mixed precision, bf16: one kernel serves both types. All its threads
/// take the same way at the branch. Kernels that have much to do know the type when they are compiled: with_elements().
class Floats {
 public:
  Floats() = default;
  Floats(void* data, Type type) : data_(data), narrow_(type == Type::bf16) {}
  Floats(const View& view) : Floats(view.data, view.type) {}

  DEEPOBS_HOST_DEVICE float operator[](std::int64_t i) const {
    return narrow_ ? f32_of(static_cast<const Bf16*>(data_)[i]) : static_cast<const float*>(data_)[i];
  }
  DEEPOBS_HOST_DEVICE void set(std::int64_t i, float value) const {
    if (narrow_)
      static_cast<Bf16*>(data_)[i] = bf16_of(value);
    else
      static_cast<float*>(data_)[i] = value;
  }

  void* data() const { return data_; }
  Type type() const { return narrow_ ? Type::bf16 : Type::f32; }

 private:
  void* data_ = nullptr;
  bool narrow_ = false;
};

/// use(x's elements), as T* of their own type.
template <class Use>
void with_elements(const Floats& x, const Use& use) {
  x.type() == Type::bf16 ? use(static_cast<Bf16*>(x.data())) : use(static_cast<float*>(x.data()));
}

}  // namespace deepobs
