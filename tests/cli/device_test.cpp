#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "tests/cli/workplace.h"
#include "tests/emulated_gpu.h"
#include "tests/file_content.h"
#include "tests/gpus_under_test.h"
#include "tests/problems/data/make_files.h"

namespace deepobs::test {
namespace {

using Json = nlohmann::json;

const Words small_run{"run",  "fmnist_mlp", "--optimizer",           "SGD", "--lr",           "0.1", "-N",     "1",
                      "--bs", "16",         "--max_steps_per_epoch", "3",   "--eval_batches", "1",   "--quiet"};

Words with(Words words, const Words& more) {
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

/// In a folder of its own, with this library for GPUs and no user's home but the folder.
Start start_in(const Workplace& place, const std::filesystem::path& library) {
  return {.folder = place.path(),
          .environment = {"DEEPOBS_CUDA_LIBRARY=" + library.string(), "HOME=" + (place / "home").string()}};
}

Json only_result(const Workplace& place) {
  for (const auto& name : place.written())
    if (name.ends_with(".json")) {
      std::ifstream file(place / name);
      return Json::parse(file);
    }
  return {};
}

TEST_CASE("device: without a library cuda ends with status 66, and auto says that it takes the CPU") {
  const Workplace place;
  const auto start = start_in(place, place / "none.so");
  const auto cuda = run_program(with(small_run, {"--device", "cuda"}), start);
  CHECK(cuda.status == 66);
  CHECK(without_warnings(cuda.err).find("none.so") != std::string::npos);
  const auto dry = run_program(with(small_run, {"--device", "cuda", "--dry_run"}), start);
  CHECK(dry.status == 66);
  CHECK(dry.out.find("cuda") != std::string::npos);
  CHECK(dry.err == cuda.err);
  CHECK(place.written().empty());
  const auto automatic = run_program(with(small_run, {"--device", "auto"}), start);
  CHECK(automatic.status == 0);
  CHECK(automatic.err.find("device auto: cpu, because there is no file") != std::string::npos);
  CHECK(only_result(place)["device"] == "cpu");
  CHECK_FALSE(only_result(place).contains("device_algorithms"));
}

TEST_CASE("device: info --devices tells the CPU, the GPUs, or why there is none") {
  const Workplace place;
  const auto text = run_program({"info", "--devices"}, start_in(place, place / "none.so"));
  CHECK(text.status == 0);
  CHECK(text.out.starts_with("cpu     "));
  CHECK(text.out.find("no GPU can be used: there is no file") != std::string::npos);
  const auto json = Json::parse(run_program({"info", "--devices", "--json"}, start_in(place, place / "none.so")).out);
  CHECK(json["gpus"].empty());
  CHECK(json["cpu"]["cores"] >= 1);
  CHECK(json["cuda_trouble"].get<std::string>().find("none.so") != std::string::npos);
  CHECK(run_program({"info", "mnist_mlp", "--devices"}).status == 64);
  if (emulated_cuda_library().empty()) return;
  const auto emulated = run_program({"info", "--devices"}, start_in(place, emulated_cuda_library()));
  CHECK(emulated.out.find("cuda    0: Emulated GPU, sm_90, 2 GiB, 2 GiB free\n") != std::string::npos);
  CHECK(emulated.out.find("driver for CUDA 13.0, cuBLASLt 13.0.0, cuDNN 9.19.0") != std::string::npos);
}

TEST_CASE("device: a run on an emulated GPU records device, versions and algorithms, and keeps the algorithms") {
  if (emulation_is_missing()) return;
  const Workplace place;
  const auto start = start_in(place, emulated_cuda_library());
  const auto dry = run_program(with(small_run, {"--device", "cuda", "--dry_run", "--json"}), start);
  CHECK(dry.status == 0);
  CHECK(Json::parse(dry.out)["device"] == "cuda");
  CHECK(place.written().empty());
  const auto finished = run_program(with(small_run, {"--device", "auto", "--precision", "tf32"}), start);
  CHECK(without_warnings(finished.err).find("device auto: cuda, Emulated GPU") != std::string::npos);
  REQUIRE(finished.status == 0);
  const Json json = only_result(place);
  CHECK(json["device"] == "cuda");
  CHECK(json["device_name"] == "Emulated GPU");
  CHECK(json["simd"] == "sm_90");
  CHECK(json["precision"] == "tf32");
  CHECK(json["device_versions"]["cudnn"] == "9.19.0");
  CHECK(json["device_algorithms"].size() >= 8);
  const auto names = place.written();
  CHECK(std::ranges::any_of(names, [](const auto& name) { return name.find("__precision__tf32") != name.npos; }));
  std::ifstream file(place / "home/.cache/deepobs/gpu_algorithms.txt");
  std::string line;
  std::size_t lines = 0;
  while (std::getline(file, line)) ++lines;
  CHECK(lines == json["device_algorithms"].size());
}

TEST_CASE("device: a kept algorithm that cannot be used any more is a warning, and its line is replaced") {
  if (emulation_is_missing()) return;
  const Workplace place;
  const auto start = start_in(place, emulated_cuda_library());
  REQUIRE(run_program(with(small_run, {"--device", "cuda"}), start).status == 0);
  const auto path = place / "home/.cache/deepobs/gpu_algorithms.txt";
  const std::string before = content(path);
  const auto end = before.find('\n'), begin = before.rfind(": ", end) + 2;
  std::ofstream(path) << before.substr(0, begin) + "of yesterday" + before.substr(end);
  const auto finished = run_program(with(small_run, {"--device", "cuda", "--random_seed", "43"}), start);
  CHECK(finished.status == 0);
  CHECK(finished.err.find("WARNING: the algorithm that was chosen before for " + before.substr(0, begin - 2)) !=
        std::string::npos);
  CHECK(finished.err.find("of yesterday") != std::string::npos);
  CHECK(content(path) == before);
}

TEST_CASE("device: mixed precision computes something else, and the record says so") {
  if (emulation_is_missing()) return;
  const auto losses = [](const char* precision, const char* overlap = "1") {
    const Workplace place;
    Start start = start_in(place, emulated_cuda_library());
    start.environment.push_back(std::string("DEEPOBS_CUDA_OVERLAP=") + overlap);
    REQUIRE(run_program(with(small_run, {"--device", "cuda", "--precision", precision}), start).status == 0);
    const Json json = only_result(place);
    CHECK(json["precision"] == precision);
    for (const auto& line : json["device_algorithms"])
      CHECK(line.get<std::string>().find(precision) != std::string::npos);
    return json["train_losses"].get<std::vector<double>>();
  };
  const auto exact = losses("fp32"), mixed = losses("bf16");
  CHECK(mixed == losses("bf16"));
  CHECK(mixed == losses("bf16", "0"));
  REQUIRE(mixed.size() == exact.size());
  CHECK(mixed != exact);
  for (std::size_t i = 0; i < exact.size(); ++i) CHECK(std::abs(mixed[i] - exact[i]) < 0.01 * exact[i]);
}

TEST_CASE("device: bench on an emulated GPU") {
  if (emulation_is_missing()) return;
  const Workplace place;
  const Words bench{"bench",     "fmnist_logreg", "--device", "cuda", "--batch_size",  "16",
                    "--seconds", "0.01",          "--warmup", "0",    "--repetitions", "1",
                    "--json"};
  const auto finished = run_program(bench, start_in(place, emulated_cuda_library()));
  REQUIRE(finished.status == 0);
  const Json json = Json::parse(finished.out);
  CHECK(json["device"] == "cuda");
  CHECK(json["machine"]["processor"] == "Emulated GPU");
  CHECK(json["rows"][0]["steps_per_second"]["median"] > 0);
  CHECK(json["rows"][0]["peak_gflops"] > 0);
  const auto profile = run_program({"bench", "fmnist_logreg", "--device", "cuda", "--batch_size", "16", "--seconds",
                                    "0.01", "--warmup", "0", "--repetitions", "1", "--profile"},
                                   start_in(place, emulated_cuda_library()));
  CHECK(profile.status == 0);
  CHECK(profile.out.find("gather_images") != std::string::npos);
  CHECK(profile.out.find(" launches a step, ") != std::string::npos);
  CHECK(profile.out.find("each alone: many times in a row in a graph of its own, by the GPU's clock") !=
        std::string::npos);
  CHECK(profile.out.find("chosen for products") == std::string::npos);
  CHECK(run_program({"bench", "--device", "cuda", "--ops"}, start_in(place, emulated_cuda_library())).status == 64);
}

TEST_CASE("device: bench keeps what it chose for a GPU, and takes over what was kept") {
  if (emulation_is_missing()) return;
  const Workplace place;
  const auto start = start_in(place, emulated_cuda_library());
  const Words bench{"bench",     "fmnist_logreg", "--device", "cuda", "--batch_size",  "16",
                    "--seconds", "0.01",          "--warmup", "0",    "--repetitions", "1"};
  const auto first = run_program(with(bench, {"--json"}), start);
  REQUIRE(first.status == 0);
  const Json json = Json::parse(first.out);
  CHECK(json["device_versions"]["cuda"] == "13.0");
  const auto chosen = json["device_algorithms"].get<Words>();
  REQUIRE(chosen.size() >= 2);

  // Another choice in the file is taken, not measured anew: that of the last line becomes that of the first.
  const auto choice_of = [](const std::string& line) { return line.substr(line.rfind(": ")); };
  auto kept = chosen;
  const std::string key = kept.back().substr(0, kept.back().rfind(": "));
  kept.back() = key + (choice_of(kept.back()) == ": 1-0-0-0-0-0-0-0" ? ": 2-0-0-0-0-0-0-0" : ": 1-0-0-0-0-0-0-0");
  {
    std::ofstream file(place / "home/.cache/deepobs/gpu_algorithms.txt");
    for (const auto& line : kept) file << line << '\n';
  }
  CHECK(Json::parse(run_program(with(bench, {"--json"}), start).out)["device_algorithms"].get<Words>() == kept);
  const auto shown = run_program(with(bench, {"--launches", "--algorithms"}), start);
  CHECK(shown.status == 0);
  CHECK(shown.out.find("chosen for products and convolutions:\n") != std::string::npos);
  for (const auto& line : kept) CHECK(shown.out.find("\n  " + line + '\n') != std::string::npos);
}

TEST_CASE("device: bench --launches counts what a step is made of, for a problem of every network, and runs none") {
  if (emulation_is_missing()) return;
  const Workplace place;
  const auto start = start_in(place, emulated_cuda_library());
  for (const char* problem : {"mnist_logreg", "mnist_mlp", "mnist_2c2d", "cifar10_3c3d", "svhn_wrn164",
                              "tolstoi_char_rnn", "quadratic_deep", "two_d_beale"}) {
    const auto counted =
        run_program({"bench", problem, "--device", "cuda", "--batch_size", "2", "--launches", "--json"}, start);
    REQUIRE(counted.status == 0);
    const Json one = Json::parse(counted.out)["launches"].at(0);
    CAPTURE(one.dump());
    CHECK(one["launches"] > one["ops"]);  // one that sets the step, and some ops are several
    CHECK(one["launches_in_a_row"] > 3);
    CHECK(one["launches_in_a_row"] < one["launches"]);
    CHECK(one["edges"] >= one["launches"].get<int>() - 1);
  }
  auto in_a_row = start;
  in_a_row.environment.push_back("DEEPOBS_CUDA_OVERLAP=0");
  const auto straight =
      run_program({"bench", "fmnist_mlp", "--device", "cuda", "--batch_size", "16", "--launches", "--json"}, in_a_row);
  REQUIRE(straight.status == 0);
  const Json one = Json::parse(straight.out)["launches"][0];
  CHECK(one["launches"] == one["launches_in_a_row"]);
  const auto text =
      run_program({"bench", "fmnist_logreg", "--device", "cuda", "--batch_size", "2", "--launches"}, start);
  CHECK(text.status == 0);
  CHECK(text.out.find("the longest chain that waits one for the other") != std::string::npos);
  CHECK(text.out.find("\nfmnist_logreg  SGD") != std::string::npos);
}

}  // namespace
}  // namespace deepobs::test
