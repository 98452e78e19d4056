#pragma once

#include <memory>

#include "kernels/ops/gather_images/gather_images_attributes.h"
#include "problems/feeds/feed.h"

namespace deepobs {

/// What becomes of images of bytes. Other columns are taken as they are.
struct Rows {
  Preprocess training = Preprocess::scale;  ///< of the training set, when it is evaluated, too
  Preprocess test = Preprocess::scale;      ///< of the test and validation sets
  bool flip = true;                         ///< Preprocess::augment may exchange left and right
};

/// A new order of all records each epoch: example k of mini-batch b is record order[b * batch + k]. The batch has the
/// data set's columns by their names: images [batch, H, W, C] of f32, single i32 numbers [batch], f32 numbers
/// [batch, ...].
std::shared_ptr<const Feed> rows(const Rows& how = {});

}  // namespace deepobs
