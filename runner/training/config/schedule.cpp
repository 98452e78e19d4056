#include "runner/training/config/schedule.h"

#include <algorithm>
#include <cmath>
#include <iterator>

#include "engine/base/check.h"
#include "runner/results/text/counted.h"
#include "runner/results/text/python_text.h"

namespace deepobs {

Schedule::Schedule(double base, const std::optional<std::vector<double>>& epochs,
                   const std::optional<std::vector<double>>& factors) {
  require(std::isfinite(base), Fault::usage, "the learning rate must be finite, not ", python_repr(base));
  require(epochs.has_value() == factors.has_value(), Fault::usage,
          "a learning-rate schedule needs both epochs and factors, but there are only ", epochs ? "epochs" : "factors",
          "; give lr_sched_epochs and lr_sched_factors together or neither");
  if (epochs) {
    require(epochs->size() == factors->size(), Fault::usage,
            "a learning-rate schedule needs one factor per epoch, but has ",
            counted(static_cast<std::int64_t>(epochs->size()), "epoch"), " and ",
            counted(static_cast<std::int64_t>(factors->size()), "factor"));
    for (std::size_t i = 0; i < epochs->size(); ++i) {
      const double epoch = (*epochs)[i], factor = (*factors)[i];
      require(std::isfinite(epoch), Fault::usage, "epoch ", i, " of the learning-rate schedule is ", python_repr(epoch),
              "; it must be a finite number");
      require(std::isfinite(factor) && factor >= 0, Fault::usage, "factor ", i, " of the learning-rate schedule is ",
              python_repr(factor), "; it must be a finite number that is not negative");
      // Whatever is no count of completed epochs is kept out, so that it cannot match one. 2^53: exact as a double.
      if (epoch >= 0 && epoch < 0x1p53 && std::trunc(epoch) == epoch)
        rates_[static_cast<std::int64_t>(epoch)] = base * factor;
    }
  }
  rates_[0] = base;
}

double Schedule::rate(std::int64_t epoch) const {
  require(epoch >= 0, Fault::internal, "epochs count from 0, there is none numbered ", epoch);
  return std::prev(rates_.upper_bound(epoch))->second;
}

std::vector<std::string> schedule_warnings(const std::vector<double>& epochs, std::int64_t num_epochs) {
  std::vector<std::string> warnings;
  const auto warn = [&](const auto&... parts) {
    warnings.push_back(text("WARNING: learning-rate schedule: ", parts...));
  };
  for (std::size_t i = 0; i < epochs.size(); ++i) {
    const double epoch = epochs[i];
    const std::string name = python_int(epoch);
    if (epoch == 0)
      warn("the entry for epoch 0 has no effect: the learning rate itself holds from the start");
    else if (epoch < 0 || std::trunc(epoch) != epoch)
      warn("epoch ", name, " is never reached: it must be a whole number of completed epochs");
    else if (epoch >= static_cast<double>(num_epochs))
      warn("epoch ", name, " is never reached: num_epochs is ", num_epochs, ", and the first epoch has number 0");
    if (std::find(epochs.begin() + static_cast<std::ptrdiff_t>(i) + 1, epochs.end(), epoch) != epochs.end())
      warn("epoch ", name, " is there more than once; the last entry counts");
  }
  if (!std::ranges::is_sorted(epochs))
    warn("the epochs are not in order; each factor holds from its own epoch on, to the next larger one");
  return warnings;
}

}  // namespace deepobs
