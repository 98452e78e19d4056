#include "runner/analysis/statistics/scores/improvement.h"

#include "tests/error_of.h"
#include "tests/runner/analysis/statistics/golden_statistics.h"

namespace deepobs::test {
namespace {

TEST_CASE("improvement: rliable's probability, and scipy's U of the same resamples") {
  const json& all = golden("improvement");
  const std::vector<Doubles> a = rows(all["a"]), b = rows(all["b"]);
  std::vector<TwoSamples> problems;
  for (std::size_t p = 0; p < a.size(); ++p) problems.push_back({a[p], b[p]});
  const BootstrapOptions options{.resamples = all["resamples"], .seed = all["seed"]};
  const Estimate unpaired = improvement_probability(problems, Better::larger, options).probability;
  check_close(unpaired.value, all["value"]);
  check_close({unpaired.interval->low, unpaired.interval->high}, numbers(all["interval"]));
  CHECK(unpaired.n == 24);
  const Estimate paired = paired_improvement_probability(problems, Better::larger, options).probability;
  check_close(paired.value, all["paired"]);
  check_close({paired.interval->low, paired.interval->high}, numbers(all["paired_interval"]));
  CHECK(paired.n == 12);
  // What A wins as accuracies B wins as losses.
  check_close(improvement_probability(problems, Better::smaller).probability.value, 1 - unpaired.value);
  const std::vector<TwoSamples> lengths{{numbers(all["lengths"]["a"]), numbers(all["lengths"]["b"])}};
  check_close(improvement_probability(lengths, Better::larger).probability.value, all["lengths"]["value"]);
}

TEST_CASE("improvement: it is meaningful where it is sure and large") {
  const std::vector<TwoSamples> clear{{{1, 2, 3, 4, 5}, {6, 7, 8, 9, 10}}};
  const Improvement better = improvement_probability(clear, Better::smaller);
  CHECK(better.probability.value == 1);
  CHECK(better.meaningful);
  CHECK(better.probability.caveat.empty());
  const Improvement worse = improvement_probability(clear, Better::larger);
  CHECK(worse.probability.value == 0);
  CHECK_FALSE(worse.meaningful);
  CHECK(has(worse.probability.caveat, "not shown that A is better"));
  TwoSamples close;
  for (int i = 0; i < 400; ++i) {
    close.a.push_back(i);
    close.b.push_back(i + 50.5);
  }
  const Improvement small = improvement_probability(std::vector{close}, Better::smaller);
  CHECK(small.probability.value > 0.6);
  CHECK(small.probability.interval->low > 0.5);
  CHECK_FALSE(small.meaningful);
  CHECK(has(small.probability.caveat, "not by enough"));
}

TEST_CASE("improvement: diverged runs lose against all others and draw with one another") {
  const std::vector<TwoSamples> problems{{{not_a_number, 1}, {infinity, 2}}};
  const Improvement improvement = improvement_probability(problems, Better::smaller);
  CHECK(improvement.probability.value == (0.5 + 0 + 1 + 1) / 4);
  CHECK(improvement.probability.n_diverged == 2);
  CHECK(paired_improvement_probability(problems, Better::smaller).probability.value == 0.75);
  const std::vector<TwoSamples> single{{{1}, {2}}};
  CHECK_FALSE(improvement_probability(single, Better::smaller).probability.interval);
  CHECK_FALSE(improvement_probability(single, Better::smaller).meaningful);
  check_error([] { improvement_probability({}, Better::smaller); }, Fault::usage, "no problems");
  const std::vector<TwoSamples> hole{{{1}, {}}}, uneven{{{1, 2}, {1}}};
  check_error([&] { improvement_probability(hole, Better::smaller); }, Fault::usage, "problem 0");
  check_error([&] { paired_improvement_probability(uneven, Better::smaller); }, Fault::usage, "2 runs and 1");
}

}  // namespace
}  // namespace deepobs::test
