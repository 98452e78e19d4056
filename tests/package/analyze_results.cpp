// Says who wins on each problem, from a folder of results, without anything that makes one: neither engine nor device.

#include <deepobs/analysis.h>

#include <cstdio>

int main(int /*count*/, char** arguments) {
  const deepobs::Analysis analysis = deepobs::analyze({.results = arguments[1]});
  for (const auto& finding : analysis.findings)
    if (finding.is_warning()) std::printf("warning: %s\n", deepobs::finding_text(finding, 3).c_str());
  for (const auto& problem : analysis.problems)
    for (const auto& optimizer : problem.optimizers) {
      const auto* setting = optimizer.setting(deepobs::ChoiceMode::final);
      if (setting == nullptr) continue;  // all of its settings diverged
      std::printf("%s %s: %.4f, %zu runs, %s\n", problem.name.c_str(), optimizer.name.c_str(),
                  setting->final_value(problem.metric), setting->runs.size(), deepobs::tuneability(*setting).c_str());
    }
  return 0;
}
