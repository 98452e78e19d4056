#include "problems/models/networks.h"
#include "problems/problem.h"

namespace deepobs {

Problem cifar100_3c3d() {
  return {.name = "cifar100_3c3d",
          .title = "Three convolutional, three dense layers on CIFAR-100",
          .dataset = "cifar100",
          .feed = rows({.training = Preprocess::augment, .test = Preprocess::standardise}),
          .loss_name = "softmax cross entropy",
          .weight_decay = 0.002,
          .record = classification([](Layers& layers, Value images) { return conv_3c3d(layers, images, 100); }),
          .source = "Schneider, Balles & Hennig, ICLR 2019, appendix"};
}

}  // namespace deepobs
