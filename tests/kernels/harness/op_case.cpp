#include "tests/kernels/harness/op_case.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "tests/engine/run/executors.h"
#include "tests/golden/hash_values.h"
#include "tests/gpus_under_test.h"
#include "tests/kernels/cpu/isas.h"
#include "tests/kernels/harness/op_expected.h"
#include "tests/kernels/harness/op_refusals.h"
#include "tests/kernels/harness/op_replay.h"

namespace deepobs {
namespace {

class Examination {
 public:
  explicit Examination(const OpCase& op_case)
      : case_(op_case),
        recorded_(op_case, Recording::staged),
        direct_(op_case, Recording::direct),
        recorded_for_gpu_(op_case, Recording::staged, Precision::fp32),
        direct_for_gpu_(op_case, Recording::direct, Precision::fp32) {}

  std::vector<std::string> complaints() {
    compare_with_formula(false);
    if (case_.exact_on_integers) compare_with_formula(true);
    if (complaints_.empty() && case_.on_gpu && case_.in_bf16) compare_mixed_precision();
    context_ = "";
    for (const auto& accepted : accepted_operands(case_)) complain(accepted);
    for (const auto& empty : emptied(case_)) replay_empty(empty);
    return complaints_;
  }

 private:
  void compare_with_formula(bool integers) {
    const OpOperands operands(case_, integers);
    const Expected output = expected_output(case_, operands);
    if (output.value.size() != static_cast<std::size_t>(recorded_.y.shape().elements())) {
      complain(
          text("the formula has ", output.value.size(), " elements, the op's output the shape ", recorded_.y.shape()));
      return;
    }
    const auto zeros = std::ranges::count(output.value, 0.);
    if (integers && zeros * 10 > static_cast<std::ptrdiff_t>(output.value.size()) * 3)
      complain("more than 30 % of the output on integers is zero: such a test cannot be trusted");
    finite_ = std::ranges::all_of(output.value, [](double y) { return std::isfinite(y); });
    std::vector<Expected> gradients;
    for (std::size_t k = 0; k < case_.inputs.size(); ++k)
      gradients.push_back(has_gradient(k) ? expected_gradient(case_, operands, static_cast<int>(k)) : Expected{});

    for (const Isa isa : isas()) {
      context_ = text(name_of(isa), integers ? ", on integers" : "");
      const CpuOptions one_thread{.threads = 1, .use_tbb = false, .isa = isa};
      const OpResult result = run(recorded_, operands, one_thread, {.guard_bytes = 256});
      compare(result, output, gradients);
      if (!integers) compare_bits(result, operands, one_thread);
    }
    for (const auto& gpu : case_.on_gpu ? gpus_under_test() : std::vector<GpuUnderTest>()) {
      context_ = text(gpu.name, integers ? ", on integers" : "");
      const OpResult result = run(recorded_for_gpu_, operands, gpu.device(), {.guard_bytes = 256});
      compare(result, output, gradients);
      if (!integers &&
          !result.same_bits(run(direct_for_gpu_, operands, gpu.device({.overlap = false}), {.reuse = false})))
        complain("with another plan, and parameters as operands, the bits are others");
    }
  }

  void compare(const OpResult& result, const Expected& output, const std::vector<Expected>& gradients) {
    if (const auto wrong = worst(result.y, output)) complain("output: " + *wrong);
    for (std::size_t k = 0; k < gradients.size(); ++k)
      if (has_gradient(k))
        if (const auto wrong = worst(result.gradients[k], gradients[k]))
          complain(text("gradient of operand ", k, ": ", *wrong));
  }

  /// A GPU in mixed precision against a CPU in float32, which has proved right. Operands are bf16 numbers, so only what
  /// is between two ops, and the output, is rounded: a few roundings of 2^-9 of something no larger than the largest.
  void compare_mixed_precision() {
    const OpOperands operands(case_, false, true);
    const RecordedOp mixed(case_, Recording::staged, Precision::bf16);
    const OpResult exact = run(recorded_, operands, cpu_device({.threads = 1}), {});
    for (const auto& gpu : gpus_under_test()) {
      context_ = text(gpu.name, ", bf16");
      const OpResult result = run(mixed, operands, gpu.device({.precision = Precision::bf16}), {.guard_bytes = 256});
      compare_roughly("output", result.y, exact.y);
      for (std::size_t k = 0; k < case_.inputs.size(); ++k)
        if (has_gradient(k)) compare_roughly(text("gradient of operand ", k), result.gradients[k], exact.gradients[k]);
    }
  }

