#pragma once

#include "engine/graph/autodiff.h"
#include "engine/graph/graph.h"

namespace deepobs::tiny {

// A few ops for the tests of the engine, so that they lean on no kernel: plain loops, the same for every instruction
// set. Values stay bounded however many of them follow each other, times() excepted.

/// a / 2 + b / 4; may work in place on a. Operands of one shape, as for all ops of two.
Value mixed(Value a, Value b, Place at = Place::current());

/// a / 2 - b / 4; may work in place on b.
Value opposed(Value a, Value b, Place at = Place::current());

/// a * b.
Value times(Value a, Value b, Place at = Place::current());

/// Two outputs: x / 2 and x / 4 + 1.
struct Pair {
  Value half, quarter;
};
Pair parted(Value x, Place at = Place::current());

/// [count]: the elements of x again and again, halved.
Value resized(Value x, std::int64_t count, Place at = Place::current());

/// The same memory as [elements].
Value flat(Value x, Place at = Place::current());

/// The memory of elements [first, first + count).
Value part(Value x, std::int64_t first, std::int64_t count, Place at = Place::current());

/// The sum of all elements, [].
Value total(Value x, Place at = Place::current());

/// Adds the sum of x to a buffer of one float: a node without output.
void note(Value x, Value buffer, Place at = Place::current());

/// x, but element 0 becomes `value` in step `step`.
Value spoiled(Value x, std::int64_t step, float value, Place at = Place::current());

/// x; does not know how to be differentiated.
Value dead_end(Value x, Place at = Place::current());

/// What record_gradients() needs, of these ops.
GradientAlgebra algebra();

/// An Op on every instruction set.
constexpr Op same_on_all(std::string_view name, Body body, void (*gradient)(const Node&, Gradients&) = nullptr,
                         int in_place_input = -1) {
  return {.name = name, .cpu = {body, body, body}, .gradient = gradient, .in_place_input = in_place_input};
}

}  // namespace deepobs::tiny
