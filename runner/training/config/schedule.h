#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace deepobs {

/// The learning rate as a pure function of the epoch: `base`, and from epochs[i] on (that many epochs completed)
/// base * factors[i]. A factor multiplies the base rate, not the rate before it: epochs 50 and 100 with factors 0.1
/// and 0.01 turn 0.3 into 0.03 and then 0.003. The order of the pairs is free; of pairs with one epoch the last wins;
/// a pair for epoch 0 has no effect; negative and fractional epochs are never reached. All as DeepOBS has it.
///   errors  usage: one list without the other, lists of different lengths, a base rate or an epoch that is not finite,
///           a factor that is not finite or below 0
class Schedule {
 public:
  explicit Schedule(double base, const std::optional<std::vector<double>>& epochs = std::nullopt,
                    const std::optional<std::vector<double>>& factors = std::nullopt);

  /// The rate of epoch `epoch`, counted from 0.
  double rate(std::int64_t epoch) const;

  /// Whether the rate is set before the training of this epoch: at epoch 0 and at each epoch of the schedule.
  bool changes_at(std::int64_t epoch) const { return rates_.contains(epoch); }

 private:
  std::map<std::int64_t, double> rates_;  // always holds epoch 0
};

/// What a user may not have meant by the epochs of a schedule, a line for each oddity: DeepOBS accepts them silently.
std::vector<std::string> schedule_warnings(const std::vector<double>& epochs, std::int64_t num_epochs);

}  // namespace deepobs
