#pragma once

#include "engine/view.h"

namespace deepobs {

/// The elements of a tensor that is f32 or, in mixed precision, bf16: one kernel serves both types. All its threads take
/// the same way at the branch.
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

 private:
  void* data_ = nullptr;
  bool narrow_ = false;
};

}  // namespace deepobs
