#include "problems/models/networks.h"
#include "problems/problem.h"

namespace deepobs {

Problem cifar10_3c3d() {
  return {.name = "cifar10_3c3d",
          .title = "Three convolutional, three dense layers on CIFAR-10",
          .dataset = "cifar10",
          .feed = rows({.training = Preprocess::augment, .test = Preprocess::standardise}),
          .loss_name = "softmax cross entropy",
          .weight_decay = 0.002,
          .batch_size = 128,
          .num_epochs = 100,
          .record = classification([](Layers& layers, Value images) { return conv_3c3d(layers, images, 10); }),
          .source = "Schneider, Balles & Hennig, ICLR 2019, appendix"};
}

}  // namespace deepobs
