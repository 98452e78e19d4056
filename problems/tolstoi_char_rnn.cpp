#include "kernels/ops/elementwise/algebra.h"
#include "kernels/ops/loss/correct.h"
#include "kernels/ops/loss/softmax_xent.h"
#include "kernels/ops/reduce/reduce.h"
#include "kernels/ops/shape/reshape.h"
#include "problems/feeds/windows.h"
#include "problems/models/networks.h"
#include "problems/problem.h"

namespace deepobs {
namespace {

constexpr std::int64_t length = 50, symbols = 83;

/// Loss and accuracy of a row are means over its characters.
Outputs next_characters(Layers& layers, const Batch& batch) {
  const Value logits = char_rnn(layers, batch["inputs"], symbols);
  Graph& graph = layers.graph();
  graph.set_label("loss");
  const std::int64_t rows = batch["targets"].dim(0);
  const Value targets = reshape(batch["targets"], {rows * length});
  const auto mean_of_rows = [&](Value each) { return scale(sum_rows(reshape(each, {rows, length})), 1. / length); };
  const Value losses = mean_of_rows(softmax_xent(logits, targets));
  const Outputs outputs{.losses = losses, .metrics = {{"accuracy", mean_of_rows(correct(logits, targets))}}};
  graph.set_label("");
  return outputs;
}

}  // namespace

/// The training set is evaluated as a whole, as for DeepOBS's published results.
Problem tolstoi_char_rnn() {
  return {.name = "tolstoi_char_rnn",
          .title = "Two LSTM layers on the characters of War and Peace",
          .dataset = "tolstoi",
          .feed = windows(length),
          .loss_name = "softmax cross entropy, mean over 50 characters",
          .batch_size = 50,
          .num_epochs = 200,
          .train_eval_size = 2'612'948,
          .validation_size = 653'237,
          .record = next_characters,
          .source = "Schneider, Balles & Hennig, ICLR 2019, appendix"};
}

}  // namespace deepobs
