#include "problems/models/networks.h"
#include "problems/problem.h"

namespace deepobs {

/// Digits are not flipped.
Problem svhn_3c3d() {
  return {.name = "svhn_3c3d",
          .title = "Three convolutional, three dense layers on SVHN",
          .dataset = "svhn",
          .feed = rows({.training = Preprocess::augment, .test = Preprocess::standardise, .flip = false}),
          .loss_name = "softmax cross entropy",
          .weight_decay = 0.002,
          .train_eval_size = 26'032,
          .record = classification([](Layers& layers, Value images) { return conv_3c3d(layers, images, 10); }),
          .source = "Schneider, Balles & Hennig, ICLR 2019, appendix"};
}

}  // namespace deepobs
