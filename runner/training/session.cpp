#include "runner/training/session.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <numeric>
#include <optional>

#include "engine/base/check.h"
#include "engine/memory/snapshot.h"
#include "engine/run/program.h"
#include "kernels/update/step_programs.h"
#include "runner/results/caught.h"
#include "runner/results/text/counted.h"
#include "runner/training/batch_orders.h"
#include "runner/training/diagnosis.h"
#include "runner/training/stopwatch.h"

namespace deepobs {
namespace {

std::vector<float> read_log(const Storage& storage, int buffer) {
  std::vector<float> log(static_cast<std::size_t>(storage.store().buffer(buffer).shape.elements()));
  storage.read(buffer, std::span(log));
  return log;
}

/// Mean over batches, summed in double.
double mean_of(const std::vector<float>& log) {
  return std::accumulate(log.begin(), log.end(), 0.) / static_cast<double>(log.size());
}

// ---- What a checkpoint is made of.

std::string_view dtype_of(Type type) {
  switch (type) {
    case Type::f32:
      return "F32";
    case Type::f64:
      return "F64";
    case Type::i32:
      return "I32";
    case Type::u8:
      return "U8";
    case Type::bf16:
      break;
  }
  fail(Fault::internal, "a state of ", name_of(type), " numbers cannot be kept in a checkpoint");
}

template <class T>
StoredTensor tensor_of(std::string name, Type type, std::vector<std::int64_t> shape, std::span<const T> values) {
  const auto bytes = std::as_bytes(values);
  return {std::move(name), std::string(dtype_of(type)), std::move(shape), {bytes.begin(), bytes.end()}};
}

/// Calls visit(name, list) for every list of a result that grows while the run goes on.
template <class Result, class Visit>
void for_each_list(Result& result, Visit visit) {
  const auto curve = [&](const std::string& name, auto& of) {
    visit(name + "_losses", of.losses);
    visit(name + "_accuracies", of.accuracies);
    visit(name + "_losses_without_regulariser", of.plain_losses);
    for (auto& [metric, values] : of.further_metrics) visit(name + "_metric." + metric, values);
  };
  curve("train", result.train);
  curve("test", result.test);
  curve("valid", result.valid);
  visit("minibatch_train_losses", result.minibatch_train_losses);
  visit("learning_rates", result.learning_rates);
  visit("train_seconds", result.train_seconds);
  visit("eval_seconds", result.eval_seconds);
  visit("train_examples_per_second", result.train_examples_per_second);
  visit("eval_examples_per_second", result.eval_examples_per_second);
  if (result.data_wait_seconds) visit("data_wait_seconds", *result.data_wait_seconds);
}

const StoredTensor& find(const CheckpointContent& content, const std::string& name) {
  const auto at = std::ranges::find(content.tensors, name, &StoredTensor::name);
  require(at != content.tensors.end(), Fault::data, "the checkpoint has no tensor '", name, "'");
  return *at;
}

/// Errors: data, for a tensor of another type, or of another size where one is asked for.
template <class T>
std::vector<T> values_of(const StoredTensor& tensor, Type type, std::optional<std::size_t> count = {}) {
  std::vector<T> values(tensor.bytes.size() / sizeof(T));
  require(tensor.dtype == dtype_of(type) && (!count || values.size() == *count), Fault::data,
          "the checkpoint's tensor '", tensor.name, "' has ", values.size(), " values of ", tensor.dtype,
          ", which does not fit this run");
  std::ranges::copy(tensor.bytes, std::as_writable_bytes(std::span(values)).begin());
  return values;
}

std::int64_t whole_number(const CheckpointContent& content, const std::string& name, std::int64_t most) {
  const auto at = content.texts.find(name);
  std::int64_t number = -1;
  if (at != content.texts.end()) std::from_chars(at->second.data(), at->second.data() + at->second.size(), number);
  require(number >= 0 && number <= most, Fault::data, "the checkpoint's ", name, " is no number of 0 to ", most);
  return number;
}

}  // namespace

class Session::Pieces {
 public:
  Pieces(const Run& run, const TrainingGraphs& graphs, Storage& storage, Observer& observer, RunResult facts,
         StreamedData* streamed)
      : result(std::move(facts)),
        run_(run),
        graphs_(graphs),
        storage_(storage),
        observer_(observer),
        streamed_(streamed),
        arena_(storage.device(), graphs.arena_bytes()),
        train_(graphs.train, storage, arena_),
        train_eval_(graphs.train_eval.graph, graphs.train_eval.plan, storage, arena_),
        test_(graphs.test.graph, graphs.test.plan, storage, arena_),
        orders_(run, graphs),
        before_(storage),
        objective_([this] { return static_cast<double>(read_log(storage_, graphs_.objectives)[reported_]); }) {
    require((streamed != nullptr) == (graphs.batches_ring > 0), Fault::internal,
            "a session has a stream where the graphs read one, and only there");
    if (graphs.valid) valid_.emplace(graphs.valid->graph, graphs.valid->plan, storage, arena_);
    result.validation_examples = graphs.valid ? graphs.valid->examples : 0;
    result.held_out = graphs.held_out;
    if (streamed) result.data_wait_seconds.emplace();
    train_.ask_before_evaluations([this] { check_for_stop(); });
    orders_.write_fixed(storage_);
  }

