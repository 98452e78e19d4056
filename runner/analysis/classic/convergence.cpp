#include "runner/analysis/classic/convergence.h"

#include <algorithm>
#include <array>
#include <variant>

#include "engine/base/check.h"
#include "engine/base/printable.h"
#include "runner/results/files/file.h"
#include "runner/results/json/json_members.h"

namespace deepobs {

ConvergencePerformances read_convergence(const std::filesystem::path& path) {
  ConvergencePerformances out;
  for (const JsonMember& member : json_members(read_file(path, std::uint64_t{1} << 20), path.string())) {
    const auto* number = std::get_if<double>(&member.value);
    const auto* whole = std::get_if<std::int64_t>(&member.value);
    require(number != nullptr || whole != nullptr, Fault::data, "'", path.string(), "': the performance of \"",
            printable(member.name), "\" must be a number");
    out[member.name] = number != nullptr ? *number : static_cast<double>(*whole);
  }
  return out;
}

TimeToTarget time_to_convergence(double performance, const std::vector<double>& list, ResultMetric metric) {
  const auto reached = std::ranges::find_if(
      list, [&](double value) { return is_accuracy(metric) ? value >= performance : value <= performance; });
  if (reached == list.end()) return {static_cast<double>(list.size()) - 1, false};
  return {static_cast<double>(reached - list.begin()), true};
}

bool judged_by_accuracy(const std::string& problem, bool has_accuracies) {
  static constexpr std::array<std::string_view, 3> by_loss{"quadratic_deep", "mnist_vae", "fmnist_vae"};
  return has_accuracies && std::ranges::find(by_loss, problem) == by_loss.end();
}

}  // namespace deepobs
