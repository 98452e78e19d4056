#include "runner/analysis/statistics/sample/curve_band.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "engine/base/check.h"
#include "runner/analysis/statistics/numbers/estimate.h"
#include "runner/analysis/statistics/numbers/resampling.h"
#include "runner/analysis/statistics/numbers/special_functions.h"
#include "runner/analysis/statistics/sample/moments.h"

namespace deepobs {
namespace {

constexpr double none = std::numeric_limits<double>::quiet_NaN();

bool is_finite(const std::vector<double>& curve) {
  return std::ranges::all_of(curve, [](double value) { return std::isfinite(value); });
}

CurveBand start(std::span<const std::vector<double>> runs, double level) {
  require(!runs.empty(), Fault::usage, "the band of no runs was asked for");
  CurveBand band{.runs = runs.size(), .level = level};
  for (const std::vector<double>& run : runs) {
    require(run.size() == runs[0].size(), Fault::usage, "a band is that of runs over the same epochs; one has ",
            runs[0].size(), " values, another ", run.size());
    band.n_diverged += !is_finite(run);
  }
  return band;
}

/// The values of all runs at one epoch.
void take_epoch(std::span<const std::vector<double>> runs, std::size_t epoch, std::vector<double>& values) {
  values.clear();
  for (const std::vector<double>& run : runs) values.push_back(run[epoch]);
}

void add_epoch(CurveBand& band, const SampleMoments& moments, double factor) {
  band.n.push_back(moments.n);
  band.middle.push_back(moments.mean);
  band.low.push_back(moments.mean - factor * moments.standard_error);
  band.high.push_back(moments.mean + factor * moments.standard_error);
}

void add_survivors(CurveBand& band) {
  if (band.n_diverged > 0)
    add_sentence(band.caveat, text("Of ", count_text(band.runs, "run"), " ", band.n_diverged,
                                   " diverged: where they did, the mean is that of the others, which did better."));
}

}  // namespace

CurveBand deviation_band(std::span<const std::vector<double>> runs) {
  CurveBand band = start(runs, 0);
  band.rule = text("mean of ", count_text(runs.size(), "run"), " and their standard deviation (divisor n)");
  band.caveat = "The deviation tells how far single runs spread, and not how sure the mean is.";
  std::vector<double> values;
  for (std::size_t epoch = 0; epoch < runs[0].size(); ++epoch) {
    take_epoch(runs, epoch, values);
    const SampleMoments moments = moments_of(finite_values(values));
    band.n.push_back(moments.n);
    band.middle.push_back(moments.mean);
    band.low.push_back(moments.mean - moments.population_deviation);
    band.high.push_back(moments.mean + moments.population_deviation);
  }
  add_survivors(band);
  return band;
}

CurveBand quartile_band(std::span<const std::vector<double>> runs, Better better) {
  CurveBand band = start(runs, 0);
  band.rule = text("median of ", count_text(runs.size(), "run"), " between their quartiles");
  band.caveat = "The quartiles tell how far single runs spread, and not how sure the median is.";
  std::vector<double> values;
  for (std::size_t epoch = 0; epoch < runs[0].size(); ++epoch) {
    take_epoch(runs, epoch, values);
    const SampleSummary summary = summary_of_sample(values, better);
    band.n.push_back(summary.n);
    band.middle.push_back(summary.median);
    band.low.push_back(summary.lower_quartile);
    band.high.push_back(summary.upper_quartile);
  }
  if (band.n_diverged > 0)
    add_sentence(band.caveat, text("Of ", count_text(runs.size(), "run"), " ", band.n_diverged,
                                   " diverged and count as worse than every other."));
  return band;
}

CurveBand pointwise_band(std::span<const std::vector<double>> runs, double level) {
  require_level(level);
  CurveBand band = start(runs, level);
  band.rule = text("mean of ", count_text(runs.size(), "run"), ", pointwise ", percent_text(level), " t band");
  std::vector<double> factors(runs.size() + 1, none);
  for (std::size_t n = 2; n <= runs.size(); ++n) factors[n] = t_quantile((1 + level) / 2, static_cast<double>(n - 1));
  std::vector<double> values;
  for (std::size_t epoch = 0; epoch < runs[0].size(); ++epoch) {
    take_epoch(runs, epoch, values);
    const SampleMoments moments = moments_of(finite_values(values));
    add_epoch(band, moments, factors[moments.n]);
  }
  if (runs.size() < 2) band.caveat = "1 run cannot tell how far runs spread: there is no band; two runs are the least.";
  add_survivors(band);
  return band;
}

CurveBand simultaneous_band(std::span<const std::vector<double>> runs, double level, std::size_t draws,
                            std::uint64_t seed) {
  require_level(level);
  CurveBand band = start(runs, level);
  require(draws > 0, Fault::usage, "a simultaneous band of no draws was asked for; 10000 are usual");
  std::vector<std::vector<double>> whole;
  std::ranges::copy_if(runs, std::back_inserter(whole), is_finite);
  const std::size_t n = whole.size(), epochs = runs[0].size();
  band.rule = text("mean of ", count_text(n, "run"), ", simultaneous ", percent_text(level), " sup-t band (", draws,
                   " draws, seed ", seed, ")");
  if (band.n_diverged > 0)
    band.caveat = text("Of ", count_text(runs.size(), "run"), " ", band.n_diverged, " diverged and are left out.");
  if (n < 2)
    add_sentence(band.caveat, text(count_text(n, "run"),
                                   " cannot tell how far runs spread: there is no band; two runs are the least."));
  else if (n < 5)
    add_sentence(band.caveat, text("Of ", n, " runs the band holds the whole curve less often than it says",
                                   n < 3 ? "." : ": in about 90 % for a level of 95 %."));

  // Row i: how far run i is from the mean, in deviations; the squares of a column have the sum 1. So a mix of the rows
  // with normal weights is a run with the correlations of these. Epochs without a spread take no part.
  std::vector<SampleMoments> moments;
  std::vector<std::vector<double>> distances(n);
  std::vector<double> values;
  for (std::size_t epoch = 0; epoch < epochs; ++epoch) {
    take_epoch(whole, epoch, values);
    moments.push_back(moments_of(values));
    const double scale = moments.back().sample_deviation * std::sqrt(static_cast<double>(n) - 1);
    if (n >= 2 && scale > 0)
      for (std::size_t i = 0; i < n; ++i) distances[i].push_back((whole[i][epoch] - moments.back().mean) / scale);
  }
  double factor = n < 2 ? none : 0;
  if (n >= 2 && !distances[0].empty()) {
    Resampling random(seed, Draw::normals);
    const std::size_t spread = distances[0].size();
    const auto count = static_cast<double>(n);
    std::vector<double> largest(draws), run(spread), sums(spread), squares(spread);
    for (double& one : largest) {
      std::ranges::fill(sums, 0.);
      std::ranges::fill(squares, 0.);
      for (std::size_t i = 0; i < n; ++i) {
        std::ranges::fill(run, 0.);
        for (std::size_t j = 0; j < n; ++j) {
          const double weight = standard_normal_quantile(random.unit());
          for (std::size_t e = 0; e < spread; ++e) run[e] += weight * distances[j][e];
        }
        for (std::size_t e = 0; e < spread; ++e) {
          sums[e] += run[e];
          squares[e] += run[e] * run[e];
        }
      }
      double most = 0;  // t^2 = n mean^2 / variance
      for (std::size_t e = 0; e < spread; ++e) {
        const double mean_squares = sums[e] * sums[e] / count;
        most = std::max(most, mean_squares * (count - 1) / (squares[e] - mean_squares));
      }
      one = std::sqrt(most);
    }
    factor = quantile(largest, level);
  }
  for (const SampleMoments& epoch : moments) add_epoch(band, epoch, factor);
  return band;
}

}  // namespace deepobs