  bool done() const { return result.divergence || (position.evaluated && position.epoch == run_.num_epochs); }

  void advance() {
    if (!position.evaluated)
      evaluate();
    else
      train_some();
  }

  CheckpointContent checkpoint() {
    note_non_finite();
    CheckpointContent content;
    content.texts = {{"epoch", std::to_string(position.epoch)},
                     {"evaluated", position.evaluated ? "1" : "0"},
                     {"step", std::to_string(position.step)}};
    for (std::size_t b = 0; b < storage_.store().buffers().size(); ++b) {
      const Store::Buffer& buffer = storage_.store().buffers()[b];
      if (!is_state(buffer.role)) continue;
      std::vector<std::byte> bytes(static_cast<std::size_t>(buffer.shape.elements() * bytes_of(buffer.type)));
      storage_.read(static_cast<int>(b), std::span(bytes));
      content.tensors.push_back({"state." + buffer.name,
                                 std::string(dtype_of(buffer.type)),
                                 {buffer.shape.extents().begin(), buffer.shape.extents().end()},
                                 std::move(bytes)});
    }
    const auto objectives = read_log(storage_, graphs_.objectives);
    content.tensors.push_back(tensor_of("objectives", Type::f32, {position.step},
                                        std::span(objectives).first(static_cast<std::size_t>(position.step))));
    for_each_list(std::as_const(result), [&](const std::string& name, const std::vector<double>& list) {
      content.tensors.push_back(
          tensor_of("result." + name, Type::f64, {std::ssize(list)}, std::span<const double>(list)));
    });
    content.tensors.push_back(tensor_of("epoch_seconds", Type::f64, {1}, std::span<const double>(&seconds_, 1)));
    if (streamed_)
      content.tensors.push_back(
          tensor_of("epoch_data_wait_seconds", Type::f64, {1}, std::span<const double>(&waited_seconds_, 1)));
    if (non_finite_) {
      content.texts["non_finite_step"] = std::to_string(non_finite_->step);
      content.texts["non_finite_tensor"] = non_finite_->first_bad_tensor;
    }
    return content;
  }

  void resume(const CheckpointContent& from) {
    Position there;
    there.epoch = whole_number(from, "epoch", run_.num_epochs);
    there.evaluated = whole_number(from, "evaluated", 1) == 1;
    there.step = whole_number(from, "step", graphs_.steps_per_epoch - 1);
    const auto steps = static_cast<std::size_t>(there.step);
    const auto done = values_of<float>(find(from, "objectives"), Type::f32, steps);
    RunResult so_far = result;
    for (const auto& [curve, graph] : evaluations_of(so_far))
      for (const MetricLog& metric : graph->metrics) curve->metric(metric.name);  // lists to be read
    for_each_list(so_far, [&](const std::string& name, std::vector<double>& list) {
      list = values_of<double>(find(from, "result." + name), Type::f64);
    });
    const auto evaluations = static_cast<std::size_t>(there.epoch + (there.evaluated ? 1 : 0));
    require(so_far.train.losses.size() == evaluations && so_far.test.losses.size() == evaluations &&
                so_far.train_seconds.size() == static_cast<std::size_t>(there.epoch),
            Fault::data, "the checkpoint's lists do not fit its epoch ", there.epoch);

    const double seconds = values_of<double>(find(from, "epoch_seconds"), Type::f64, 1).front();
    const double waited =
        streamed_ ? values_of<double>(find(from, "epoch_data_wait_seconds"), Type::f64, 1).front() : 0;
    std::vector<std::pair<int, const StoredTensor*>> state;
    for (std::size_t b = 0; b < storage_.store().buffers().size(); ++b) {
      const Store::Buffer& buffer = storage_.store().buffers()[b];
      if (!is_state(buffer.role)) continue;
      const auto& tensor = find(from, "state." + buffer.name);
      require(tensor.dtype == dtype_of(buffer.type) && std::ranges::equal(tensor.shape, buffer.shape.extents()),
              Fault::data, "the checkpoint's tensor '", tensor.name, "' does not fit this run, which has ",
              name_of(buffer.type), " ", buffer.shape);
      state.emplace_back(static_cast<int>(b), &tensor);
    }
    for (const auto& [buffer, tensor] : state)  // all of it fits
      storage_.write(buffer, std::span<const std::byte>(tensor->bytes));
    result = std::move(so_far);
    position = there;
    seconds_ = seconds;
    waited_seconds_ = waited;
    non_finite_.reset();
    if (from.texts.contains("non_finite_step")) {
      const std::int64_t step = whole_number(from, "non_finite_step", graphs_.steps_per_epoch - 1);
      const auto tensor = from.texts.find("non_finite_tensor");
      non_finite_ = {there.epoch, step, there.epoch * graphs_.steps_per_epoch + step,
                     tensor == from.texts.end() ? "" : tensor->second};
    }
    result.gradient_evaluations = gradient_evaluations();
    if (position.evaluated && position.step == 0) renew_evaluation_weights();
    if (position.step == 0) return;
    // In the midst of an epoch: what was set at its begin is set again.
    take_training_records(position.step);
    auto objectives = read_log(storage_, graphs_.objectives);
    std::ranges::copy(done, objectives.begin());
    storage_.write(graphs_.objectives, std::span<const float>(objectives));
    remember_state();
  }

