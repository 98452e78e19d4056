#include "tests/kernels/harness/op_case.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "engine/graph/autodiff.h"
#include "engine/run/device.h"
#include "tests/kernels/cpu/isas.h"

// The harness must be able to fail: ops with planted faults, each of which has to be named.

namespace deepobs {
namespace {

/// An op y = 2 x of the given bodies: dx = backward(dy).
template <Body forward, Body backward>
struct Doubling {
  static void gradient(const Node& node, Gradients& g) {
    const Value dy = g.of_output();
    g.give(0, dy.graph().record_one(gradient_op, {dy}, dy.shape(), {}, node.place));
  }
  static constexpr Op gradient_op{.name = "doubling_gradient", .cpu = {backward, backward, backward}};
  static constexpr Op op{.name = "doubling", .cpu = {forward, forward, forward}, .gradient = gradient};
};

constexpr std::int64_t length = 1001;

template <Body forward, Body backward>
OpCase doubling() {
  return {.name = "doubling",
          .inputs = {{{length}}},
          .build =
              [](Graph& graph, auto in) {
                return graph.record_one(Doubling<forward, backward>::op, {in[0]}, in[0].shape(), {}, Place::current());
              },
          .formula = [](auto in) { return each(in[0], [](double x) { return 2. * x; }); },
          .exact_on_integers = true,
          .on_gpu = false};
}

bool any_says(const std::vector<std::string>& complaints, std::string_view what) {
  return std::ranges::any_of(complaints, [=](const std::string& line) { return line.find(what) != line.npos; });
}

template <float factor(std::int64_t i)>
void times(const Call& call) {
  for (std::int64_t i = 0; i < call.out[0].elements(); ++i) call.out[0].f32()[i] = factor(i) * call.in[0].f32()[i];
}

constexpr Body right = times<[](std::int64_t) { return 2.f; }>;
constexpr Body wrong_sign = times<[](std::int64_t) { return -2.f; }>;
constexpr Body wrong_last = times<[](std::int64_t i) { return i == length - 1 ? 1.f : 2.f; }>;
constexpr Body wrong_by_ten_units = times<[](std::int64_t) { return 2.f + 20 * 0x1p-24f; }>;
constexpr Body zero = times<[](std::int64_t) { return 0.f; }>;
constexpr Body turns_nan = times<[](std::int64_t i) { return i == 5 ? __builtin_nanf("") : 2.f; }>;

void skips_last(const Call& call) {
  for (std::int64_t i = 0; i + 1 < call.out[0].elements(); ++i) call.out[0].f32()[i] = 2.f * call.in[0].f32()[i];
}

void adds_to_output(const Call& call) {
  for (std::int64_t i = 0; i < call.out[0].elements(); ++i) call.out[0].f32()[i] += 2.f * call.in[0].f32()[i];
}

void writes_past_the_end(const Call& call) {
  right(call);
  call.out[0].f32()[call.out[0].elements() + 30] = 0.f;  // within the guard, whatever the tensor's last cache line
}

void writes_its_operand(const Call& call) {
  right(call);
  call.in[0].f32()[0] = 0.f;
}

/// Rounds once for each share of the work, so its bits tell the number of threads.
void depends_on_threads(const Call& call) {
  right(call);
  const auto tiny = 0x1p-24f * static_cast<float>(call.executor->threads() % 2);
  call.out[0].f32()[0] += tiny * call.out[0].f32()[0];
}

void depends_on_history(const Call& call) {
  static int calls = 0;
  right(call);
  call.out[0].f32()[0] *= 1.f + static_cast<float>(++calls % 3) * 0x1p-23f;
}

/// A guard reads as a tiny number, the next tensor does not.
void reads_behind_its_operand(const Call& call) {
  right(call);
  const float behind = call.in[0].f32()[call.in[0].elements() + 30];
  if (std::abs(behind) > 1e-6f) call.out[0].f32()[0] *= 1.f + 0x1p-23f;
}

}  // namespace

TEST_CASE("the op harness lets a right op pass") { CHECK(complaints(doubling<right, right>()).empty()); }

TEST_CASE("the op harness names a wrong output") {
  CHECK(any_says(complaints(doubling<wrong_sign, right>()), text(name_of(isas().front()), ": output: element")));
  CHECK(any_says(complaints(doubling<wrong_last, right>()), "output: element 1000 is"));
  CHECK(any_says(complaints(doubling<turns_nan, right>()), "output: element 5 is nan"));
}

TEST_CASE("the op harness names an output off by more than its bound, and only then") {
  OpCase off = doubling<wrong_by_ten_units, right>();
  off.exact_on_integers = false;
  off.forward.units = 20;
  CHECK(complaints(off).empty());
  off.forward.units = 9;
  CHECK(any_says(complaints(off), "output: element"));
  off.forward.units = 20;
  off.exact_on_integers = true;
  CHECK(any_says(complaints(off), "on integers: output: element"));
}

TEST_CASE("the op harness names a wrong gradient") {
  CHECK(any_says(complaints(doubling<right, wrong_sign>()), "gradient of operand 0: element"));
  CHECK(any_says(complaints(doubling<right, wrong_last>()), "gradient of operand 0: element 1000"));
  CHECK(any_says(complaints(doubling<right, wrong_by_ten_units>()), "gradient of operand 0: element"));
  CHECK(any_says(complaints(doubling<right, skips_last>()), "gradient of operand 0: element 1000 is"));
}

TEST_CASE("the op harness names elements that are not written, or are read first") {
  CHECK(any_says(complaints(doubling<skips_last, right>()), "depends on what the memory held"));
  CHECK(any_says(complaints(doubling<adds_to_output, right>()), "depends on what the memory held"));
  CHECK(any_says(complaints(doubling<adds_to_output, right>()), "second replay"));
}

TEST_CASE("the op harness names accesses outside the tensors") {
  CHECK(any_says(complaints(doubling<writes_past_the_end, right>()), "wrote outside"));
  CHECK(any_says(complaints(doubling<right, writes_past_the_end>()), "wrote outside"));
  CHECK(any_says(complaints(doubling<right, writes_past_the_end>()), "wrote behind a gradient"));
  CHECK(any_says(complaints(doubling<writes_its_operand, right>()), "an operand was written to"));
  CHECK(any_says(complaints(doubling<reads_behind_its_operand, right>()), "something is read from there"));
}

TEST_CASE("the op harness names bits that depend on threads or on history") {
  CHECK(any_says(complaints(doubling<depends_on_threads, right>()), "2 std threads give other bits"));
  if (tbb_is_default)  // else ThreadSanitizer watches, and TBB is left out
    CHECK(any_says(complaints(doubling<depends_on_threads, right>()), "8 threads of TBB give other bits"));
  CHECK(any_says(complaints(doubling<depends_on_history, right>()), "other bits"));
}

TEST_CASE("the op harness names operands that should have been refused") {
  OpCase lenient = doubling<right, right>();
  lenient.build = [](Graph& graph, auto in) {
    const bool usable = in[0] != Value() && in[0].type() == Type::f32;
    const Value x = usable ? in[0] : graph.input("in its place", Type::f32, {length});
    return graph.record_one(Doubling<right, right>::op, {x}, x.shape(), {}, Place::current());
  };
  CHECK(any_says(complaints(lenient), "operand 0 of type int32 was recorded"));
  CHECK(any_says(complaints(lenient), "operand 0 of type bf16 was recorded"));
  CHECK(any_says(complaints(lenient), "an empty Value as operand 0 was recorded"));
  lenient.inputs[0].also = {Type::i32};
  CHECK_FALSE(any_says(complaints(lenient), "of type int32"));
  OpCase broken = doubling<right, right>();
  broken.build = [](Graph& graph, auto in) {
    require(in[0].type() == Type::f32, Fault::internal, "oh");
    return graph.record_one(Doubling<right, right>::op, {in[0]}, in[0].shape(), {}, Place::current());
  };
  CHECK(any_says(complaints(broken), "operand 0 of type uint8 ends in: oh"));
}

namespace {

void writes_zero(const Call& call) { call.out[0].f32()[0] = 0.f; }
void writes_nothing(const Call&) {}
void writes_nan(const Call& call) { call.out[0].f32()[0] = __builtin_nanf(""); }

/// y [1] of any x; `of_none` is what the body makes of an empty one.
template <Body of_none>
void first_body(const Call& call) {
  if (call.in[0].elements() == 0) return of_none(call);
  call.out[0].f32()[0] = call.in[0].f32()[0];
}

template <Body of_none>
OpCase first_element() {
  static constexpr Op op{.name = "first", .cpu = {first_body<of_none>, first_body<of_none>, first_body<of_none>}};
  return {.name = "first",
          .inputs = {{{3, 5}, uniform_values(-1., 1.), false}},
          .build = [](Graph& graph, auto in) { return graph.record_one(op, {in[0]}, {1}, {}, Place::current()); },
          .formula = [](auto in) { return std::vector<double>{in[0][0]}; },
          .on_gpu = false};
}

}  // namespace

TEST_CASE("the op harness names what an op makes of operands without elements") {
  CHECK(complaints(first_element<writes_zero>()).empty());
  CHECK(any_says(complaints(first_element<writes_nothing>()), "operands [0, 5]: the result depends on what"));
  CHECK(any_says(complaints(first_element<writes_nothing>()), "operands [3, 0]: the result depends on what"));
  CHECK(any_says(complaints(first_element<writes_nan>()), "operands [0, 5]: the result is not finite"));
}

TEST_CASE("the op harness names a formula of another size, and integers that prove nothing") {
  OpCase wrong = doubling<right, right>();
  wrong.formula = [](auto) { return std::vector<double>(3, 1.); };
  CHECK(any_says(complaints(wrong), "the formula has 3 elements"));

  OpCase zeros = doubling<right, right>();
  zeros.build = [](Graph& graph, auto in) {
    return graph.record_one(Doubling<zero, zero>::op, {in[0]}, in[0].shape(), {}, Place::current());
  };
  zeros.formula = [](auto in) { return std::vector<double>(in[0].data.size(), 0.); };
  CHECK(any_says(complaints(zeros), "cannot be trusted"));
}

}  // namespace deepobs
