#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/graph/graph.h"
#include "problems/feeds/rows.h"
#include "problems/network/layers.h"

namespace deepobs {

/// A number that an evaluation reports beside the loss.
struct Metric {
  std::string name;   ///< "accuracy", which DeepOBS's results have a place for; any other gets keys of its own
  Value per_example;  ///< [N]: an evaluation reports the mean
};

/// What a problem makes of a mini-batch. The objective is the mean of the losses, and the L2 regulariser and the
/// penalties on top.
struct Outputs {
  Value losses;  ///< [N]: one loss per example, without regulariser
  std::vector<Metric> metrics = {};
  std::vector<Value> penalties = {};  ///< scalars []: further regularisers of the problem's own
};

/// A DeepOBS test problem: data, model, loss and the settings that belong to it. It is data; it knows no optimizer, no
/// learning rate and no device.
struct Problem {
  std::string name;
  std::string title;                          ///< one line for lists
  std::string dataset;                        ///< "mnist"
  std::shared_ptr<const Feed> feed = rows();  ///< how steps take the data set
  std::string loss_name;
  std::optional<double> weight_decay = {};  ///< default factor of the L2 regulariser; nothing: there is none
  std::optional<std::int64_t> batch_size = {}, num_epochs = {};  ///< DeepOBS's defaults; nothing: the user must say
  std::int64_t train_eval_size = 10'000;             ///< training records in an evaluation of the training set
  std::optional<std::int64_t> validation_size = {};  ///< training records that are held out; nothing: train_eval_size
  std::function<Outputs(Layers&, const Batch&)> record;
  std::string source;

  /// Tells apart what a program's own problem of this name was at different times, so that their results are not
  /// averaged: the text that the program gives. Empty for those of deepobs, which have its revision.
  std::string version = {};

  /// Training records that a validation set takes, where the data set has none of its own.
  std::int64_t held_out() const { return validation_size.value_or(train_eval_size); }
};

/// Softmax cross entropy and accuracy over the logits of a network, of a batch with images and labels.
std::function<Outputs(Layers&, const Batch&)> classification(std::function<Value(Layers&, Value images)> network);

/// All problems, in alphabetical order: one file problems/NAME.cpp each, which defines Problem NAME().
const std::vector<Problem>& problems();

/// Errors: an unknown name (usage), with the nearest known one.
const Problem& find_problem(std::string_view name);

}  // namespace deepobs