  Position position;
  RunResult result;

 private:
  /// The curves of a result, with the graphs that they come from.
  std::vector<std::pair<Curve*, const EvaluationGraph*>> evaluations_of(RunResult& of) const {
    std::vector<std::pair<Curve*, const EvaluationGraph*>> out{{&of.train, &graphs_.train_eval},
                                                               {&of.test, &graphs_.test}};
    if (graphs_.valid) out.emplace_back(&of.valid, &*graphs_.valid);
    return out;
  }

  std::uint64_t seed() const { return static_cast<std::uint64_t>(run_.config.random_seed); }

  void evaluate() {
    observer_.evaluating(position.epoch, run_.num_epochs);
    const Stopwatch watch;
    renew_evaluation_weights();
    orders_.write_train_eval(storage_, position.epoch);
    RunResult evaluated = result;  // all of it, or nothing: somebody may ask to stop in between
    evaluate(Phase::train_eval, train_eval_, graphs_.train_eval, evaluated.train);
    if (valid_) evaluate(Phase::valid, *valid_, *graphs_.valid, evaluated.valid);
    evaluate(Phase::test, test_, graphs_.test, evaluated.test);
    const double seconds = watch.seconds();
    const auto batches =
        graphs_.train_eval.batches + graphs_.test.batches + (graphs_.valid ? graphs_.valid->batches : 0);
    evaluated.eval_seconds.push_back(seconds);
    evaluated.eval_examples_per_second.push_back(static_cast<double>(batches * run_.batch_size) / seconds);
    result = std::move(evaluated);
    position.evaluated = true;
  }

  /// Where the optimizer's method has others than are trained: makes them of the state as it is now.
  void renew_evaluation_weights() {
    train_.renew_evaluated({.seed = seed(),
                            .step = position.epoch * graphs_.steps_per_epoch + position.step,
                            .learning_rate = run_.schedule.rate(std::max<std::int64_t>(position.epoch - 1, 0)),
                            .base_learning_rate = run_.learning_rate,
                            .total_steps = run_.num_epochs * graphs_.steps_per_epoch});
  }

  void evaluate(Phase phase, Program& program, const EvaluationGraph& graph, Curve& curve) {
    storage_.reset(Role::carried);
    if (streamed_) stream(orders_.evaluated(phase, position.epoch), 0, graph.batches);
    const std::int64_t at_once = steps_at_once();
    for (std::int64_t batch = 0; batch < graph.batches; batch += at_once) {
      check_for_stop();
      const std::int64_t count = std::min(at_once, graph.batches - batch);
      bring(batch + count);
      program.run_several({.seed = seed(), .step = position.epoch * graph.batches + batch, .batch = batch}, count);
    }
    curve.plain_losses.push_back(mean_of(read_log(storage_, graph.losses)));
    curve.losses.push_back(mean_of(read_log(storage_, graph.objectives)));
    for (const MetricLog& metric : graph.metrics)
      curve.metric(metric.name).push_back(mean_of(read_log(storage_, metric.buffer)));
    const bool has_accuracy = !curve.accuracies.empty();
    observer_.evaluated(phase, curve.losses.back(), has_accuracy ? curve.accuracies.back() : 0, has_accuracy);
  }

