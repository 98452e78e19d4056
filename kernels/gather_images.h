#pragma once

#include "engine/graph.h"
#include "engine/random.h"

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

/// The images of one mini-batch, picked where the data set lies, as the network wants them.
///   shapes    images [n, H, W, C] (u8), order [m] (i32: positions in the data set)  ->  [batch, H, W, C]
///   formula   y[k] = preprocess(images[order[step.batch * batch + k]])
///   random    augment draws from (step.seed, stream, step.step, k): the same images for every number of threads
///   gradient  none
///   numerics  scale: the float nearest to byte / 255. standardise: statistics in integers, each value within 5 u of
///             itself, u = 2^-24. augment: statistics in double, pixels in float
///   errors    when recorded: other types or shapes, batch < 1; images of 2^24 values or more; augment of images that
///             have not 3 channels, or more than Worker::scratch_floats values. At a replay: where step.batch leads out
///             of `order`, or `order` out of the data, nothing is read and the image is NaN
///   source    DeepOBS 1.1: data sets; TensorFlow tf.image.per_image_standardization
Value gather_images(Value images, Value order, const GatherImages& how, Place at = Place::current());

}  // namespace deepobs
