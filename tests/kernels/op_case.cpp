#include "tests/kernels/op_case.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <optional>

#include "engine/autodiff.h"
#include "engine/device.h"
#include "engine/plan.h"
#include "engine/program.h"
#include "engine/storage.h"
#include "kernels/backward.h"
#include "tests/golden/hash_values.h"

namespace deepobs {
namespace {

constexpr double u = 0x1p-24;
constexpr std::uint64_t weights_stream = 1000;

std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

// ---- Two ops of the harness's own, so that it leans on as few of the library's as possible. ----

/// Copies a parameter into the arena: only there may an op work in place, and only there are guards.
void stage_body(const Call& call) { std::memcpy(call.out[0].data, call.in[0].data, at(call.out[0].bytes())); }
extern const Op stage_op;
Value stage(Value x) { return x.graph().record_one(stage_op, {x}, x.shape(), {}, Place::current()); }
const Op stage_op{.name = "stage",
                  .cpu = {stage_body, stage_body, stage_body},
                  .gradient = [](const Node&, Gradients& g) { g.give(0, stage(g.of_output())); }};

/// objective = sum_i w[i] y[i]; dy = w * d objective.
void weigh_body(const Call& call) {
  double sum = 0;
  for (std::int64_t i = 0; i < call.in[0].elements(); ++i)
    sum += static_cast<double>(call.in[0].f32()[i]) * static_cast<double>(call.in[1].f32()[i]);
  call.out[0].f32()[0] = static_cast<float>(sum);
}
void weigh_gradient_body(const Call& call) {
  for (std::int64_t i = 0; i < call.out[0].elements(); ++i)
    call.out[0].f32()[i] = call.in[0].f32()[0] * call.in[1].f32()[i];
}
const Op weigh_gradient_op{.name = "weigh_gradient",
                           .cpu = {weigh_gradient_body, weigh_gradient_body, weigh_gradient_body}};
const Op weigh_op{
    .name = "weigh", .cpu = {weigh_body, weigh_body, weigh_body}, .gradient = [](const Node& node, Gradients& g) {
      const Value dy = g.of_output();
      g.give(0, dy.graph().record_one(weigh_gradient_op, {dy, node.in[1]}, node.in[0].shape(), {}, node.place));
    }};

// ---- Operands, the recorded graph, one run ----

/// The operands as float32 numbers, and the weights of the outputs.
struct Operands {
  std::vector<DoubleTensor> in;
  bool integers;

  Operands(const OpCase& op_case, bool as_integers) : integers(as_integers) {
    const Fill whole = integer_values(-4, 4);
    for (std::size_t k = 0; k < op_case.inputs.size(); ++k) {
      const auto& input = op_case.inputs[k];
      const Fill& fill = integers && input.type == Type::f32 ? whole : input.fill;
      DoubleTensor tensor{input.shape, {}};
      for (std::int64_t i = 0; i < input.shape.elements(); ++i)
        tensor.data.push_back(static_cast<double>(static_cast<float>(fill(k + 1, i))));
      in.push_back(std::move(tensor));
    }
  }

  std::vector<float> weights(std::int64_t count) const {
    const Fill fill = integers ? integer_values(-4, 4) : uniform_values(-1., 1.);
    std::vector<float> w(at(count));
    for (std::size_t i = 0; i < w.size(); ++i)
      w[i] = static_cast<float>(fill(weights_stream, static_cast<std::int64_t>(i)));
    return w;
  }
};

/// The op and, if anything is to be differentiated, the weighted sum of its output and the gradient. The op's operands
/// are staged copies, or the parameters themselves.
struct Recorded {
  Store store;
  Graph graph{store};
  std::vector<int> parameter_of, buffer_of;  // by input; -1: it is the other
  int weights = -1;
  Value y;

  Recorded(const OpCase& op_case, bool staged) {
    std::vector<Value> in;
    for (std::size_t k = 0; k < op_case.inputs.size(); ++k) in.push_back(record_input(op_case.inputs[k], k, staged));
    y = op_case.build(graph, in);
    graph.keep(y);
    if (std::ranges::all_of(parameter_of, [](int p) { return p < 0; })) return;
    weights = store.buffer({.name = "weights", .shape = y.shape()});
    backward(graph.record_one(weigh_op, {y, graph.buffer(weights)}, {}, {}, Place::current()));
  }

  bool differentiates() const { return weights >= 0; }