  void begin_epoch() {
    if (run_.schedule.changes_at(position.epoch)) observer_.learning_rate_set(run_.schedule.rate(position.epoch));
    seconds_ = waited_seconds_ = 0;
    non_finite_.reset();
    storage_.reset(Role::carried);
    take_training_records(0);
    remember_state();
  }

  std::int64_t steps_at_once() const {
    const std::int64_t most = storage_.device().steps_at_once();
    return streamed_ ? std::min(most, streamed_->size().steps_at_once()) : most;
  }

  /// Before the steps of this epoch from `first` on.
  void take_training_records(std::int64_t first) {
    orders_.write_train(storage_, position.epoch);
    if (streamed_) stream(orders_.trained(position.epoch), first, graphs_.steps_per_epoch);
  }

  /// Mini-batches `first` to `end` of these records are read from now on.
  void stream(BatchOrders::Taken taken, std::int64_t first, std::int64_t end) {
    taken.records.resize(static_cast<std::size_t>(end * run_.batch_size));
    streamed_->begin(taken.part, std::move(taken.records), first);
  }

  /// Before steps that take the mini-batches up to `end`. Returns the seconds for which they were waited for.
  /// Errors: interrupted; those of StreamedData::bring().
  double bring(std::int64_t end) {
    if (!streamed_) return 0;
    const double before = streamed_->waited_seconds();
    if (!streamed_->bring(end, run_.config.stop)) check_for_stop();
    return streamed_->waited_seconds() - before;
  }

  /// What the diagnosis of a divergence starts again from.
  void remember_state() {
    before_.renew();
    before_step_ = position.step;
  }

  /// Training steps for about a twentieth of a second: so a step pays for no clock, and whoever keeps checkpoints is
  /// asked often.
  void train_some() {
    const Stopwatch watch;
    if (position.step == 0) begin_epoch();
    // A step that a host drives may be left: then it is known which was the last one.
    const std::int64_t at_once = graphs_.train.method.drive ? 1 : steps_at_once(), first = position.step;
    const std::int64_t last = std::min(first + std::max(at_once, steps_in_piece_), graphs_.steps_per_epoch);
    while (position.step < last) {
      check_for_stop();
      const std::int64_t end = std::min(position.step + at_once, graphs_.steps_per_epoch);
      waited_seconds_ += bring(end);
      train_.run_several(step_block(position.step), end - position.step);
      for (; position.step < end; ++position.step) {
        reported_ = static_cast<std::size_t>(position.step);
        observer_.stepped({position.epoch, position.step, graphs_.steps_per_epoch, run_.batch_size, objective_});
        if (run_.config.print_train_iter && position.step % run_.config.train_log_interval == 0)
          observer_.logged(position.epoch, position.step, objective_());
      }
    }
    constexpr double wanted = 0.05;
    const double seconds = watch.seconds(), step_seconds = seconds / static_cast<double>(position.step - first);
    steps_in_piece_ = static_cast<std::int64_t>(std::clamp(wanted / step_seconds, 1., 1e6));
    if (position.step < graphs_.steps_per_epoch) {
      seconds_ += seconds;
      return;
    }
    const auto objectives = read_log(storage_, graphs_.objectives);
    seconds_ += watch.seconds();
    end_epoch(objectives);
  }

  void end_epoch(const std::vector<float>& objectives) {
    result.learning_rates.push_back(run_.schedule.rate(position.epoch));
    result.train_seconds.push_back(seconds_);
    if (streamed_) result.data_wait_seconds->push_back(waited_seconds_);
    result.train_examples_per_second.push_back(static_cast<double>(graphs_.steps_per_epoch * run_.batch_size) /
                                               seconds_);
    for (std::size_t s = 0; s < objectives.size(); s += static_cast<std::size_t>(run_.config.train_log_interval))
      result.minibatch_train_losses.push_back(objectives[s]);
    result.gradient_evaluations = gradient_evaluations();
    if (!std::isfinite(objectives.back())) {
      note_non_finite();
      result.divergence = non_finite_;
      observer_.diverged(position.epoch, result.divergence->step, result.divergence->first_bad_tensor);
      renew_evaluation_weights();  // they may be saved
      return pad_to_full_length();
    }
    ++position.epoch;
    position.step = 0;
    position.evaluated = false;
  }