  void compare_roughly(const std::string& what, const std::vector<float>& result, const std::vector<float>& exact) {
    float largest = 0;
    for (const float x : exact)
      if (std::isfinite(x)) largest = std::max(largest, std::abs(x));
    for (std::size_t i = 0; i < exact.size(); ++i) {
      const float x = result[i], y = exact[i];
      if (x == y || (std::isnan(x) && std::isnan(y)) || std::abs(x - y) <= 0x1p-7f * largest) continue;
      complain(text(what, ": element ", i, " is ", x, ", in float32 it is ", y));
      return;
    }
  }

  /// No formula is asked: it may not be made for no numbers.
  void replay_empty(const OpCase& empty) {
    std::string shapes;
    for (const auto& input : empty.inputs) shapes += text(' ', input.shape);
    std::optional<RecordedOp> recorded, recorded_for_gpu;
    try {
      recorded.emplace(empty, Recording::staged);
      recorded_for_gpu.emplace(empty, Recording::staged, Precision::fp32);
    } catch (const Error& error) {
      if (error.fault() != Fault::usage) complain(text("operands", shapes, " end in: ", error.what()));
      return;
    }
    const OpOperands operands(empty);
    const auto replay = [&](const RecordedOp& what, std::unique_ptr<Device> device) {
      std::vector<std::string> wrong;
      const OpResult result = OpReplay(empty, what, operands, std::move(device), {.guard_bytes = 256}).run(wrong);
      for (const auto& one : wrong) complain(text("operands", shapes, ": ", one));
      if (finite_ && !result.is_finite()) complain(text("operands", shapes, ": the result is not finite"));
    };
    for (const Isa isa : isas()) {
      context_ = name_of(isa);
      replay(*recorded, cpu_device({.threads = 2, .use_tbb = false, .isa = isa}));
    }
    for (const auto& gpu : case_.on_gpu ? gpus_under_test() : std::vector<GpuUnderTest>()) {
      context_ = gpu.name;
      replay(*recorded_for_gpu, gpu.device());
    }
  }

  bool has_gradient(std::size_t k) const { return recorded_.parameter_of[k] >= 0; }

  /// Memory plan, place of the operands and threads must not change a bit.
  void compare_bits(const OpResult& result, const OpOperands& operands, const CpuOptions& one_thread) {
    if (!result.same_bits(run(recorded_, operands, one_thread, {.reuse = false, .guard_bytes = 256})))
      complain("without reuse of memory the bits are others");
    // Without guards a write outside hits whatever is there: not for an op that did it.
    if (complaints_.empty() && !result.same_bits(run(recorded_, operands, one_thread, {.guard_bytes = 0})))
      complain("without guards behind the tensors the bits are others: something is read from there");
    if (!result.same_bits(run(direct_, operands, one_thread, {.guard_bytes = 256})))
      complain("with parameters as operands the bits are others than with copies of them");
    // Two numbers of threads are enough for ThreadSanitizer, which judges what could overlap and not only what did.
    const auto counts = under_thread_sanitizer ? std::vector<int>{2, 5} : std::vector<int>{1, 2, 3, 5, 8};
    for (const bool tbb : executor_kinds())
      for (const int threads : counts)
        if (!result.same_bits(run(recorded_, operands, {threads, tbb, one_thread.isa}, {.guard_bytes = 256})))
          complain(text(threads, tbb ? " threads of TBB" : " std threads", " give other bits than one"));
  }

  OpResult run(const RecordedOp& recorded, const OpOperands& operands, const CpuOptions& cpu, const PlanOptions& plan) {
    return run(recorded, operands, cpu_device(cpu), plan);
  }
  OpResult run(const RecordedOp& recorded, const OpOperands& operands, std::unique_ptr<Device> device,
               const PlanOptions& plan) {
    std::vector<std::string> wrong;
    const OpResult result = OpReplay(case_, recorded, operands, std::move(device), plan).run(wrong);
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
  RecordedOp recorded_, direct_, recorded_for_gpu_, direct_for_gpu_;
  std::string context_;
  bool finite_ = false;  // all that the case computes
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
  return [values = std::move(values)](std::uint64_t, std::int64_t i) {
    return values[static_cast<std::size_t>(i) % values.size()];
  };
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