 private:
  Value record_input(const OpInput& input, std::size_t k, bool staged) {
    const std::string name = text("operand ", k);
    Value value;
    if (input.differentiable && input.type == Type::f32) {
      value = graph.parameter(name, input.shape, [](std::span<float>, std::uint64_t, std::uint32_t) {});
      parameter_of.push_back(store.parameter(name, input.shape, Border::plain(input.shape), {}));
      buffer_of.push_back(-1);
    } else {
      value = graph.input(name, input.type, input.shape);
      parameter_of.push_back(-1);
      buffer_of.push_back(store.find(name));
    }
    return staged && input.type == Type::f32 ? stage(value) : value;
  }
};

/// What one replay left behind.
struct Result {
  std::vector<float> y;
  std::vector<std::vector<float>> gradients;  // by input; empty where there is none

  bool same_bits(const Result& other) const {
    return equal(y, other.y) && std::ranges::equal(gradients, other.gradients, equal);
  }

 private:
  static bool equal(const std::vector<float>& a, const std::vector<float>& b) {
    return a.size() == b.size() && (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0);
  }
};

/// The recorded op on one device under one plan.
class Bench {
 public:
  Bench(const OpCase& op_case, const Recorded& recorded, const Operands& operands, const CpuOptions& cpu,
        const PlanOptions& plan)
      : case_(op_case),
        recorded_(recorded),
        plan_(make_plan(recorded.graph, plan)),
        device_(cpu_device(cpu)),
        storage_(*device_, recorded.store),
        program_(recorded.graph, plan_, storage_) {
    for (std::size_t k = 0; k < operands.in.size(); ++k) write_input(operands.in[k], k);
    if (recorded.differentiates())
      storage_.write<float>(recorded.weights, operands.weights(recorded.y.shape().elements()));
  }

  /// Replays over memory full of NaN, over zeros, and over what the second replay left.
  Result run(std::vector<std::string>& wrong) {
    const auto before = inputs();
    const Result first = replay(0xFF, wrong);
    if (!first.same_bits(replay(0x00, wrong)))
      wrong.push_back(
          "the result depends on what the memory held before: some element is not written, or is read first");
    program_.run(case_.step);
    if (!first.same_bits(read())) wrong.push_back("a second replay gives other bits");
    if (before != inputs()) wrong.push_back("an operand was written to");
    return first;
  }

 private:
  void write_input(const DoubleTensor& tensor, std::size_t k) {
    const std::vector<float> floats(tensor.data.begin(), tensor.data.end());
    if (recorded_.parameter_of[k] >= 0)
      storage_.set_parameter(recorded_.store.parameters()[static_cast<std::size_t>(recorded_.parameter_of[k])], floats);
    else if (case_.inputs[k].type == Type::f32)
      storage_.write<float>(recorded_.buffer_of[k], floats);
    else if (case_.inputs[k].type == Type::i32)
      storage_.write<std::int32_t>(recorded_.buffer_of[k], std::vector<std::int32_t>(floats.begin(), floats.end()));
    else
      storage_.write<std::uint8_t>(recorded_.buffer_of[k], std::vector<std::uint8_t>(floats.begin(), floats.end()));
  }

  Result replay(std::uint8_t byte, std::vector<std::string>& wrong) {
    program_.poison(byte);
    std::vector<float> gradients(at(recorded_.store.flat_floats()));
    std::memset(gradients.data(), byte, gradients.size() * sizeof(float));
    storage_.write<float>(Store::gradients_id, gradients);
    program_.run(case_.step);
    if (!program_.guards_intact()) wrong.push_back("wrote outside its tensors");
    if (!gaps_hold(byte)) wrong.push_back("wrote behind a gradient in the flat gradient buffer");
    return read();
  }

  /// Whether the space between the gradients of two parameters is as it was.
  bool gaps_hold(std::uint8_t byte) const {
    auto flat = read_flat(Store::gradients_id);
    for (const auto& parameter : recorded_.store.parameters())
      std::memset(flat.data() + parameter.offset, byte, at(parameter.shape.elements()) * sizeof(float));
    const auto* bytes = reinterpret_cast<const unsigned char*>(flat.data());
    return std::all_of(bytes, bytes + flat.size() * sizeof(float), [=](unsigned char b) { return b == byte; });
  }

  std::vector<float> read_flat(int buffer) const {
    std::vector<float> flat(at(recorded_.store.flat_floats()));
    storage_.read<float>(buffer, flat);
    return flat;
  }

  /// All operands, byte for byte.
  std::vector<std::vector<std::uint8_t>> inputs() const {
    std::vector<std::vector<std::uint8_t>> all;
    for (std::size_t b = 0; b < recorded_.store.buffers().size(); ++b) {
      const auto& buffer = recorded_.store.buffers()[b];
      if (b == Store::gradients_id) continue;
      all.emplace_back(at(buffer.shape.elements() * bytes_of(buffer.type)));
      storage_.read<std::uint8_t>(static_cast<int>(b), all.back());
    }
    return all;
  }

