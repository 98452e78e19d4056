#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <thread>

#include "tests/cli/workplace.h"
#include "tests/json_keys.h"

namespace deepobs::test {
namespace {

using Json = nlohmann::ordered_json;

/// `deepobs bench` with as little work as possible, where there are a few images.
Finished bench(const Workplace& place, const Words& more) {
  Words words{"bench",     "fmnist_logreg", "--data_dir", "data", "--batch_size", "8", "--repetitions", "2",
              "--seconds", "0.001",         "--warmup",   "0"};
  words.insert(words.end(), more.begin(), more.end());
  return run_program(words, {.folder = place.path()});
}

const Words header{"machine",     "device",    "threads",   "simd",           "precision",   "conv_algorithm",
                   "version",     "revision",  "libraries", "warmup_seconds", "repetitions", "seconds_per_repetition",
                   "peak_gflops", "other_load"};

/// Without the warning that other programs used the machine: they may, and a slow bench notices.
std::string without_load(const std::string& messages) {
  std::string rest;
  for (const auto& line : lines_of(messages))
    if (!line.starts_with("WARNING: other programs used ")) rest += line + '\n';
  return rest;
}

TEST_CASE("bench: --json is one object with these keys") {
  const Workplace place;
  const auto finished = bench(place, {"--json", "--optimizer", "SGD", "Momentum", "--threads", "1"});
  REQUIRE(finished.status == 0);
  CHECK(without_load(finished.err).empty());
  const Json json = Json::parse(finished.out);
  Words keys = header;
  keys.push_back("rows");
  CHECK(keys_of(json) == keys);
  CHECK(keys_of(json["machine"]) == Words{"processor", "cores"});
  CHECK(json["threads"] == 1);
  CHECK(json["repetitions"] == 2);
  REQUIRE(json["rows"].size() == 2);
  CHECK(keys_of(json["rows"][0]) == Words{"problem", "optimizer", "hyperparameters", "batch_size", "threads", "data",
                                          "steps_per_second", "examples_per_second", "eval_examples_per_second",
                                          "flops_per_step", "gflops", "peak_gflops", "percent_of_peak", "plan_bytes",
                                          "plan", "peak_rss_bytes", "steps", "step_us"});
  const Json& row = json["rows"][1];
  CHECK(row["problem"] == "fmnist_logreg");
  CHECK(row["optimizer"] == "Momentum");
  CHECK(row["batch_size"] == 8);
  CHECK(row["data"] == "subset");
  CHECK(keys_of(row["steps_per_second"]) == Words{"median", "min", "max", "all"});
  CHECK(row["steps_per_second"]["all"].size() == 2);
  CHECK(keys_of(row["step_us"]) == Words{"p50", "p90", "p99", "max"});
  CHECK(keys_of(row["plan"]) == Words{"parameters", "gradients", "slots", "arena"});
  CHECK(place.written().empty());
}

TEST_CASE("bench: a table for people") {
  const Workplace place;
  const auto finished = bench(place, {});
  REQUIRE(finished.status == 0);
  const auto lines = lines_of(finished.out);
  REQUIRE(lines.size() == 5);  // machine, effort, nothing, titles, one row
  CHECK(lines[0].find("fp32 peak") != std::string::npos);
  CHECK(lines[1].ends_with("GFLOP/s of the products of direct convolutions, conv_algorithm auto"));
  CHECK(lines[3].starts_with("problem "));
  CHECK(lines[4].starts_with("fmnist_logreg  SGD "));
  CHECK(lines[4].ends_with("  subset"));
}

TEST_CASE("bench: hyperparameters are options as in run, several values several rows") {
  const Workplace place;
  const auto finished = bench(place, {"--json", "--optimizer", "SGD", "LBFGS", "--momentum", "0.5", "0.9", "--nesterov",
                                      "--max_iter", "2", "--line_search_fn", "none", "strong_wolfe"});
  INFO(finished.err);
  REQUIRE(finished.status == 0);
  const Json rows = Json::parse(finished.out)["rows"];
  REQUIRE(rows.size() == 4);
  CHECK(rows[0]["hyperparameters"].dump() ==
        R"({"momentum":0.5,"dampening":0.0,"nesterov":true,"optimizer_weight_decay":0.0})");
  CHECK(rows[1]["hyperparameters"]["momentum"] == 0.9);
  CHECK(rows[2]["optimizer"] == "LBFGS");
  CHECK(rows[2]["hyperparameters"]["max_iter"] == 2);
  CHECK(rows[3]["hyperparameters"]["line_search_fn"] == "strong_wolfe");

  const auto table = bench(place, {"--optimizer", "Adam", "--betas", "0.5", "0.9"});
  REQUIRE(table.status == 0);
  CHECK(lines_of(table.out).back().find("Adam (betas 0.5,0.9)") != std::string::npos);
  CHECK(run_program({"bench", "--optimizer", "LBFGS", "--help"}).out.find("--history_size") != std::string::npos);
}

TEST_CASE("bench: other programs that use the machine meanwhile are told of") {
  const Workplace place;
  Finished finished;
  {
    std::vector<std::jthread> others;
    for (unsigned i = 0; i <= std::thread::hardware_concurrency() / 4; ++i)
      others.emplace_back([](std::stop_token stop) {
        while (!stop.stop_requested()) continue;
      });
    finished = run_program({"bench", "fmnist_logreg", "--data_dir", "data", "--batch_size", "8", "--threads", "1",
                            "--repetitions", "2", "--seconds", "0.3", "--warmup", "0", "--json"},
                           {.folder = place.path()});
  }
  REQUIRE(finished.status == 0);
  const Json load = Json::parse(finished.out)["other_load"];
  if (load.is_null()) {
    MESSAGE("skipped: this system does not tell what its processors do");
    return;
  }
  CHECK(load > 0);
  CHECK(load <= 1);
  const bool warned = finished.err.starts_with("WARNING: other programs used ");
  CHECK(warned == (load > 0.05));  // a container may get too little of a large machine
  CHECK(lines_of(finished.err).size() == (warned ? 1 : 0));
}

TEST_CASE("bench: --conv_algorithm chooses how convolutions are computed") {
  const Workplace place;
  CHECK(Json::parse(bench(place, {"--json"}).out)["conv_algorithm"] == "auto");
  CHECK(Json::parse(bench(place, {"--json", "--conv_algorithm", "direct"}).out)["conv_algorithm"] == "direct");
}

TEST_CASE("bench: --isa chooses the instruction set") {
  const Workplace place;
  CHECK(Json::parse(bench(place, {"--json", "--isa", "portable"}).out)["simd"] == "portable");
}

TEST_CASE("bench: --ops measures single ops") {
  const Workplace place;
  const auto finished = bench(place, {"--ops", "--json", "--optimizer", "Adam"});
  REQUIRE(finished.status == 0);
  const Json json = Json::parse(finished.out);
  Words keys = header;
  keys.insert(keys.end(), {"bandwidth", "ops"});
  CHECK(keys_of(json) == keys);
  CHECK(keys_of(json["bandwidth"][0]) ==
        Words{"footprint_bytes", "read_bytes_per_second", "copy_bytes_per_second", "in_place_bytes_per_second"});
  CHECK(keys_of(json["ops"][0]) == Words{"op", "label", "problem", "threads", "in", "out", "seconds", "flops", "gflops",
                                         "percent_of_peak", "bytes", "footprint_bytes", "bytes_per_second",
                                         "percent_of_bandwidth"});
  CHECK(json["ops"].back()["op"] == "update");
  CHECK(json["ops"].back()["label"] == "Adam");
  CHECK(bench(place, {"--ops"}).out.find("\ngather_images ") != std::string::npos);
}

TEST_CASE("bench: --profile shows a step op by op, and --trace writes it") {
  const Workplace place;
  const auto finished = bench(place, {"--profile", "--trace", "trace.json"});
  REQUIRE(finished.status == 0);
  CHECK(finished.out.find("softmax_xent_gradient") != std::string::npos);
  CHECK(place.written() == Words{"trace.json"});
  std::ifstream file(place / "trace.json");
  CHECK(Json::parse(file).size() > 10);

  const Json json = Json::parse(bench(place, {"--profile", "--json"}).out);
  const Json& profile = json["profiles"][0];
  CHECK(keys_of(profile) == Words{"problem", "optimizer", "hyperparameters", "batch_size", "threads", "data", "steps",
                                  "step_us", "unwatched_step_us", "graphs", "nodes"});
  CHECK(profile["graphs"] == Json::array({{{"runs_per_step", 1.0}}}));
  CHECK(keys_of(profile["nodes"][0]) ==
        Words{"graph", "label", "op", "us", "percent", "flops", "gflops", "bytes", "bytes_per_second"});
  double percent = 0;
  for (const auto& node : profile["nodes"]) percent += node["percent"].get<double>();
  CHECK(percent == doctest::Approx(100));
}

TEST_CASE("bench: misuse is status 64 with the reason, and nothing is written") {
  const Workplace place;
  const auto expect = [&](const Words& more, const std::string& part, int status = 64) {
    const auto finished = bench(place, more);
    INFO(finished.err, "wanted: ", part);
    CHECK(finished.status == status);
    CHECK(finished.out.empty());
    CHECK(finished.err.starts_with("deepobs: "));
    CHECK(finished.err.find(part) != std::string::npos);
    CHECK(lines_of(finished.err).size() <= 5);
  };
  expect({"--optimizer", "Adan"}, "Adam");
  expect({"--optimizer", "fmnist_mlp"}, "problems come before the options");
  expect({"--momentum", "fast"}, "SGD: momentum must be a number, not 'fast'");
  expect({"--momentum", "0.9", "0.9"}, "with SGD (momentum 0.9), batch_size 8");
  expect({"--betas", "0.9", "0.99"}, "unknown option --betas");
  expect({"--optimizer", "Momentum", "--momentum", "0.5"},
         "Momentum is SGD with momentum 0.9; give --optimizer SGD with another one");
  expect({"--threads", "two"}, "threads must be a whole number, not 'two'");
  expect({"--threads", "1025"}, "threads must be 0 (every core) to 1024");
  expect({"--conv_algorithm", "winograd"}, "conv_algorithm must be auto or direct, not 'winograd'");
  expect({"--isa", "mmx"}, "unknown instruction set 'mmx'");
  expect({"--isa", "--json"}, "'--json' is an option");
  expect({"--ops", "--profile"}, "give one of them");
  expect({"--trace", "trace.json"}, "--trace is for --profile");
  expect({"--threads", "1", "2", "1"}, "with SGD, batch_size 8, 1 thread would be measured twice");
  expect({"--optimizer", "SGD", "Adam", "SGD"}, "would be measured twice");
  expect({"--repetitions", "1000000000"}, "--repetitions is given 2 times");
  expect({"--profile", "--trace", "/proc/trace.json"}, "trace: cannot write '/proc/trace.json': cannot create '", 74);
  expect({"--profile", "--trace", "nowhere/trace.json"}, "there is no folder nowhere", 74);
  expect({"--profile", "--trace", "data"}, "is no file", 74);
  expect({"--iso", "avx2"}, "did you mean --isa");
  const auto unknown = run_program({"bench", "mnist_mpl"}, {.folder = place.path()});
  CHECK(unknown.status == 64);
  CHECK(unknown.err.find("mnist_mlp") != std::string::npos);
  const auto refused = [&](const Words& more, const std::string& part) {
    const auto finished =
        run_program(Words{"bench", "fmnist_logreg", "--data_dir", "data"} + more, {.folder = place.path()});
    INFO(finished.err, "wanted: ", part);
    CHECK(finished.status == 64);
    CHECK(finished.err.find(part) != std::string::npos);
  };
  refused({"--seconds", "1e18"}, "seconds must be above 0 and at most 3600, not 1e+18");
  refused({"--warmup", "1e300"}, "warmup must be 0 to 3600 seconds, not 1e+300");
  refused({"--repetitions", "9223372036854775807"}, "repetitions must be 1 to 1000, not 9223372036854775807");
  CHECK(run_program({"bench", "fmnist_logreg", "mnist_mlp", "fmnist_logreg"}, {.folder = place.path()}).status == 64);
  const auto large =
      run_program({"bench", "fmnist_mlp", "--data_dir", "data", "--batch_size", "257"}, {.folder = place.path()});
  CHECK(large.status == 64);
  CHECK(large.err.find("batch_size 257") != std::string::npos);
  CHECK(place.written().empty());
}

TEST_CASE("bench: a data folder without the set is passed over with a warning, once") {
  const Workplace place;
  std::filesystem::create_directory(place / "empty");
  const Words quick{"bench", "fmnist_logreg", "--batch_size", "8",        "16", "--repetitions",
                    "1",     "--seconds",     "0.001",        "--warmup", "0",  "--json"};
  const Start start{.folder = place.path(), .environment = {"HOME=/nonexistent"}};
  const auto elsewhere = run_program(quick + Words{"--data_dir", "empty"}, start);
  CHECK(elsewhere.status == 0);
  CHECK(without_load(elsewhere.err) == "WARNING: data_dir empty has no data set fmnist; using data/fmnist\n");
  CHECK(without_load(run_program(quick, start).err).empty());
  CHECK(without_load(run_program(quick + Words{"--data_dir", "data"}, start).err).empty());
  auto mnist = quick + Words{"--data_dir", "data"};
  mnist[1] = "mnist_logreg";
  const auto nowhere = run_program(mnist, start);
  CHECK(nowhere.status == 0);
  CHECK(nowhere.err.starts_with(
      "WARNING: data_dir data has no data set mnist; using "));  // random bytes, or the system's
}

TEST_CASE("bench: a damaged data set is an error, a missing one is replaced by random bytes") {
  const Workplace place;
  write(place / "data/fmnist/train-labels-idx1-ubyte", bytes_of("broken"));
  CHECK(bench(place, {}).status == 65);
  std::filesystem::remove_all(place / "data");
  const auto finished = run_program({"bench", "cifar10_3c3d", "--batch_size", "1", "--repetitions", "1", "--seconds",
                                     "0.001", "--warmup", "0", "--json"},
                                    {.folder = place.path(), .environment = {"HOME=" + place.path().string()}});
  REQUIRE(finished.status == 0);
  const Json row = Json::parse(finished.out)["rows"][0];
  const std::string data = row["data"];
  CHECK((data == "synthetic" || data == "official"));  // the system may have it
}

}  // namespace
}  // namespace deepobs::test
