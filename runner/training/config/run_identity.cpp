#include "runner/training/config/run_identity.h"

#include <algorithm>
#include <array>

#include "runner/training/config/settings.h"

namespace deepobs {
namespace {

constexpr std::array<std::string_view, 3> version_names{"optimizer_version", "problem_version", "data_version"};

/// The marks of folders that do not come from a setting.
std::vector<std::pair<std::string, std::string>> marks_beside_settings(const Run& run) {
  const auto count = [](const std::optional<std::int64_t>& examples) {
    return examples ? std::to_string(*examples) : "";
  };
  std::vector<std::pair<std::string, std::string>> marks{{"test_examples", count(run.test_examples)},
                                                         {"train_examples", count(run.train_examples)}};
  for (const auto& [name, version] : versions_of(run))
    marks.emplace_back(name, version.empty() ? "" : encode_name(version));
  return marks;
}

std::string mark_of(const Setting& setting, const Run& run) {
  if (setting.mark) return setting.mark(run);
  static const RunConfig untouched;
  const SettingValue value = setting.get(run.config);
  return setting.marks_folder && value != setting.get(untouched) ? to_string(value) : "";
}

}  // namespace

std::vector<std::pair<std::string, std::string>> versions_of(const Run& run) {
  const std::array<const std::string*, version_names.size()> all{&run.optimizer->version, &run.problem->version,
                                                                 &run.data_set->version};
  std::vector<std::pair<std::string, std::string>> versions;
  for (std::size_t i = 0; i < all.size(); ++i)
    if (i == 0 || !all[i]->empty()) versions.emplace_back(version_names[i], *all[i]);
  return versions;
}

std::vector<std::pair<std::string, std::string>> folder_marks(const Run& run) {
  auto marks = marks_beside_settings(run);
  for (const auto& setting : settings()) marks.emplace_back(setting.name, mark_of(setting, run));
  std::erase_if(marks, [](const auto& mark) { return mark.second.empty(); });
  std::ranges::sort(marks);
  return marks;
}

bool is_folder_name(std::string_view name) {
  constexpr std::array<std::string_view, 3> others{"lr_schedule", "test_examples", "train_examples"};
  return std::ranges::find(version_names, name) != version_names.end() ||
         std::ranges::find(others, name) != others.end();
}

bool same_computation(const RunConfig& a, const RunConfig& b) {
  return a.hyperparameters == b.hyperparameters && std::ranges::all_of(settings(), [&](const Setting& setting) {
           return setting.reach != Reach::computation || setting.get(a) == setting.get(b);
         });
}

std::map<std::string, std::string> what_makes_the_result(const Run& run) {
  std::map<std::string, std::string> out;
  for (const Setting& setting : settings())
    if (setting.reach != Reach::nothing) out[std::string(setting.name)] = to_string(value_in(run, setting));
  for (const auto& [name, version] : versions_of(run)) out[name] = version;
  for (const auto& [name, value] : run.hyperparameters.values()) out["hyperparameters." + name] = to_string(value);
  out["init_from"] = run.init_from_crc;
  out["train_examples"] = run.train_examples ? std::to_string(*run.train_examples) : "official";
  out["test_examples"] = run.test_examples ? std::to_string(*run.test_examples) : "official";
  return out;
}

}  // namespace deepobs
