#include "runner/training/training_graphs.h"

#include <algorithm>

#include "kernels/backward.h"
#include "kernels/ops/elementwise/algebra.h"
#include "kernels/ops/logs/log_scalar.h"
#include "kernels/ops/reduce/l2_penalty.h"
#include "kernels/ops/reduce/reduce.h"
#include "kernels/passes/plan_for.h"
#include "runner/training/stream/stream_size.h"

namespace deepobs {
namespace {

/// Tiles are the CPU's; a GPU's library chooses among algorithms of its own.
ConvAlgorithm conv_algorithm_of(const Run& run) {
  return run.config.device == "cpu" ? run.config.conv_algorithm : ConvAlgorithm::direct;
}

/// Declares the columns of a part of the data set, as "train.images".
std::vector<int> declare_columns(Store& store, const std::string& part, const std::vector<Column>& columns,
                                 std::int64_t records) {
  std::vector<int> buffers;
  for (const Column& column : columns)
    buffers.push_back(store.buffer({.name = part + '.' + column.name,
                                    .role = Role::data,
                                    .type = column.type,
                                    .shape = shape_of(column, records)}));
  return buffers;
}

/// The records that one of the programs takes, and what for.
struct Source {
  const std::vector<Column>& columns;
  const std::vector<int>& buffers;
  std::int64_t first, count;
  bool as_trained;
  Stream stream;
};

/// The mini-batch of a step, and the buffer of the order that the feed takes: -1 where it takes none.
struct Fed {
  int order;
  Batch batch;
};
Fed record_feed(Graph& graph, const Run& run, const std::string& name, const Source& source) {
  const Feed& feed = *run.problem->feed;
  std::vector<Value> data;
  for (const int buffer : source.buffers) data.push_back(graph.buffer(buffer));
  FeedSite site{.columns = source.columns,
                .data = data,
                .batch = run.batch_size,
                .first = source.first,
                .count = source.count,
                .as_trained = source.as_trained,
                .plain = run.config.data_order == DataOrder::sequential,
                .stream = source.stream};
  int order = -1;
  if (feed.takes_order()) {
    order = graph.store().buffer(
        {.name = name + ".order", .role = Role::order, .type = Type::i32, .shape = {source.count}});
    site.order = graph.buffer(order);
  }
  return {order, feed.record(graph, site)};
}

/// How many whole batches an epoch or an evaluation has.
std::int64_t whole_batches(const std::string& what, const Run& run, std::int64_t records,
                           std::optional<std::int64_t> limit) {
  const Feed& feed = *run.problem->feed;
  const std::int64_t batches = feed.batches(records, run.batch_size), least = feed.least_records(run.batch_size);
  const std::string too_small =
      least == run.batch_size ? text("is more than the ", records, " examples of the ", what, " set")
                              : text("takes ", least, " records, more than the ", records, " of the ", what, " set");
  require(batches > 0, Fault::usage, "batch_size ", run.batch_size, ' ', too_small,
          ": a batch must fit into it (the last, incomplete batch is dropped)");
  return std::min(batches, limit.value_or(batches));
}

/// What DeepOBS minimises: the mean loss of the mini-batch, and that mean with the L2 regulariser and the problem's own
/// penalties.
struct Objective {
  Value loss, objective;
};
Objective record_objective(const Outputs& outputs, const Layers& model, double weight_decay) {
  const Value loss = mean(outputs.losses);
  Objective made{loss, loss};
  Graph& graph = loss.graph();
  graph.set_label("regulariser");
  if (weight_decay != 0) made.objective = add(loss, l2_penalty(model.kernels(), weight_decay));
  for (const Value penalty : outputs.penalties) {
    require(penalty.shape() == Shape{}, Fault::usage, "a penalty of a problem must be a scalar [], not ",
            penalty.described());
    made.objective = add(made.objective, penalty);
  }
  graph.set_label("");
  return made;
}

/// How many training records are held out: none where the set has a validation part of its own.
std::int64_t held_out_of(const Run& run, const Dataset& data) {
  if (!run.config.validation || data.valid.count > 0) return 0;
  const std::int64_t held = run.problem->held_out(), count = data.train.count;
  require(held <= count && run.problem->feed->batches(count - held, run.batch_size) > 0, Fault::usage,
          "validation holds out ", held, " examples, but the training set ", data.name, " has ", count,
          ": that leaves no batch of ", run.batch_size,
          " to train on; use the complete data set, or leave validation out");
  return held;
}

/// A stream brings records in the order of the steps, and no neighbours with them.
void check_feed(const Run& run, const Dataset& data) {
  require(!data.streamed || run.problem->feed->takes_order(), Fault::usage, "the problem ", run.problem->name,
          " takes neighbouring records, as windows() does, but the records of data set ", data.name,
          " are streamed: read one by one, in a new order each epoch; a feed for those is rows()");
}

/// Logs the mean of each metric over the batch.
void record_metrics(EvaluationGraph& evaluation, const std::string& name, const std::vector<Metric>& metrics) {
  for (const Metric& metric : metrics) {
    require(evaluation.metric(metric.name) == nullptr, Fault::usage, "a problem has two metrics '", metric.name, "'");
    const int buffer = evaluation.graph.store().buffer(
        {.name = name + '.' + metric.name, .role = Role::log, .shape = {evaluation.batches}});
    log_scalar(mean(metric.per_example), buffer);
    evaluation.metrics.push_back({metric.name, buffer});
  }
}

void record_evaluation(EvaluationGraph& evaluation, const Run& run, const std::string& name, const Source& source,
                       int parameters) {
  Graph& graph = evaluation.graph;
  graph.read_parameters_from(parameters);
  Store& store = graph.store();
  evaluation.examples = source.count;
  evaluation.batches = whole_batches(name, run, source.count, run.config.eval_batches);
  const auto [order, batch] = record_feed(graph, run, name, source);
  evaluation.order = order;
  evaluation.losses = store.buffer({.name = name + ".losses", .role = Role::log, .shape = {evaluation.batches}});
  evaluation.objectives =
      store.buffer({.name = name + ".objectives", .role = Role::log, .shape = {evaluation.batches}});
  Layers model(graph, Mode::evaluate, conv_algorithm_of(run));
  const Outputs outputs = run.problem->record(model, batch);
  const auto [loss, objective] = record_objective(outputs, model, run.weight_decay);
  log_scalar(loss, evaluation.losses);
  log_scalar(objective, evaluation.objectives);
  record_metrics(evaluation, name, outputs.metrics);
  evaluation.plan = plan_for(graph, run.config.device, run.config.precision);
}

}  // namespace

const MetricLog* EvaluationGraph::metric(std::string_view name) const {
  const auto at = std::ranges::find(metrics, name, &MetricLog::name);
  return at == metrics.end() ? nullptr : &*at;
}

void check_batches(const Run& run, const Dataset& data) {
  check_feed(run, data);
  const std::int64_t held = held_out_of(run, data), trained = data.train.count - held;
  whole_batches("training", run, trained, {});
  whole_batches("train_eval", run, std::min(run.problem->train_eval_size, trained), {});
  whole_batches("test", run, data.test.count, {});
  if (run.config.validation) whole_batches("valid", run, held > 0 ? held : data.valid.count, {});
}

TrainingGraphs::TrainingGraphs(const Run& run, const Dataset& of, GradientUse gradients)
    : train_examples(of.train.count - held_out_of(run, of)), held_out(held_out_of(run, of)) {
  check_feed(run, of);
  const Problem& problem = *run.problem;
  const bool own_validation = run.config.validation && of.valid.count > 0;
  if (of.streamed) batches_ring = stream_size(run, of.columns).batches_ring;
  const auto declare = [&](const std::string& part, const Split& split) {
    return declare_columns(store, part, of.columns, of.streamed ? batches_ring * run.batch_size : split.count);
  };
  data.train = declare("train", of.train);
  data.test = declare("test", of.test);
  if (own_validation) data.valid = declare("valid", of.valid);
  // What is held out stands in front, where a feed takes no order: DeepOBS 1.2 holds out the beginning of a text.
  const Source trained{of.columns, data.train, held_out, train_examples, true, Stream::augment};

  steps_per_epoch = whole_batches("training", run, train_examples, run.config.max_steps_per_epoch);
  Graph& graph = train.graph;
  const auto [order, batch] = record_feed(graph, run, "train", trained);
  train_order = order;
  objectives = store.buffer({.name = "train.objectives", .role = Role::log, .shape = {steps_per_epoch}});
  Layers model(graph, Mode::train, conv_algorithm_of(run));
  const Outputs outputs = problem.record(model, batch);
  layers = model.rows();
  const Value objective = record_objective(outputs, model, run.weight_decay).objective;
  log_scalar(objective, objectives);
  backward(objective);
  // Dropout numbers its masks anew in each Layers, so the same ones come again.
  const auto record_again = [&, batch = batch] {
    Layers again(graph, Mode::train, conv_algorithm_of(run));
    const Outputs repeated = problem.record(again, batch);
    return record_objective(repeated, again, run.weight_decay).objective;
  };
  train.method = record_method(graph, *run.optimizer, run.hyperparameters,
                               {.gradients = gradients,
                                .objective = objective,
                                .total_steps = run.num_epochs * steps_per_epoch,
                                .record_again = record_again});
  train.make_plans(run.config.device, run.config.precision);

  Source evaluated = trained;
  evaluated.count = std::min(problem.train_eval_size, train_examples);
  evaluated.stream = Stream::augment_eval;
  record_evaluation(train_eval, run, "train_eval", evaluated, train.method.evaluated);
  record_evaluation(test, run, "test", {of.columns, data.test, 0, of.test.count, false, Stream::augment_eval},
                    train.method.evaluated);
  if (run.config.validation)
    record_evaluation(valid.emplace(store), run, "valid",
                      {of.columns, own_validation ? data.valid : data.train, 0,
                       own_validation ? of.valid.count : held_out, false, Stream::augment_eval},
                      train.method.evaluated);
}

std::int64_t TrainingGraphs::arena_bytes() const {
  return std::max(
      {train.arena_bytes(), train_eval.plan.arena_bytes, test.plan.arena_bytes, valid ? valid->plan.arena_bytes : 0});
}

}  // namespace deepobs
