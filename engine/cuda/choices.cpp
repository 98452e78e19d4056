#include "engine/cuda/choices.h"

namespace deepobs {
namespace {

constexpr const char* between = ": ";

}  // namespace

ProcessChoices& ProcessChoices::get() {
  static ProcessChoices all;  // facts about the machine, no state: the same for whoever asks
  return all;
}

void ProcessChoices::learn(const std::vector<std::string>& lines) {
  const std::lock_guard lock(mutex_);
  for (const auto& line : lines)
    if (const auto at = line.rfind(between); at != std::string::npos)
      known_.emplace(line.substr(0, at), line.substr(at + 2));
}

std::string ProcessChoices::choice(const std::string& key, std::string (*measure)(void*), void* context) {
  const std::lock_guard lock(mutex_);
  auto at = known_.find(key);
  if (at == known_.end()) at = known_.emplace(key, measure(context)).first;
  return at->second;
}

std::string DeviceChoices::choice(const std::string& what, const std::string& made_with, std::string (*measure)(void*),
                                  void* context) {
  const std::string key = what + " [" + gpu_ + ", " + made_with + "]";
  const std::string chosen = ProcessChoices::get().choice(key, measure, context);
  used_.insert(key + between + chosen);
  return chosen;
}

}  // namespace deepobs
