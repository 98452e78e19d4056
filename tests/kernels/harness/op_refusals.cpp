#include "tests/kernels/harness/op_refusals.h"

#include <algorithm>
#include <array>
#include <optional>
#include <set>

namespace deepobs {
namespace {

constexpr std::array all_types{Type::f32, Type::i32, Type::u8, Type::f64, Type::bf16};

bool takes(const OpInput& input, Type type) {
  return type == input.type || std::ranges::find(input.also, type) != input.also.end();
}

/// What a build with these operands ends in, if that is not an Error of misuse.
template <class Operands>
std::optional<std::string> not_refused(const OpCase& op_case, Operands operands) {
  Store store;
  Graph graph(store);
  std::vector<Value> in;
  for (std::size_t k = 0; k < op_case.inputs.size(); ++k)
    in.push_back(graph.input(text("operand ", k), op_case.inputs[k].type, op_case.inputs[k].shape));
  operands(graph, in);
  try {
    op_case.build(graph, in);
  } catch (const Error& error) {
    if (error.fault() == Fault::usage) return {};
    return text("ends in: ", error.what());
  }
  return "was recorded";
}

}  // namespace

std::vector<std::string> accepted_operands(const OpCase& op_case) {
  std::vector<std::string> accepted;
  for (std::size_t k = 0; k < op_case.inputs.size(); ++k) {
    const auto& input = op_case.inputs[k];
    for (const Type type : all_types) {
      if (takes(input, type)) continue;
      if (const auto end = not_refused(
              op_case, [&](Graph& graph, std::vector<Value>& in) { in[k] = graph.input("wrong", type, input.shape); }))
        accepted.push_back(text("operand ", k, " of type ", name_of(type), " ", *end));
    }
    if (const auto end = not_refused(op_case, [&](Graph&, std::vector<Value>& in) { in[k] = Value(); }))
      accepted.push_back(text("an empty Value as operand ", k, " ", *end));
  }
  return accepted;
}

std::vector<OpCase> emptied(const OpCase& op_case) {
  std::set<std::int64_t> extents;
  for (const auto& input : op_case.inputs) extents.insert(input.shape.extents().begin(), input.shape.extents().end());
  extents.erase(0);
  std::vector<OpCase> cases;
  for (const std::int64_t extent : extents) {
    OpCase empty = op_case;
    for (auto& input : empty.inputs) {
      std::vector<std::int64_t> shape(input.shape.extents().begin(), input.shape.extents().end());
      std::ranges::replace(shape, extent, 0);
      input.shape = Shape(shape);
    }
    cases.push_back(std::move(empty));
  }
  return cases;
}

}  // namespace deepobs
