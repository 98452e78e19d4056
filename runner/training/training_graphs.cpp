#include "runner/training/training_graphs.h"

#include <algorithm>

#include "engine/precision.h"
#include "kernels/ops/elementwise/algebra.h"
#include "kernels/backward.h"
#include "kernels/ops/gather/gather_images.h"
#include "kernels/ops/gather/gather_labels.h"
#include "kernels/ops/reduce/l2_penalty.h"
#include "kernels/ops/logs/log_scalar.h"
#include "kernels/passes/drop_unread.h"
#include "kernels/passes/for_gpu.h"
#include "kernels/ops/reduce/reduce.h"

namespace deepobs {
namespace {

GatherImages images_of(Pixels pixels, const RunConfig& config, std::int64_t batch_size, Stream stream) {
  const bool augmented = pixels == Pixels::augmented_standardised && config.data_order != DataOrder::sequential;
  return {.batch = batch_size,
          .preprocess = augmented                  ? Preprocess::augment
                        : pixels == Pixels::scaled ? Preprocess::scale
                                                   : Preprocess::standardise,
          .stream = stream};
}

/// Tiles are the CPU's; a GPU's library chooses among algorithms of its own.
ConvAlgorithm conv_algorithm_of(const Run& run) {
  return run.config.device == "cpu" ? run.config.conv_algorithm : ConvAlgorithm::direct;
}

Plan plan_of(Graph& complete, const Run& run) {
  if (run.config.device == "cuda")
    record_for_gpu(complete, precision_of(run.config.precision));
  else
    drop_unread(complete);
  return make_plan(complete);
}

int borrowed(Store& store, const std::string& name, Type type, const Shape& shape) {
  return store.buffer({.name = name, .role = Role::data, .type = type, .shape = shape});
}

Shape rows_of(const Shape& image, std::int64_t count) { return {count, image[0], image[1], image[2]}; }

/// The mini-batch of the step: rows of the data set, named by the order.
Batch gather(Graph& graph, int images, int labels, int order, const GatherImages& how) {
  graph.set_label("batch");
  const Value rows = graph.buffer(order);
  const Batch batch{gather_images(graph.buffer(images), rows, how),
                    gather_labels(graph.buffer(labels), rows, how.batch)};
  graph.set_label("");
  return batch;
}

/// How many whole batches an epoch or an evaluation has.
std::int64_t whole_batches(const char* what, std::int64_t examples, std::int64_t batch_size,
                           std::optional<std::int64_t> limit) {
  const std::int64_t batches = examples / batch_size;
  require(batches > 0, Fault::usage, "batch_size ", batch_size, " is more than the ", examples, " examples of the ",
          what, " set: a batch must fit into it (the last, incomplete batch is dropped)");
  return std::min(batches, limit.value_or(batches));
}

/// What DeepOBS minimises: the mean loss of the mini-batch, and that mean with the L2 regulariser.
struct Objective {
  Value loss, objective;
};
Objective record_objective(const Outputs& outputs, const Layers& model, double weight_decay) {
  const Value loss = mean(outputs.losses);
  if (weight_decay == 0) return {loss, loss};
  loss.graph().set_label("regulariser");
  const Objective made{loss, add(loss, l2_penalty(model.kernels(), weight_decay))};
  loss.graph().set_label("");
  return made;
}

/// How many training examples are held out.
std::int64_t held_out(const Run& run, const Dataset& data) {
  if (!run.config.validation) return 0;
  const std::int64_t held = run.problem->train_eval_size, count = data.train.count;
  require(held + run.batch_size <= count, Fault::usage, "validation holds out ", held,
          " examples, but the training set ", data.name, " has ", count, ": that leaves no batch of ", run.batch_size,
          " to train on; use the complete data set, or leave validation out");
  return held;
}

void record_evaluation(EvaluationGraph& evaluation, const Run& run, const std::string& name, int images, int labels,
                       const GatherImages& how, std::int64_t examples) {
  Graph& graph = evaluation.graph;
  Store& store = graph.store();
  evaluation.examples = examples;
  evaluation.batches = whole_batches(name.c_str(), examples, run.batch_size, run.config.eval_batches);
  evaluation.order = store.buffer({.name = name + ".order", .role = Role::order, .type = Type::i32, .shape = {examples}});
  evaluation.losses = store.buffer({.name = name + ".losses", .role = Role::log, .shape = {evaluation.batches}});
  evaluation.objectives = store.buffer({.name = name + ".objectives", .role = Role::log, .shape = {evaluation.batches}});
  evaluation.accuracies = store.buffer({.name = name + ".accuracies", .role = Role::log, .shape = {evaluation.batches}});
  Layers model(graph, Mode::evaluate, conv_algorithm_of(run));
  const Outputs outputs = run.problem->record(model, gather(graph, images, labels, evaluation.order, how));
  require(outputs.correct.has_value() || !run.problem->has_accuracy, Fault::usage, "problem ", run.problem->name,
          " has an accuracy (Problem::has_accuracy), but records none: Outputs::correct is missing");
  const auto [loss, objective] = record_objective(outputs, model, run.weight_decay);
  log_scalar(loss, evaluation.losses);
  log_scalar(objective, evaluation.objectives);
  if (outputs.correct) log_scalar(mean(*outputs.correct), evaluation.accuracies);
  evaluation.plan = plan_of(graph, run);
}

}  // namespace

void check_batches(const Run& run, const Dataset& data) {
  const std::int64_t held = held_out(run, data), trained = data.train.count - held;
  for (const auto& [what, examples] :
       {std::pair("training", trained), std::pair("train_eval", std::min(run.problem->train_eval_size, trained)),
        std::pair("test", data.test.count)})
    whole_batches(what, examples, run.batch_size, {});
  if (run.config.validation) whole_batches("valid", held, run.batch_size, {});
}

TrainingGraphs::TrainingGraphs(const Run& run, const Dataset& data, GradientUse gradients)
    : train_images(borrowed(store, "train.images", Type::u8, rows_of(data.image, data.train.count))),
      train_labels(borrowed(store, "train.labels", Type::i32, {data.train.count})),
      test_images(borrowed(store, "test.images", Type::u8, rows_of(data.image, data.test.count))),
      test_labels(borrowed(store, "test.labels", Type::i32, {data.test.count})),
      train_examples(data.train.count - held_out(run, data)) {
  const Problem& problem = *run.problem;
  steps_per_epoch = whole_batches("training", train_examples, run.batch_size, run.config.max_steps_per_epoch);
  train_order = store.buffer({.name = "train.order", .role = Role::order, .type = Type::i32, .shape = {train_examples}});
  objectives = store.buffer({.name = "train.objectives", .role = Role::log, .shape = {steps_per_epoch}});

  Graph& graph = train.graph;
  Layers model(graph, Mode::train, conv_algorithm_of(run));
  const auto how = images_of(problem.training_pixels, run.config, run.batch_size, Stream::augment);
  const Outputs outputs = problem.record(model, gather(graph, train_images, train_labels, train_order, how));
  layers = model.rows();
  const Value objective = record_objective(outputs, model, run.weight_decay).objective;
  log_scalar(objective, objectives);
  backward(objective);
  record_update(graph, run.optimizer, run.hyperparameters, gradients);
  train.plan = plan_of(graph, run);

  record_evaluation(train_eval, run, "train_eval", train_images, train_labels,
                    images_of(problem.training_pixels, run.config, run.batch_size, Stream::augment_eval),
                    std::min(problem.train_eval_size, train_examples));
  const auto as_tested = images_of(problem.test_pixels, run.config, run.batch_size, Stream::augment_eval);
  record_evaluation(test, run, "test", test_images, test_labels, as_tested, data.test.count);
  if (run.config.validation)
    record_evaluation(valid.emplace(store), run, "valid", train_images, train_labels, as_tested,
                      data.train.count - train_examples);
}

}  // namespace deepobs
