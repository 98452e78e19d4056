#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/graph.h"
#include "problems/models/layers.h"

namespace deepobs {

/// One mini-batch of a labelled image set, as values of a graph.
struct Batch {
  Value images;  ///< [N, H, W, C] f32, preprocessed
  Value labels;  ///< [N] i32
};

/// What a problem makes of a mini-batch.
struct Outputs {
  Value losses;                  ///< [N]: one loss per example, without regulariser
  std::optional<Value> correct;  ///< [N]: 1 where the prediction is right; nothing for problems without accuracy
};

/// How the bytes of an image become numbers.
enum class Pixels {
  scaled,                  ///< byte / 255
  standardised,            ///< per image: zero mean, unit deviation
  augmented_standardised,  ///< DeepOBS's CIFAR augmentation, then standardised
};

/// A DeepOBS test problem: data, model, loss and the settings that belong to it. It is data; it knows no optimizer, no
/// learning rate and no device.
struct Problem {
  std::string name;
  std::string title;                        ///< one line for lists
  std::string dataset;                      ///< "mnist"
  Pixels training_pixels = Pixels::scaled;  ///< of the training set, when it is evaluated too
  Pixels test_pixels = Pixels::scaled;
  std::string loss_name;
  bool has_accuracy = true;
  std::optional<double> weight_decay = {};  ///< default factor of the L2 regulariser; nothing: there is none
  std::optional<std::int64_t> batch_size = {}, num_epochs = {};  ///< DeepOBS's defaults; nothing: the user must say
  std::int64_t train_eval_size = 10'000;  ///< training examples in an evaluation of the training set
  std::function<Outputs(Layers&, const Batch&)> record;
  std::string source;
};

/// Softmax cross entropy and accuracy over the logits of a network.
std::function<Outputs(Layers&, const Batch&)> classification(std::function<Value(Layers&, Value images)> network);

/// All problems, in alphabetical order: one file problems/NAME.cpp each, which defines Problem NAME().
const std::vector<Problem>& problems();

/// Errors: an unknown name (usage), with the nearest known one.
const Problem& find_problem(std::string_view name);

}  // namespace deepobs