  Result read() const {
    Result result;
    result.y.resize(at(recorded_.y.shape().elements()));
    program_.read<float>(recorded_.y, result.y);
    for (const int p : recorded_.parameter_of)
      result.gradients.push_back(p < 0 ? std::vector<float>{}
                                       : storage_.gradient(recorded_.store.parameters()[static_cast<std::size_t>(p)]));
    return result;
  }

  const OpCase& case_;
  const Recorded& recorded_;
  Plan plan_;
  std::unique_ptr<Device> device_;
  Storage storage_;
  Program program_;
};

// ---- What the formula says ----

/// Numbers that a result should have, each with the error it may have.
struct Expected {
  std::vector<std::int64_t> index;  // which elements of the result
  std::vector<double> value, allowed;
};

double allowed_error(double units, double scale) {
  // Below the normal range the distance of floats no longer shrinks with them.
  return units * u * std::abs(scale) +
         (units > 0. ? static_cast<double>(std::numeric_limits<float>::denorm_min()) : 0.);
}

/// One number for each of `count` elements, from as many or from one.
std::vector<double> spread(std::vector<double> scale, std::size_t count, const std::string& name) {
  if (scale.size() == 1) scale.assign(count, scale[0]);
  require(scale.size() == count, Fault::usage, name, ": a bound's scale has ", scale.size(), " elements, not ", count);
  return scale;
}

std::vector<double> output_scale(const OpCase& op_case, DoubleTensors in) {
  auto values = op_case.formula(in);
  return op_case.forward.scale ? spread(op_case.forward.scale(in), values.size(), op_case.name) : values;
}

Expected expected_output(const OpCase& op_case, const Operands& operands) {
  Expected expected{{}, op_case.formula(operands.in), {}};
  const auto scale = output_scale(op_case, operands.in);
  const double units = operands.integers ? 0. : op_case.forward.units;
  for (std::size_t i = 0; i < scale.size(); ++i) {
    expected.index.push_back(static_cast<std::int64_t>(i));
    expected.allowed.push_back(allowed_error(units, scale[i]));
  }
  return expected;
}

/// The elements of an operand whose derivative is looked at: all, or the ends and some in between.
std::vector<std::int64_t> looked_at(std::int64_t count) {
  std::vector<std::int64_t> index;
  if (count <= 64) {
    for (std::int64_t i = 0; i < count; ++i) index.push_back(i);
    return index;
  }
  index = {0, count - 1};
  for (std::uint64_t i = 0; i < 22; ++i)
    index.push_back(static_cast<std::int64_t>(hash_bits(17, i) % static_cast<std::uint64_t>(count)));
  return index;
}

/// d (sum_i w[i] y[i]) / d x by differences of the formula, and what their error can be.
class Differences {
 public:
  Differences(const OpCase& op_case, const Operands& operands, std::span<const float> weights)
      : case_(op_case),
        in_(operands.in),
        weights_(weights.begin(), weights.end()),
        integers_(operands.integers),
        output_scale_(output_scale(op_case, in_)) {}

  Expected of(int input) {
    Expected expected{looked_at(in_[at(input)].elements()), {}, {}};
    const auto stated = case_.gradient.scale
                            ? spread(case_.gradient.scale(in_, input), in_[at(input)].data.size(), case_.name)
                            : std::vector<double>{};
    for (const auto j : expected.index) {
      const Slope slope = richardson(at(input), at(j));
      const double scale = stated.empty() ? slope.absolute : stated[at(j)];
      expected.value.push_back(slope.value);
      expected.allowed.push_back(integers_ ? 0. : allowed_error(case_.gradient.units, scale) + slope.rounding);
    }
    return expected;
  }

 private:
  struct Slope {
    double value = 0.;     // sum_i w[i] dy[i]/dx
    double absolute = 0.;  // sum_i |w[i] dy[i]/dx|
    double rounding = 0.;  // what the formula's own rounding may do to value
  };

  /// Error of order step^4: the step^2 terms of two central differences cancel (Richardson 1911).
  Slope richardson(std::size_t input, std::size_t j) {
    const double size = std::abs(in_[input].data[j]);
    const double step =
        integers_ ? 2. : case_.difference_step * (size > 1. ? std::exp2(std::ceil(std::log2(size))) : 1.);
    const Slope wide = central(input, j, step);
    const Slope narrow = central(input, j, step / 2.);
    return {(4. * narrow.value - wide.value) / 3., narrow.absolute, (4. * narrow.rounding + wide.rounding) / 3.};
  }

