#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "engine/graph/graph.h"

namespace deepobs {

// One struct tells what an op should compute; check() does the rest. What a new op's test has to hold is: how to record
// it, its formula in double as a reader would write it, its operands, and how far float32 may be from the formula.

/// A tensor in double precision, row-major: what formulas work on. Labels arrive as numbers.
struct DoubleTensor {
  Shape shape;
  std::vector<double> data;

  double operator[](std::int64_t i) const { return data[static_cast<std::size_t>(i)]; }
  std::int64_t elements() const { return shape.elements(); }
};

using DoubleTensors = std::span<const DoubleTensor>;
using Formula = std::function<std::vector<double>(DoubleTensors in)>;

/// Number `index` of operand `stream`; a pure function, so that every run sees the same operands.
using Fill = std::function<double(std::uint64_t stream, std::int64_t index)>;

Fill uniform_values(double low, double high);
/// Between `least` and `most` in size, of either sign: keeps clear of a kink at zero.
Fill values_off_zero(double least, double most);
/// Multiples of 2^-8 in [-8, 8), of which any 4093 in a row differ: no ties for a maximum.
Fill distinct_values();
/// Whole numbers from low to high.
Fill integer_values(int low, int high);

/// These, over and over.
Fill listed_values(std::vector<double> values);

/// One operand of the op under test.
struct OpInput {
  Shape shape;
  Fill fill = uniform_values(-1., 1.);
  bool differentiable = true;  ///< whether the gradient with respect to it is checked
  Type type = Type::f32;
  std::vector<Type> also = {};  ///< other types that the op takes
};

/// Labels in [0, classes), as int32.
OpInput labels_input(const Shape& shape, int classes);

/// Element i may be units * u * scale[i] away from the formula, u = 2^-24 (half a unit in the last place of 1), and
/// below the normal range one denormal step. No units: it must be the formula's value, rounded.
struct Bound {
  double units = 0.;
  Formula scale{};  ///< null: the formula's own absolute value; one number alone holds for all elements
};

/// A scale for sums of products: the formula on the absolute values of the operands.
Formula on_absolute_inputs(Formula formula);
/// The same scale for all elements.
Formula constant_scale(double scale);

/// The same for d (sum_i w[i] y[i]) / d operand `input`, with weights |w| <= 1.
struct GradientBound {
  double units = 4.;
  /// null: sum_i |w[i] dy[i]/dx[j]|, found from differences; one number alone holds for all elements
  std::function<std::vector<double>(DoubleTensors in, int input)> scale{};
};

struct OpCase {
  std::string name;
  std::vector<OpInput> inputs{};
  std::function<Value(Graph& graph, std::span<const Value> in)> build;
  Formula formula;
  Bound forward{};
  GradientBound gradient{};

  /// Half the distance of the central differences, a power of two, times the power of two next to |x| where that is
  /// above 1. Where y is linear in every operand taken alone, 1 is right: such differences have no error but rounding.
  double difference_step = 0x1p-13;

  /// Also with operands and weights that are whole numbers in [-4, 4]: then output and gradient must be equal to the
  /// formula's, bit for bit. For ops of sums and products only, whose formula maps whole numbers to whole numbers.
  bool exact_on_integers = false;

  StepBlock step{.seed = 1, .step = 7};  ///< for ops with random numbers

  bool on_gpu = true;   ///< false: an op of a test's own, without a body for a GPU
  bool in_bf16 = true;  ///< false: rounded to bf16, some of several candidates are equal, and another one is chosen
};

/// Records the op with parameters, or copies of them, as operands, and the gradient of sum_i w[i] y[i] with fixed
/// weights w. For every instruction set of this machine:
/// - output against the formula, by the worst element;
/// - gradient against central differences of the formula in double, with one Richardson step, by the worst element
///   (all elements of operands up to 64, twelve of larger ones);
/// - the same bits whatever the memory held before (NaN, zeros, the last replay), with and without reuse of memory, and
///   for 1, 2, 3, 5 and 8 threads of either executor;
/// - operands unchanged, nothing written behind a tensor;
/// - each extent in turn 0 wherever it stands: refused while recording, or every element written, and finite where the
///   case's own results are.
/// The same, but for threads, on the GPUs under test, and there in mixed precision: near the results in float32.
/// And an operand of another type, or an empty Value, must be refused while recording.
/// Returns what is wrong, one line each: empty if nothing is.
std::vector<std::string> complaints(const OpCase& op_case);

/// complaints() as failures of the running doctest case.
void check(const OpCase& op_case);

/// Lengths that end inside, at and behind a vector or a cache line, and one that several threads share.
constexpr std::array<std::int64_t, 8> awkward_sizes{1, 3, 17, 33, 64, 129, 1001, 40'003};

/// f(x) for each element; f(a, b) for each pair of elements of tensors that are alike.
std::vector<double> each(const DoubleTensor& x, const std::function<double(double)>& f);
std::vector<double> each(const DoubleTensor& a, const DoubleTensor& b, const std::function<double(double, double)>& f);

}  // namespace deepobs
