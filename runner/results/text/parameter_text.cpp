#include "runner/results/text/parameter_text.h"

#include <type_traits>

#include "runner/results/text/python_text.h"

namespace deepobs {

std::string parameter_text(const ReadParameter& parameter) {
  return std::visit(
      [](const auto& value) -> std::string {
        using T = std::decay_t<decltype(value)>;
        if constexpr (std::is_same_v<T, std::monostate>)
          return std::string(python_none);
        else if constexpr (std::is_same_v<T, std::string>)
          return value;
        else if constexpr (std::is_same_v<T, std::vector<double>>)
          return python_list(value);
        else if constexpr (std::is_same_v<T, double>)
          return python_repr(value);
        else
          return python_text(value);
      },
      parameter.value);
}

std::string parameters_text(std::span<const ReadParameter> parameters) {
  std::string out;
  for (const auto& each : parameters) out += (out.empty() ? "" : ", ") + each.name + " " + parameter_text(each);
  return out;
}

}  // namespace deepobs
