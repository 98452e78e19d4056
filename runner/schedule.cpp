#include "runner/schedule.h"

#include <cmath>
#include <iterator>

#include "engine/check.h"
#include "runner/python_text.h"

namespace deepobs {

Schedule::Schedule(double base, const std::optional<std::vector<double>>& epochs,
                   const std::optional<std::vector<double>>& factors) {
  require(std::isfinite(base), Fault::usage, "the learning rate must be finite, not ", python_repr(base));
  require(epochs.has_value() == factors.has_value(), Fault::usage,
          "a learning-rate schedule needs both epochs and factors, but there are only ", epochs ? "epochs" : "factors",
          "; give lr_sched_epochs and lr_sched_factors together or neither");
  if (epochs) {
    require(epochs->size() == factors->size(), Fault::usage,
            "a learning-rate schedule needs one factor per epoch, but has ", epochs->size(), " epochs and ",
            factors->size(), " factors");
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

}  // namespace deepobs
