#include "runner/bench/bench_options.h"

#include <doctest/doctest.h>

#include <limits>

#include "tests/error_of.h"

namespace deepobs {
namespace {

std::vector<BenchCase> cases_of(const BenchOptions& options) { return bench_cases(options, Catalogue({})); }

TEST_CASE("bench options: without any, every problem with SGD, its batch size or 128, and every core") {
  const auto cases = cases_of({});
  REQUIRE(cases.size() == problems().size());
  for (std::size_t i = 0; i < cases.size(); ++i) {
    CHECK(cases[i].run.problem->name == problems()[i].name);
    CHECK(cases[i].optimizer == "SGD");
    CHECK(cases[i].run.batch_size == problems()[i].batch_size.value_or(128));
    CHECK(cases[i].threads == available_cores());
    CHECK(static_cast<int>(cases[i].isa) == static_cast<int>(best_isa()));
  }
}

TEST_CASE("bench options: every combination, in order") {
  const auto cases = cases_of({.problems = {"mnist_mlp", "mnist_logreg"},
                               .optimizers = {"Adam", "Momentum"},
                               .batch_sizes = {32, 64},
                               .threads = {1, 2}});
  REQUIRE(cases.size() == 16);
  CHECK(cases[0].run.problem->name == "mnist_mlp");
  CHECK(cases[0].optimizer == "Adam");
  CHECK(cases[0].run.batch_size == 32);
  CHECK(cases[0].threads == 1);
  CHECK(cases[1].threads == 2);
  CHECK(cases[2].run.batch_size == 64);
  CHECK(cases[15].run.problem->name == "mnist_logreg");
  // Momentum is SGD with a momentum.
  CHECK(cases[15].optimizer == "Momentum");
  CHECK(cases[15].run.optimizer->name == "SGD");
  CHECK(cases[15].run.hyperparameters.number("momentum") == 0.9);
}

TEST_CASE("bench options: each optimizer is measured with the hyperparameters that it has") {
  const auto cases = cases_of({.problems = {"mnist_mlp"},
                               .optimizers = {"SGD", "Adam"},
                               .hyperparameters = {{"momentum", {"0.5", "0.9"}}, {"eps", {"1e-3"}}}});
  REQUIRE(cases.size() == 3);
  CHECK(cases[0].optimizer_words() == "SGD (momentum 0.5)");
  CHECK(cases[1].run.hyperparameters.number("momentum") == 0.9);
  CHECK(cases[2].optimizer_words() == "Adam (eps 0.001)");
  CHECK(cases[2].run.hyperparameters.number("eps") == 1e-3);
  CHECK(cases_of({.problems = {"mnist_mlp"}})[0].optimizer_words() == "SGD");
  check_error(
      [] {
        cases_of({.hyperparameters = {{"eps", {"1"}}}});
      },
      Fault::usage, "none of the optimizers has a hyperparameter 'eps'");
}

TEST_CASE("bench options: single ops are measured with every optimizer") {
  CHECK(cases_of({.problems = {"mnist_mlp"}, .ops = true}).size() == optimizers().size());
  CHECK(cases_of({.problems = {"mnist_mlp"}, .optimizers = {"Adam"}, .ops = true}).size() == 1);
}

TEST_CASE("bench options: an optimizer of the program's own comes first, also as Momentum") {
  Optimizer own = find_optimizer("Adam");
  own.name = "Momentum";
  const auto cases =
      bench_cases({.problems = {"mnist_mlp"}, .optimizers = {"Momentum"}}, Catalogue({.optimizers = {own}}));
  CHECK(cases[0].run.optimizer->hyperparameters.front().name == own.hyperparameters.front().name);
}

TEST_CASE("bench options: names and numbers that are none are refused") {
  check_error([] { cases_of({.problems = {"mnist_mpl"}}); }, Fault::usage, "mnist_mlp");
  check_error([] { cases_of({.optimizers = {"Adan"}}); }, Fault::usage, "Adam");
  check_error([] { cases_of({.optimizers = {"mnist_mlp"}}); }, Fault::usage, "deepobs bench mnist_mlp --optimizer SGD");
  check_error([] { cases_of({.batch_sizes = {0}}); }, Fault::usage, "batch_size must be at least 1");
  check_error([] { cases_of({.threads = {-1}}); }, Fault::usage, "threads must be 0");
  check_error([] { cases_of({.isa = "sse9"}); }, Fault::usage, "'sse9'; there are: portable, avx2, avx512");
  check_error([] { cases_of({.ops = true, .profile = true}); }, Fault::usage, "--ops, --profile and --launches");
  check_error([] { cases_of({.device = {.kind = "cuda"}, .profile = true, .launches = true}); }, Fault::usage,
              "give one of them");
  check_error([] { cases_of({.launches = true}); }, Fault::usage, "give --device cuda with it");
  check_error([] { cases_of({.algorithms = true}); }, Fault::usage, "give --device cuda with it");
  check_error([] { cases_of({.device = {.kind = "cuda"}, .profile = true, .trace = "t.json"}); }, Fault::usage,
              "--trace shows the ops of a CPU's steps");
  check_error([] { cases_of({.trace = "trace.json"}); }, Fault::usage, "--trace is for --profile");
  check_error(
      [] {
        cases_of({.problems = {"mnist_mlp", "mnist_mlp"}});
      },
      Fault::usage, {"mnist_mlp with SGD, batch_size 128", "would be measured twice; give each value once"});
  check_error(
      [] {
        cases_of({.problems = {"mnist_mlp"}, .threads = {0, available_cores()}});
      },
      Fault::usage, "(0 threads are every core)");
  CHECK(cases_of({.problems = {"mnist_mlp"}, .optimizers = {"SGD", "Momentum"}}).size() == 2);
  check_error([] { bench_effort({.seconds = 0}); }, Fault::usage, "seconds must be above 0 and at most 3600, not 0");
  check_error([] { bench_effort({.seconds = 3600.5}); }, Fault::usage, "at most 3600, not 3600.5");
  check_error([] { bench_effort({.warmup = std::numeric_limits<double>::quiet_NaN()}); }, Fault::usage, "warmup must");
  check_error([] { bench_effort({.repetitions = 1001}); }, Fault::usage, "repetitions must be 1 to 1000, not 1001");
  check_error([] { bench_effort({.seconds = std::numeric_limits<double>::infinity()}); }, Fault::usage, "seconds must");
  check_error([] { bench_effort({.warmup = -1}); }, Fault::usage, "warmup must be");
  check_error([] { bench_effort({.repetitions = 0}); }, Fault::usage, "repetitions must be 1 to 1000, not 0");
}

TEST_CASE("bench options: an instruction set that the machine lacks is refused") {
  if (best_isa() == Isa::avx512)
    CHECK(cases_of({.isa = "avx512"})[0].isa == Isa::avx512);
  else
    check_error([] { cases_of({.isa = "avx512"}); }, Fault::usage, "this machine's best instruction set is");
  CHECK(cases_of({.isa = "portable"})[0].isa == Isa::portable);
}

}  // namespace
}  // namespace deepobs
