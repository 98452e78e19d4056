#include "problems/models/networks.h"
#include "problems/problem.h"

namespace deepobs {

Problem cifar100_wrn404() {
  return {.name = "cifar100_wrn404",
          .title = "Wide ResNet 40-4 on CIFAR-100",
          .dataset = "cifar100",
          .feed = rows({.training = Preprocess::augment, .test = Preprocess::standardise}),
          .loss_name = "softmax cross entropy",
          .weight_decay = 0.0005,
          .record = classification([](Layers& layers, Value images) {
            return wide_resnet(layers, images, {.units = 6, .widening = 4}, 100);
          }),
          .source = "Schneider, Balles & Hennig, ICLR 2019, appendix; network of Zagoruyko & Komodakis, BMVC 2016"};
}

}  // namespace deepobs