  StepBlock step_block(std::int64_t step) const {
    return {.seed = seed(),
            .step = position.epoch * graphs_.steps_per_epoch + step,
            .batch = step,
            .learning_rate = run_.schedule.rate(position.epoch),
            .base_learning_rate = run_.learning_rate,
            .total_steps = run_.num_epochs * graphs_.steps_per_epoch};
  }

  /// In all steps so far; nothing where each step has one.
  std::optional<std::int64_t> gradient_evaluations() const {
    const MethodGraphs& method = graphs_.train.method;
    if (method.drive) {
      std::array<double, 1> counted{};
      storage_.read(method.evaluations, std::span<double>(counted));
      return static_cast<std::int64_t>(counted[0]);
    }
    if (method.gradients_a_step == 1) return {};
    return method.gradients_a_step * (position.epoch * graphs_.steps_per_epoch + position.step);
  }

  /// Of the steps of this epoch that are done: the first whose objective is not finite, and which tensor became so
  /// first. That is found by repeating the steps up to there, which gives the same bits.
  void note_non_finite() {
    if (non_finite_) return;
    const auto objectives = read_log(storage_, graphs_.objectives);
    std::int64_t step = before_step_;
    while (step < position.step && std::isfinite(objectives[static_cast<std::size_t>(step)])) ++step;
    if (step >= position.step) return;
    std::vector<StepBlock> steps;
    for (std::int64_t s = before_step_; s <= step; ++s) steps.push_back(step_block(s));
    const Snapshot now(storage_);
    before_.restore(storage_);
    if (streamed_) take_training_records(before_step_);
    const auto bring_again = [this](const StepBlock& block) {  // a request to stop waits for it
      if (streamed_) (void)streamed_->bring(block.batch + 1);
    };
    std::optional<std::string> first_bad;
    const auto failed = caught([&] { first_bad = first_bad_tensor(graphs_, storage_, steps, bring_again); });
    now.restore(storage_);
    if (streamed_) take_training_records(position.step);
    storage_.write(graphs_.objectives, std::span<const float>(objectives));  // the repetition logged, too
    if (failed) throw Error(*failed);
    non_finite_ = {position.epoch, step, position.epoch * graphs_.steps_per_epoch + step, *first_bad};
  }

  /// DeepOBS 1.2: every remaining epoch repeats the initial performance, and the first mini-batch loss once.
  void pad_to_full_length() {
    const auto repeat_first = [](std::vector<double>& list) {
      if (!list.empty()) list.push_back(list.front());
    };
    for (std::int64_t epoch = position.epoch; epoch < run_.num_epochs; ++epoch) {
      for (Curve* curve : {&result.train, &result.valid, &result.test}) {
        for (auto* list : {&curve->losses, &curve->plain_losses, &curve->accuracies}) repeat_first(*list);
        for (auto& [name, values] : curve->further_metrics) repeat_first(values);
      }
      repeat_first(result.minibatch_train_losses);
    }
  }

  void check_for_stop() const {
    require(!run_.config.stop.stop_requested(), Fault::interrupted, "stopped after ", position.epoch, " of ",
            counted(run_.num_epochs, "epoch"), "; nothing was written");
  }

  const Run& run_;
  const TrainingGraphs& graphs_;
  Storage& storage_;
  Observer& observer_;
  StreamedData* streamed_;  // null: the data set is in memory
  Arena arena_;
  StepPrograms train_;
  Program train_eval_, test_;
  std::optional<Program> valid_;
  BatchOrders orders_;

  double seconds_ = 0, waited_seconds_ = 0;  // of training in this epoch; of those, waiting for records
  std::int64_t steps_in_piece_ = 1;
  Snapshot before_;  // the state before step before_step_ of this epoch
  std::int64_t before_step_ = 0;
  std::optional<Divergence> non_finite_;  // of this epoch; a divergence if its last step is not finite either
  std::size_t reported_ = 0;              // the step that the observer is told of
  std::function<double()> objective_;
};

Session::Session(const Run& run, const TrainingGraphs& graphs, Storage& storage, Observer& observer, RunResult facts,
                 StreamedData* streamed)
    : pieces_(std::make_unique<Pieces>(run, graphs, storage, observer, std::move(facts), streamed)) {}
Session::~Session() = default;

bool Session::done() const { return pieces_->done(); }
const Position& Session::position() const { return pieces_->position; }

void Session::advance() {
  require(!done(), Fault::usage, "the session is done: there is no further piece");
  pieces_->advance();
}

const RunResult& Session::result() const { return pieces_->result; }
CheckpointContent Session::checkpoint() { return pieces_->checkpoint(); }
void Session::resume(const CheckpointContent& from) { pieces_->resume(from); }

}  // namespace deepobs
