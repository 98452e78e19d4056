#include "tests/runner/analysis/reading/random_bytes.h"

#include <doctest/doctest.h>

#include <cmath>
#include <optional>
#include <random>

#include "engine/base/check.h"
#include "runner/analysis/reading/bulk_reader.h"

namespace deepobs::test {

const std::string ours = R"({"train_losses": [2.3, NaN, -Infinity], "test_losses": [2.3, Infinity, 1e-320],
  "minibatch_train_losses": [1, NaN, 2], "train_accuracies": [0, 0.5, 1], "test_accuracies": [0.1, 0.25, 1e0],
  "optimizer": "A\u0064am \"\ud83d\ude00", "testproblem": "mnist_mlp", "weight_decay": 0.002, "batch_size": 128,
  "num_epochs": 2, "learning_rate": 0.001, "lr_sched_epochs": [1], "lr_sched_factors": [0.1], "random_seed": -7,
  "train_log_interval": 10, "hyperparams": {"betas": [0.9, NaN], "amsgrad": false, "steps": 20, "none": null,
  "eps": 1E-8, "word": "NaN", "limit": -Infinity}, "status": "diverged", "diverged_in_epoch": 1,
  "diverged_at_step": 469, "first_bad_tensor": "loss", "train_losses_without_regulariser": [1, 2, 3],
  "train_metrics": {"x": [1, 2, 3]}, "steps_per_epoch": 468, "effective_weight_decay": 0.002, "total_seconds": 3.5,
  "train_seconds": [1.5, 1.25], "device": "cpu", "device_name": "AMD", "threads": 2, "simd": "avx2",
  "precision": "fp32", "deepobs_version": "0.1.0", "data": {"name": "mnist", "deep": [[{"a": []}]]}}
)";

const std::string nested = R"({"testproblem": "two_d_beale", "batch_size": 1, "num_epochs": 1, "random_seed": 43,
    "weight_decay": null, "optimizer_name": "SGD", "optimizer_hyperparams": {"lr": 0.01, "nesterov": true},
    "training_params": {"lr_sched_epochs": [1, 2]}, "train_losses": [3, 2], "valid_losses": [3, 2], "test_losses": [3, 2]})";

namespace {

void check_equal(const std::vector<double>& a, const std::vector<double>& b) {
  REQUIRE(a.size() == b.size());
  for (std::size_t i = 0; i < a.size(); ++i) CHECK((std::isnan(a[i]) ? std::isnan(b[i]) : a[i] == b[i]));
}

void check_equal(const std::optional<std::vector<double>>& a, const std::optional<std::vector<double>>& b) {
  REQUIRE(a.has_value() == b.has_value());
  if (a) check_equal(*a, *b);
}

void check_equal(const std::vector<ReadParameter>& a, const std::vector<ReadParameter>& b) {
  REQUIRE(a.size() == b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    CHECK(a[i].name == b[i].name);
    REQUIRE(a[i].value.index() == b[i].value.index());
    if (const auto* number = std::get_if<double>(&a[i].value))
      check_equal(std::vector{*number}, std::vector{std::get<double>(b[i].value)});
    else if (const auto* list = std::get_if<std::vector<double>>(&a[i].value))
      check_equal(*list, std::get<std::vector<double>>(b[i].value));
    else
      CHECK(a[i].value == b[i].value);
  }
}

}  // namespace

void check_equal(const ReadResult& a, const ReadResult& b) {
  CHECK(a.is_v1_2 == b.is_v1_2);
  CHECK(a.problem == b.problem);
  CHECK(a.optimizer == b.optimizer);
  CHECK(a.batch == b.batch);
  CHECK(a.epochs == b.epochs);
  CHECK(a.seed == b.seed);
  CHECK(a.weight_decay == b.weight_decay);
  check_equal(a.hyperparameters, b.hyperparameters);
  check_equal(a.training_parameters, b.training_parameters);
  check_equal(a.train_losses, b.train_losses);
  check_equal(a.test_losses, b.test_losses);
  check_equal(a.valid_losses, b.valid_losses);
  check_equal(a.train_accuracies, b.train_accuracies);
  check_equal(a.valid_accuracies, b.valid_accuracies);
  check_equal(a.test_accuracies, b.test_accuracies);
  REQUIRE(a.divergence.has_value() == b.divergence.has_value());
  if (a.divergence) {
    CHECK(a.divergence->epoch == b.divergence->epoch);
    CHECK(a.divergence->step == b.divergence->step);
    CHECK(a.divergence->global_step == b.divergence->global_step);
    CHECK(a.divergence->first_bad_tensor == b.divergence->first_bad_tensor);
  }
  CHECK(a.conditions.device == b.conditions.device);
  CHECK(a.conditions.device_name == b.conditions.device_name);
  CHECK(a.conditions.precision == b.conditions.precision);
  CHECK(a.conditions.simd == b.conditions.simd);
  CHECK(a.conditions.version == b.conditions.version);
  CHECK(a.conditions.threads == b.conditions.threads);
  CHECK(a.conditions.effective_weight_decay == b.conditions.effective_weight_decay);
  CHECK(a.conditions.total_seconds == b.conditions.total_seconds);
  check_equal(a.conditions.train_seconds, b.conditions.train_seconds);
}

int read_random_bytes(int rounds, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  BulkReader reader;
  std::string letters = "\"\\{}[],:0123456789.eE+-NaInfityulsrt \n\xff\xc3";
  letters += '\0';
  int taken = 0;
  for (int round = 0; round < rounds; ++round) {
    std::string json = round % 2 == 0 ? ours : nested;
    for (std::size_t n = random() % 3 + 1; n > 0; --n) {
      const std::size_t at = random() % json.size();
      const std::size_t kind = random() % 4;
      if (kind == 0) json[at] = letters[random() % letters.size()];
      if (kind == 1) json.erase(at, random() % 20);
      if (kind == 2) json.insert(at, 1, letters[random() % letters.size()]);
      if (kind == 3) json.insert(at, json.substr(random() % json.size(), random() % 40));
    }
    const auto quick = reader.parse(json);
    if (!quick) continue;
    ++taken;
    CAPTURE(json);
    std::optional<ReadResult> strict;
    std::string refused;
    try {
      strict = parse_result(json, "random");
    } catch (const Error& error) {
      refused = error.what();
    }
    if (strict) {
      check_equal(*quick, *strict);
      continue;
    }
    // The strict reader alone looks into what is passed over: mini-batch losses, and metrics of any name.
    const auto says = [&](const char* what) { return refused.find(what) != std::string::npos; };
    bool is_passed_over = says("is not valid JSON") || says("twice") || says("must be");
    for (const char* list : {"\"train_losses\"", "\"valid_losses\"", "\"test_losses\"", "\"train_accuracies\"",
                             "\"valid_accuracies\"", "\"test_accuracies\"", "\"train_seconds\""})
      is_passed_over = is_passed_over && !says(list);
    CAPTURE(refused);
    CHECK(is_passed_over);
  }
  return taken;
}

}  // namespace deepobs::test
