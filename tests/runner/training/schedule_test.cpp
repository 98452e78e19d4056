#include "runner/training/config/schedule.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "tests/error_of.h"

namespace deepobs {

namespace {

using List = std::optional<std::vector<double>>;

struct Row {
  double base;
  List epochs, factors;
  std::map<std::int64_t, double> rates;
};

// DeepOBS's map from epoch to rate, value for value; the last rows hold epochs that no run reaches.
const Row table[] = {
    {0.3, {}, {}, {{0, 0.3}}},
    {0.3, std::vector<double>{}, std::vector<double>{}, {{0, 0.3}}},
    {0.3, {{50, 100}}, {{0.1, 0.01}}, {{0, 0.3}, {50, 0.3 * 0.1}, {100, 0.3 * 0.01}}},
    {0.1, {{30, 60, 90}}, {{0.1, 0.1, 0.1}}, {{0, 0.1}, {30, 0.1 * 0.1}, {60, 0.1 * 0.1}, {90, 0.1 * 0.1}}},
    {0.1, {{0}}, {{0.5}}, {{0, 0.1}}},
    {0.1, {{5, 5}}, {{0.5, 0.25}}, {{0, 0.1}, {5, 0.1 * 0.25}}},
    {0.1, {{100, 50}}, {{0.01, 0.1}}, {{0, 0.1}, {100, 0.1 * 0.01}, {50, 0.1 * 0.1}}},
    {0.1, {{-1, 2.5, 1e300}}, {{0.5, 0.5, 0.5}}, {{0, 0.1}}},
    {0.1, {{3}}, {{0}}, {{0, 0.1}, {3, 0.0}}},
};

}  // namespace

TEST_CASE("schedule: factors multiply the base rate from their epoch on") {
  for (const auto& [base, epochs, factors, rates] : table) {
    const Schedule schedule(base, epochs, factors);
    double now = base;
    for (std::int64_t epoch = 0; epoch <= 120; ++epoch) {
      const auto change = rates.find(epoch);
      if (change != rates.end()) now = change->second;
      CHECK(schedule.changes_at(epoch) == (change != rates.end()));
      CHECK(schedule.rate(epoch) == now);
    }
    CHECK_FALSE(schedule.changes_at(-1));
  }
}

TEST_CASE("schedule: what makes no schedule is refused") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const auto refused = [](double base, List epochs, List factors, const char* part) {
    check_error([&] { Schedule(base, epochs, factors); }, Fault::usage, part);
  };
  refused(0.1, {{50}}, {}, "both epochs and factors, but there are only epochs");
  refused(0.1, {}, {{0.1}}, "both epochs and factors, but there are only factors");
  refused(0.1, {{50, 100}}, {{0.1}}, "has 2 epochs and 1 factor");
  refused(0.1, {{50, 100}}, {{0.1, nan}}, "factor 1 of the learning-rate schedule is nan");
  refused(0.1, {{50}}, {{HUGE_VAL}}, "factor 0 of the learning-rate schedule is inf");
  refused(0.1, {{50}}, {{-0.1}}, "factor 0 of the learning-rate schedule is -0.1");
  refused(0.1, {{nan}}, {{0.1}}, "epoch 0 of the learning-rate schedule is nan");
  refused(nan, {}, {}, "learning rate must be finite, not nan");
  check_error([] { Schedule(0.1).rate(-1); }, Fault::internal, "-1");
}

TEST_CASE("schedule: what was hardly meant so gets a warning, a line for each oddity") {
  const auto warnings = [](std::vector<double> epochs) { return schedule_warnings(epochs, 100); };
  const auto warned = [&](std::vector<double> epochs, const std::vector<std::string>& parts) {
    const auto lines = warnings(std::move(epochs));
    REQUIRE(lines.size() == parts.size());
    for (std::size_t i = 0; i < parts.size(); ++i) {
      INFO(lines[i], "   wanted: ", parts[i]);
      CHECK(lines[i].starts_with("WARNING: learning-rate schedule: "));
      CHECK(lines[i].find(parts[i]) != std::string::npos);
    }
  };
  CHECK(warnings({}).empty());
  CHECK(warnings({1, 50, 99}).empty());
  warned({0}, {"the entry for epoch 0 has no effect"});
  warned({-1}, {"epoch -1 is never reached"});
  warned({2.5}, {"epoch 2.5 is never reached"});
  warned({99, 100}, {"epoch 100 is never reached: num_epochs is 100"});
  warned({50, 50}, {"epoch 50 is there more than once; the last entry counts"});
  warned({80, 40}, {"the epochs are not in order"});
  warned({0, 120, 7}, {"epoch 0", "epoch 120", "not in order"});
}

}  // namespace deepobs
