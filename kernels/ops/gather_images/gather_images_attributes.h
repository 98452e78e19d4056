#pragma once

#include <cstdint>

#include "engine/tensor/random.h"

namespace deepobs {

/// What happens to the bytes of an image on their way into the network.
enum class Preprocess : std::uint8_t {
  scale,        ///< byte / 255
  standardise,  ///< (byte - mean) / max(deviation, 1 / sqrt(H W C)): over all values of the image, population deviation
  augment,      ///< DeepOBS's random operations, then standardise: augment.h
};

struct GatherImages {
  std::int64_t batch = 0;  ///< rows of a mini-batch
  Preprocess preprocess = Preprocess::scale;
  bool flip = true;                 ///< augment: whether images may be flipped (SVHN's digits are not)
  Stream stream = Stream::augment;  ///< augment: training, or Stream::augment_eval
  bool operator==(const GatherImages&) const = default;
};

}  // namespace deepobs
