#include "runner/analysis/statistics/tuning/tuning_curve.h"

#include <numeric>

#include "tests/error_of.h"
#include "tests/runner/analysis/statistics/golden_statistics.h"

namespace deepobs::test {
namespace {

Trials same(const Doubles& values, Better better) { return {values, better, values, better}; }

std::vector<std::size_t> budgets_of(const json& list) { return list.get<std::vector<std::size_t>>(); }

TEST_CASE("tuning curve: V and U are those of opda") {
  for (const json& one : golden("tuning")["curves"]) {
    const Doubles values = numbers(one["values"]);
    const Trials trials = same(values, one["minimize"] ? Better::smaller : Better::larger);
    const TuningOptions options{.budgets = budgets_of(one["budgets"])};
    const TuningCurve v = tuning_curve(trials, Subsets::with_replacement, options);
    check_close(v.values, numbers(one["v"]), 1e-12, 1);
    check_close(tuning_curve(trials, Subsets::without_replacement, options).values, numbers(one["u"]), 1e-12, 1);
    CHECK(has(v.caveat, "optimistic"));
  }
}

TEST_CASE("tuning curve: chosen on the validation set and reported on the test set, of all subsets, ties included") {
  const json& all = golden("tuning");
  const Doubles valid = numbers(all["valid"]), test = numbers(all["test"]);
  const Trials trials{valid, Better::larger, test, Better::larger};
  const TuningCurve u = tuning_curve(trials, Subsets::without_replacement);
  check_close(u.values, numbers(all["u"]));
  CHECK(u.budgets == std::vector<std::size_t>{1, 2, 3, 4, 5, 6, 7});
  CHECK(u.caveat.empty());
  check_close(tuning_curve(trials, Subsets::with_replacement, {.budgets = {1, 2, 3, 4, 5}}).values, numbers(all["v"]));
}

TEST_CASE("tuning curve: weights of many trials keep their digits") {
  // The worst of n values i: the mean of the best of k without replacement is k (n + 1) / (k + 1).
  Doubles values(20000);
  std::iota(values.begin(), values.end(), 1.);
  for (const std::size_t k : {1u, 2u, 100u, 19999u, 20000u}) {
    const auto curve = tuning_curve(same(values, Better::larger), Subsets::without_replacement, {.budgets = {k}});
    const auto budget = static_cast<double>(k);
    check_close(curve.values[0], budget * 20001 / (budget + 1));
  }
}

TEST_CASE(
    "tuning curve: a diverged trial makes expectations infinite where it can be the best, or is worth what is said") {
  const Doubles values{1, not_a_number, 3, infinity};
  const TuningCurve u = tuning_curve(same(values, Better::smaller), Subsets::without_replacement);
  CHECK(u.values[0] == infinity);
  CHECK(u.values[1] == infinity);
  check_close(u.values[2], (1 + 1 + 1 + 3) / 4.);
  CHECK(u.values[3] == 1);
  CHECK(u.n_diverged == 2);
  CHECK(has(u.caveat, "expectation is infinite"));
  const TuningCurve worth = tuning_curve(same(values, Better::smaller), Subsets::without_replacement,
                                         {.budgets = {1, 2}, .worth_of_diverged = 10});
  check_close(worth.values, {(1 + 3 + 10 + 10) / 4., (1 + 1 + 1 + 3 + 3 + 10) / 6.});
  CHECK(has(worth.caveat, "worth 10"));
  check_error([] { tuning_curve({}, Subsets::with_replacement); }, Fault::usage, "no trials");
  check_error([&] { tuning_curve(same(values, Better::smaller), Subsets::without_replacement, {.budgets = {5}}); },
              Fault::usage, "5 was asked for of 4");
  check_error([&] { tuning_curve(same(values, Better::smaller), Subsets::with_replacement, {.budgets = {0}}); },
              Fault::usage, "budgets begin with 1");
  check_error(
      [&] {
        tuning_curve({values, Better::smaller, {}, Better::smaller}, Subsets::with_replacement);
      },
      Fault::usage, "4 and 0");
}

}  // namespace
}  // namespace deepobs::test
