#include "runner/analysis/statistics/tuning/usable_rates.h"

#include <algorithm>
#include <cmath>

#include "engine/base/check.h"
#include "runner/analysis/statistics/numbers/estimate.h"
#include "runner/analysis/statistics/sample/moments.h"
#include "runner/analysis/statistics/scores/gap.h"

namespace deepobs {

UsableRates usable_rates(std::span<const RateRuns> rates, Better better, double start, double tolerance) {
  require(!rates.empty(), Fault::usage, "the usable ones of no learning rates were asked for");
  require(std::isfinite(start), Fault::usage, "the value at epoch 0 is ", start, "; a finite one is wanted");
  require(tolerance >= 0 && tolerance < 1, Fault::usage, "the tolerance is a share of the gap, 0.05 for example; ",
          tolerance, " came");
  struct Rate {
    double rate, mean;  // the mean is that of a diverged run where there is one
  };
  std::vector<Rate> grid;
  UsableRates usable{.n = rates.size()};
  for (const RateRuns& one : rates) {
    require(one.rate > 0 && std::isfinite(one.rate), Fault::usage, "learning rates are positive and finite, and ",
            one.rate, " is among them");
    require(!one.values.empty(), Fault::usage, "learning rate ", one.rate, " has no runs; leave it out");
    const SampleSummary runs = summary_of_sample(one.values, better);
    usable.n_diverged += runs.n_diverged > 0;
    grid.push_back({one.rate, runs.n_diverged > 0 ? worst_value(better) : runs.finite.mean});
  }
  std::ranges::sort(grid, {}, &Rate::rate);
  for (std::size_t i = 1; i < grid.size(); ++i)
    require(grid[i].rate != grid[i - 1].rate, Fault::usage, "learning rate ", grid[i].rate,
            " is there twice; put its runs together");
  usable.rule = text("learning rates around the best one whose mean closes ", percent_text(1 - tolerance),
                     " of the gap from epoch 0 to the best mean, no run diverged");

  const auto best = std::ranges::min_element(grid, {}, [&](const Rate& rate) { return as_cost(rate.mean, better); });
  if (!std::isfinite(best->mean)) {
    usable.caveat = "With every learning rate a run diverged: none is usable.";
    return usable;
  }
  if (as_cost(best->mean, better) >= as_cost(start, better)) {
    usable.caveat = "No learning rate gets better than the value at epoch 0: none is usable.";
    return usable;
  }
  std::vector<double> means;
  for (const Rate& rate : grid) means.push_back(rate.mean);
  const GapScale scale = gap_scale(start, best->mean, better, means);
  const auto is_usable = [&](const Rate& rate) { return gap_closed(rate.mean, scale) >= 1 - tolerance; };
  auto low = best, high = best;
  while (low != grid.begin() && is_usable(*(low - 1))) --low;
  while (high + 1 != grid.end() && is_usable(*(high + 1))) ++high;
  usable.best = best->rate;
  usable.low = low->rate;
  usable.high = high->rate;
  usable.decades = std::log10(high->rate / low->rate);
  usable.at_low_end = low == grid.begin();
  usable.at_high_end = high + 1 == grid.end();
  if (usable.at_low_end || usable.at_high_end)
    usable.caveat = text("The usable rates go to the ",
                         usable.at_low_end && usable.at_high_end ? "lowest and the highest rate"
                         : usable.at_low_end                     ? "lowest rate"
                                                                 : "highest rate",
                         " that was tried: they may go on beyond, and so may better ones.");
  if (low == high)
    add_sentence(usable.caveat, "A single rate is usable: the range is narrower than the steps of the grid.");
  return usable;
}

}  // namespace deepobs