  Slope central(std::size_t input, std::size_t j, double step) {
    double& x = in_[input].data[j];
    const double here = x;
    x = here + step;
    const auto above = case_.formula(in_);
    x = here - step;
    const auto below = case_.formula(in_);
    x = here;
    Slope slope;
    for (std::size_t i = 0; i < above.size(); ++i) {
      const double term = weights_[i] * (above[i] - below[i]) / (2. * step);
      slope.value += term;
      slope.absolute += std::abs(term);
      // 64 roundings of size 2^-53 relative to the terms that the formula adds up: it is a handful of operations, or a
      // long sum whose roundings mostly cancel.
      if (above[i] != below[i]) slope.rounding += 64. * 0x1p-53 * std::abs(weights_[i] * output_scale_[i]) / step;
    }
    return slope;
  }

  const OpCase& case_;
  std::vector<DoubleTensor> in_;
  std::vector<double> weights_;
  bool integers_;
  std::vector<double> output_scale_;
};

/// The worst element of `got`, if it is not within its bound.
std::optional<std::string> worst(std::span<const float> got, const Expected& expected) {
  std::optional<std::size_t> worst_at;
  double worst_excess = 0.;
  for (std::size_t k = 0; k < expected.value.size(); ++k) {
    const float value = got[at(expected.index[k])];
    const auto rounded = static_cast<float>(expected.value[k]);
    if (value == rounded || (std::isnan(value) && std::isnan(rounded))) continue;
    const double error = std::abs(static_cast<double>(value) - expected.value[k]);
    if (error <= expected.allowed[k] && std::isfinite(value)) continue;  // false for a NaN
    const double excess = std::isfinite(error) ? error - expected.allowed[k] : std::numeric_limits<double>::infinity();
    if (!worst_at || excess > worst_excess) worst_at = k, worst_excess = excess;
  }
  if (!worst_at) return std::nullopt;
  std::ostringstream out;
  out.precision(9);
  out << "element " << expected.index[*worst_at] << " is " << got[at(expected.index[*worst_at])]
      << ", the formula says " << expected.value[*worst_at] << "; allowed is an error of "
      << expected.allowed[*worst_at];
  return out.str();
}

// ---- The examination ----

class Examination {
 public:
  explicit Examination(const OpCase& op_case) : case_(op_case), recorded_(op_case, true), direct_(op_case, false) {}

  std::vector<std::string> complaints() {
    compare_with_formula(false);
    if (case_.exact_on_integers) compare_with_formula(true);
    return complaints_;
  }

 private:
  void compare_with_formula(bool integers) {
    const Operands operands(case_, integers);
    const Expected output = expected_output(case_, operands);
    if (output.value.size() != at(recorded_.y.shape().elements())) {
      complain(
          text("the formula has ", output.value.size(), " elements, the op's output the shape ", recorded_.y.shape()));
      return;
    }
    const auto zeros = std::ranges::count(output.value, 0.);
    if (integers && zeros * 10 > static_cast<std::ptrdiff_t>(output.value.size()) * 3)
      complain("more than 30 % of the output on integers is zero: such a test cannot be trusted");
    const auto gradients = expected_gradients(operands);

    for (int isa = 0; isa <= static_cast<int>(best_isa()); ++isa) {
      context_ = text(name_of(static_cast<Isa>(isa)), integers ? ", on integers" : "");
      const CpuOptions one_thread{.threads = 1, .use_tbb = false, .isa = static_cast<Isa>(isa)};
      const Result result = run(recorded_, operands, one_thread, {.guard_bytes = 256});
      if (const auto wrong = worst(result.y, output)) complain("output: " + *wrong);
      for (std::size_t k = 0; k < gradients.size(); ++k)
        if (recorded_.parameter_of[k] >= 0)
          if (const auto wrong = worst(result.gradients[k], gradients[k]))
            complain(text("gradient of operand ", k, ": ", *wrong));
      if (!integers) compare_bits(result, operands, one_thread);
    }
  }

  std::vector<Expected> expected_gradients(const Operands& operands) const {
    if (!recorded_.differentiates()) return {};
    const auto weights = operands.weights(recorded_.y.shape().elements());
    Differences differences(case_, operands, weights);
    std::vector<Expected> gradients;
    for (std::size_t k = 0; k < operands.in.size(); ++k)
      gradients.push_back(recorded_.parameter_of[k] < 0 ? Expected{} : differences.of(static_cast<int>(k)));
    return gradients;
  }

