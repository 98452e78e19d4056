#include "engine/cuda/choices/choices.h"

#include <algorithm>
#include <utility>

#include "engine/base/check.h"

namespace deepobs {
namespace {

constexpr const char* between = ": ";

/// The choice that one of the lines "key: choice" has for this key; empty: none.
std::string choice_in(const std::vector<std::string>& lines, const std::string& key) {
  const std::string begin = key + between;
  for (const auto& line : lines)
    if (line.starts_with(begin)) return line.substr(begin.size());
  return "";
}

/// Once each.
void warn(std::string warning, std::vector<std::string>& warnings) {
  if (std::ranges::find(warnings, warning) == warnings.end()) warnings.push_back(std::move(warning));
}

}  // namespace

ProcessChoices& ProcessChoices::get() {
  static ProcessChoices all;  // facts about the machine, no state: the same for whoever asks
  return all;
}

MeasuredChoice ProcessChoices::choose(const std::string& key, AlgorithmStore* store, const CudaChoices::Use& use,
                                      const CudaChoices::Measure& measure, std::vector<std::string>& warnings) {
  const std::lock_guard lock(mutex_);
  const auto usable = [&](const std::string& choice, bool ran) {
    const std::string why_not = use(choice, ran);
    if (!why_not.empty())
      warn(text("WARNING: the algorithm that was chosen before for ", key, " cannot be used any more (", choice, ": ",
                why_not, "); another one was chosen"),
           warnings);
    return why_not.empty();
  };
  const auto line_of = [&](const MeasuredChoice& made) { return key + between + made.choice; };
  const auto update = [&](const AlgorithmStore::Choose& choose_now) {
    const std::string trouble = store->update(choose_now);
    if (!trouble.empty())
      warn(text("WARNING: another run may choose other algorithms for the GPU: ", trouble), warnings);
  };
  if (const auto at = known_.find(key); at != known_.end() && usable(at->second.measured.choice, true)) {
    auto& [made, kept] = at->second;
    if (store != nullptr && !std::exchange(kept, true))  // chosen when there was none
      update([&](const auto& lines) { return choice_in(lines, key).empty() ? line_of(made) : ""; });
    return made;
  }
  const auto choose_now = [&](const std::vector<std::string>& lines) -> std::string {
    if (const std::string kept = choice_in(lines, key); !kept.empty() && usable(kept, false)) {
      known_[key] = {{kept, ""}, true};
      return "";
    }
    MeasuredChoice made = measure();
    const std::string why_not = use(made.choice, true);
    require(why_not.empty(), Fault::internal, "what was just measured for ", key, ", ", made.choice,
            ", cannot be used: ", why_not);
    known_[key] = {made, store != nullptr};
    return line_of(made);
  };
  if (store == nullptr)
    (void)choose_now({});
  else
    update(choose_now);  // whoever else is at the same choice, in whatever program, waits, and then finds the line
  return known_.at(key).measured;
}

void DeviceChoices::choose(const std::string& what, const std::string& made_with, const Use& use,
                           const Measure& measure) {
  const std::string key = what + " [" + gpu_ + ", " + made_with + "]";
  const auto chosen = ProcessChoices::get().choose(key, store_.get(), use, measure, warnings_);
  lines_.insert(key + between + chosen.choice);
  if (!chosen.times.empty()) times_.insert(what + between + chosen.times);
}

}  // namespace deepobs
