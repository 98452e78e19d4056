#pragma once

#include "engine/graph/graph.h"
#include "kernels/ops/gather_images/gather_images_attributes.h"

namespace deepobs {

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