  /// Memory plan, place of the operands and threads must not change a bit.
  void compare_bits(const Result& result, const Operands& operands, const CpuOptions& one_thread) {
    if (!result.same_bits(run(recorded_, operands, one_thread, {.reuse = false, .guard_bytes = 256})))
      complain("without reuse of memory the bits are others");
    if (!result.same_bits(run(recorded_, operands, one_thread, {.guard_bytes = 0})))
      complain("without guards behind the tensors the bits are others: something is read from there");
    if (!result.same_bits(run(direct_, operands, one_thread, {.guard_bytes = 256})))
      complain("with parameters as operands the bits are others than with copies of them");
    for (const bool tbb : {false, true})
      for (const int threads : {1, 2, 3, 5, 8})
        if (!result.same_bits(run(recorded_, operands, {threads, tbb, one_thread.isa}, {.guard_bytes = 256})))
          complain(text(threads, tbb ? " threads of TBB" : " std threads", " give other bits than one"));
  }

  Result run(const Recorded& recorded, const Operands& operands, const CpuOptions& cpu, const PlanOptions& plan) {
    std::vector<std::string> wrong;
    const Result result = Bench(case_, recorded, operands, cpu, plan).run(wrong);
    for (const auto& what : wrong) complain(what);
    return result;
  }

  void complain(const std::string& what) {
    const std::string line = text(case_.name, shapes(), context_.empty() ? "" : ", ", context_, ": ", what);
    if (std::ranges::find(complaints_, line) == complaints_.end()) complaints_.push_back(line);
  }

  std::string shapes() const {
    std::string all;
    for (const auto& input : case_.inputs) all += text(' ', input.shape);
    return all;
  }

  const OpCase& case_;
  Recorded recorded_, direct_;
  std::string context_;
  std::vector<std::string> complaints_;
};

}  // namespace

Fill uniform_values(double low, double high) {
  return [=](std::uint64_t stream, std::int64_t i) {
    return low + (high - low) * (static_cast<double>(hash_value(stream, static_cast<std::uint64_t>(i))) + 1.) / 2.;
  };
}

Fill values_off_zero(double least, double most) {
  return [=, size = uniform_values(least, most)](std::uint64_t stream, std::int64_t i) {
    const bool negative = hash_bits(stream + 500, static_cast<std::uint64_t>(i)) & 1;
    return negative ? -size(stream, i) : size(stream, i);
  };
}

Fill distinct_values() {
  // Multiplying permutes the residues of the prime 4093, and a factor near its half lets neighbours lie far apart.
  return [](std::uint64_t stream, std::int64_t i) {
    const std::int64_t step = static_cast<std::int64_t>(stream % 7) + 1783;
    return static_cast<double>(i % 4093 * step % 4093 - 2046) * 0x1p-8;
  };
}

Fill integer_values(int low, int high) {
  return [=](std::uint64_t stream, std::int64_t i) {
    return low + hash_label(stream, static_cast<std::uint64_t>(i), high - low + 1);
  };
}

Fill listed_values(std::vector<double> values) {
  return [values = std::move(values)](std::uint64_t, std::int64_t i) { return values[at(i) % values.size()]; };
}

OpInput labels_input(const Shape& shape, int classes) {
  return {shape, integer_values(0, classes - 1), false, Type::i32};
}

Formula on_absolute_inputs(Formula formula) {
  return [formula = std::move(formula)](DoubleTensors in) {
    std::vector<DoubleTensor> absolute(in.begin(), in.end());
    for (auto& tensor : absolute)
      for (double& x : tensor.data) x = std::abs(x);
    return formula(absolute);
  };
}

Formula constant_scale(double scale) {
  return [=](DoubleTensors) { return std::vector<double>{scale}; };
}

std::vector<std::string> complaints(const OpCase& op_case) { return Examination(op_case).complaints(); }

void check(const OpCase& op_case) {
  const auto all = complaints(op_case);
  for (const auto& complaint : all) FAIL_CHECK(complaint);
  CHECK(all.empty());  // so that a case without complaint counts as a check that was made
}

std::vector<double> each(const DoubleTensor& x, const std::function<double(double)>& f) {
  std::vector<double> y;
  for (const double value : x.data) y.push_back(f(value));
  return y;
}

std::vector<double> each(const DoubleTensor& a, const DoubleTensor& b, const std::function<double(double, double)>& f) {
  std::vector<double> y;
  for (std::size_t i = 0; i < a.data.size(); ++i) y.push_back(f(a.data[i], b.data[i]));
  return y;
}

}  // namespace deepobs
