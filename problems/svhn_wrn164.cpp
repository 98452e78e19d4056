#include "problems/models/networks.h"
#include "problems/problem.h"

namespace deepobs {

/// Digits are not flipped.
Problem svhn_wrn164() {
  return {.name = "svhn_wrn164",
          .title = "Wide ResNet 16-4 on SVHN",
          .dataset = "svhn",
          .feed = rows({.training = Preprocess::augment, .test = Preprocess::standardise, .flip = false}),
          .loss_name = "softmax cross entropy",
          .weight_decay = 0.0005,
          .batch_size = 128,
          .num_epochs = 160,
          .train_eval_size = 26'032,
          .record = classification([](Layers& layers, Value images) {
            return wide_resnet(layers, images, {.units = 2, .widening = 4}, 10);
          }),
          .source = "Schneider, Balles & Hennig, ICLR 2019, appendix; network of Zagoruyko & Komodakis, BMVC 2016"};
}

}  // namespace deepobs
