#include "runner/analysis/statistics/numbers/estimate.h"

#include "engine/base/check.h"
#include "runner/results/text/counted.h"

namespace deepobs {

std::string percent_text(double share) { return text(100 * share, " %"); }

std::string count_text(std::size_t count, const std::string& thing) {
  return counted(static_cast<std::int64_t>(count), thing);
}

void add_sentence(std::string& sentences, const std::string& sentence) {
  if (!sentences.empty()) sentences += " ";
  sentences += sentence;
}

void require_level(double level) {
  require(level > 0 && level < 1, Fault::usage, "the level of an interval lies between 0 and 1, for example 0.95; ",
          level, " came");
}

}  // namespace deepobs
