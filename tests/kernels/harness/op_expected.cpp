#include "tests/kernels/harness/op_expected.h"

#include <cmath>
#include <limits>
#include <sstream>

#include "tests/golden/hash_values.h"

namespace deepobs {
namespace {

constexpr double u = 0x1p-24;

std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

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

/// The elements of an operand whose derivative is looked at: all, or the ends and some in between.
std::vector<std::int64_t> looked_at(std::int64_t count) {
  std::vector<std::int64_t> index;
  if (count <= 64) {
    for (std::int64_t i = 0; i < count; ++i) index.push_back(i);
    return index;
  }
  index = {0, count - 1};
  for (std::uint64_t i = 0; i < 10; ++i)
    index.push_back(static_cast<std::int64_t>(hash_bits(17, i) % static_cast<std::uint64_t>(count)));
  return index;
}

/// d (sum_i w[i] y[i]) / d x by differences of the formula, and what their error can be.
class Differences {
 public:
  Differences(const OpCase& op_case, const OpOperands& operands)
      : case_(op_case),
        in_(operands.in),
        integers_(operands.integers),
        output_scale_(output_scale(op_case, in_)),
        weights_(operands.weights(static_cast<std::int64_t>(output_scale_.size()))) {}

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
      if (above[i] == below[i]) continue;
      const auto weight = static_cast<double>(weights_[i]);
      const double term = weight * (above[i] - below[i]) / (2. * step);
      slope.value += term;
      slope.absolute += std::abs(term);
      // 64 roundings of size 2^-53 relative to the terms that the formula adds up: it is a handful of operations, or a
      // long sum whose roundings mostly cancel.
      slope.rounding += 64. * 0x1p-53 * std::abs(weight * output_scale_[i]) / step;
    }
    return slope;
  }

  const OpCase& case_;
  std::vector<DoubleTensor> in_;
  bool integers_;
  std::vector<double> output_scale_;
  std::vector<float> weights_;
};

}  // namespace

Expected expected_output(const OpCase& op_case, const OpOperands& operands) {
  Expected expected{{}, op_case.formula(operands.in), {}};
  const auto scale = output_scale(op_case, operands.in);
  const double units = operands.integers ? 0. : op_case.forward.units;
  for (std::size_t i = 0; i < scale.size(); ++i) {
    expected.index.push_back(static_cast<std::int64_t>(i));
    expected.allowed.push_back(allowed_error(units, scale[i]));
  }
  return expected;
}

Expected expected_gradient(const OpCase& op_case, const OpOperands& operands, int input) {
  return Differences(op_case, operands).of(input);
}

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

}  // namespace deepobs
