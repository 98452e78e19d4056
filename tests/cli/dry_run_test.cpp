#include <doctest/doctest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "runner/results/files/safetensors.h"
#include "tests/cli/workplace.h"

namespace deepobs::test {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

const Words run{"run",
                "fmnist_logreg",
                "--optimizer",
                "Adam",
                "--lr",
                "0.01",
                "--bs",
                "32",
                "-N",
                "2",
                "--data_dir",
                "data",
                "--betas",
                "0.8",
                "0.999",
                "--lr_sched_epochs",
                "1",
                "--lr_sched_factors",
                "0.1",
                "--wd",
                "0"};

/// The one file below a folder.
fs::path only_file(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    if (entry.is_regular_file()) files.push_back(entry.path());
  REQUIRE(files.size() == 1);
  return files.front();
}

TEST_CASE("dry_run: a dry run names the file that the run then writes, in every layout, and writes nothing") {
  for (const std::string layout : {"flat", "tf", "1.2"}) {
    INFO(layout);
    const Workplace place;
    const Start start{.folder = place.path()};
    const Words arguments = run + Words{"--layout", layout, "--output_dir", "out/here"};

    const auto dry = run_program(arguments + Words{"--dry_run", "--json"}, start);
    REQUIRE(dry.status == 0);
    CHECK(place.written().empty());
    const Json configuration = Json::parse(dry.out);
    const fs::path announced = configuration["json"].get<std::string>();

    const auto words = run_program(arguments + Words{"--dry_run"}, start);
    CHECK(words.status == 0);
    CHECK(place.written().empty());
    const auto last = lines_of(words.out).back();
    CHECK(last.starts_with("json "));
    CHECK(fs::path(last.substr(last.find_last_of(' ', last.find("out/here")) + 1)).parent_path() ==
          announced.parent_path());

    REQUIRE(run_program(arguments, start).status == 0);
    const fs::path written = fs::relative(only_file(place / "out"), place.path());
    CHECK(written.parent_path() == announced.parent_path());
    // random_seed__42__2025-12-13-16-00-00.json: all but the time, which goes on
    CHECK(written.filename().string().substr(0, 18) == announced.filename().string().substr(0, 18));
    CHECK(written.filename().string().size() == announced.filename().string().size());

    // What was announced is what the run used.
    std::ifstream file(place / written);
    const Json result = Json::parse(file);
    for (const auto& [key, value] : configuration.items()) {
      if (!result.contains(key)) continue;
      INFO(key);
      CHECK(result[key] == value);
    }
    CHECK(result["batch_size"] == 32);
    CHECK(result["effective_weight_decay"] == 0);
  }
}

TEST_CASE("dry_run: the folder of each layout") {
  const auto announced = [](const std::string& layout) {
    const Workplace place;
    const auto dry = run_program(run + Words{"--layout", layout, "--dry_run", "--json"}, {.folder = place.path()});
    return fs::path(Json::parse(dry.out)["json"].get<std::string>()).parent_path().string();
  };
  CHECK(announced("flat") ==
        "results/fmnist_logreg/Adam/num_epochs__2__batch_size__32__weight_decay__0e+00__betas__(0.8, 0.999)"
        "__lr_schedule__0_1e-02_1_1e-03__test_examples__64__train_examples__256");
  CHECK(announced("tf") ==
        "results/fmnist_logreg/Adam/num_epochs__2__batch_size__32__weight_decay__0.e+00__betas__(0.8, 0.999)"
        "__lr_schedule__0_1.e-02_1_1.e-03__test_examples__64__train_examples__256");
  CHECK(announced("1.2") ==
        "results/fmnist_logreg/Adam/num_epochs__2__batch_size__32__weight_decay__0.e+00__betas__(0.8, 0.999)"
        "__lr__1.e-02__lr_sched_epochs__[1]__lr_sched_factors__[0.1]__test_examples__64__train_examples__256"
        "__validation__False");
}

TEST_CASE("dry_run: results on a part of the data lie in a folder that says how much there was of it") {
  const Workplace place;
  const Words words{"run", "fmnist_logreg", "-o", "SGD", "--lr", "0.01", "--bs", "32", "-N", "1", "--data_dir", "data"};
  const Start start{.folder = place.path()};
  const auto dry = run_program(words + Words{"--dry_run", "--json"}, start);
  const fs::path announced = Json::parse(dry.out)["json"].get<std::string>();
  CHECK(announced.parent_path().filename() ==
        "num_epochs__1__batch_size__32__lr__1e-02__test_examples__64__train_examples__256");
  REQUIRE(run_program(words, start).status == 0);
  CHECK(fs::relative(only_file(place / "results"), place.path()).parent_path() == announced.parent_path());
  REQUIRE(run_program(words + Words{"-r", "1", "2", "--output_dir", "sweep"}, start).status == 0);
  int files = 0;
  for (const auto& entry : fs::recursive_directory_iterator(place / "sweep"))
    if (entry.is_regular_file()) {
      CHECK(entry.path().parent_path().filename() == announced.parent_path().filename());
      ++files;
    }
  CHECK(files == 2);
}

TEST_CASE("dry_run: a dry run says whether the data are there, and ends as the run would end without them") {
  const Workplace place;
  const Start start{.folder = place.path(), .environment = {"HOME=/nonexistent"}};
  const Words json{"--dry_run", "--json"};
  const auto there = run_program(run + json, start);
  CHECK(there.status == 0);
  CHECK(there.err.empty());
  CHECK(Json::parse(there.out)["data_state"] == "subset");
  CHECK(Json::parse(there.out)["data_folder"] == "data/fmnist");
  CHECK(Json::parse(there.out)["data_error"] == nullptr);
  CHECK(run_program(run + Words{"--dry_run"}, start).out.find("data/fmnist (subset, by headers and sizes)\n") !=
        std::string::npos);

  const auto compare = [&](const std::string& state, int status) {
    const auto dry = run_program(run + json, start), real = run_program(run, start);
    CHECK(dry.status == status);
    CHECK(real.status == status);
    CHECK(dry.err == real.err);
    CHECK(Json::parse(dry.out)["data_state"] == state);
    CHECK("deepobs: " + Json::parse(dry.out)["data_error"].get<std::string>() + "\n" == real.err);
    const auto words = run_program(run + Words{"--dry_run"}, start);
    CHECK(words.status == status);
    CHECK(words.out.find(state) != std::string::npos);
    CHECK(place.written().empty());
  };
  const auto labels = place / "data/fmnist/t10k-labels-idx1-ubyte";
  write(labels, bytes_of("nonsense"));
  compare("damaged", 65);
  fs::remove(labels);
  compare("missing", 66);
  fs::rename(place / "data/fmnist", place / "data/elsewhere");
  Words of_mnist = run;  // no package brings it
  of_mnist[1] = "mnist_logreg";
  const auto dry = run_program(of_mnist + json, start), real = run_program(of_mnist, start);
  CHECK(dry.status == 66);
  CHECK(dry.err == real.err);
  CHECK(Json::parse(dry.out)["data_folder"] == nullptr);
}

TEST_CASE("dry_run: a dry run refuses what the run would refuse") {
  const TempDir empty;
  const Start start{.folder = empty.path(), .environment = {"HOME=" + empty.path().string()}};
  CHECK(run_program({"run", "mnist_mlp", "-o", "SGD", "--lr", "-1", "--dry_run"}, start).status == 64);
  CHECK(run_program({"run", "mnist_mlp", "-o", "SGD", "--lr", "1", "--dry_run", "--output_dir="}, start).status == 64);
}

/// The dry run ends as the run would, with its message, and neither leaves anything.
void compare(const Workplace& place, const Words& arguments, int status, const std::string& part) {
  INFO(part);
  const auto before = tree(place.path());
  const Start start{.folder = place.path()};
  const auto dry = run_program(arguments + Words{"--dry_run"}, start), real = run_program(arguments, start);
  CHECK(dry.status == status);
  CHECK(real.status == status);
  CHECK(dry.err.find(part) != std::string::npos);
  CHECK(without_warnings(dry.err) == without_warnings(real.err));
  CHECK(tree(place.path()) == before);
}

TEST_CASE("dry_run: a dry run reads the file of initial parameters") {
  const Workplace place;
  const Words from = run + Words{"--init_from", "a/start.safetensors"};
  compare(place, from, 66, "there is no file 'a/start.safetensors'");
  std::filesystem::create_directories(place / "a");
  REQUIRE(
      run_program(run + Words{"--no_logs", "--save_params", "a/start.safetensors"}, {.folder = place.path()}).status ==
      0);
  const auto dry = run_program(from + Words{"--dry_run", "--json"}, {.folder = place.path()});
  CHECK(dry.status == 0);
  const Json json = Json::parse(dry.out);
  const std::string crc = json["init_from_crc32"];
  CHECK(crc.size() == 8);
  CHECK(json["json"].get<std::string>().find("__init_from__start-" + crc + "__test_examples__64") != std::string::npos);

  Words other = from;
  other[1] = "fmnist_mlp";
  compare(place, other, 65, "does not fit the model; it lacks: fc1.weight");
  write_safetensors(place / "a/start.safetensors",
                    std::vector<NamedTensor>{{"fc.weight", {1, 1, 1, 1, 1, 1, 1, 1, 1}, {0}},
                                             {"fc.bias", {10}, std::vector<float>(10)}});
  compare(place, from, 65, "tensor 'fc.weight' is [1, 1, 1, 1, 1, 1, 1, 1, 1] in the file, [10, 784] in the model");
  write(place / "a/start.safetensors", bytes_of("nonsense"));
  compare(place, from, 65, "start.safetensors");
}

TEST_CASE("dry_run: a dry run tries whether the outputs can be written, and whether the batch fits") {
  const Workplace place;
  compare(place, run + Words{"--output_dir", "/proc/results"}, 74,
          "cannot write to the results folder '/proc/results': cannot make a folder in '/proc': ");
  compare(place, run + Words{"--output_dir", "data/fmnist/" + std::string("train-images-idx3-ubyte")}, 74,
          "is a file where a folder is needed");
  compare(place, run + Words{"--save_params", "nowhere/x"}, 74, "save_params: there is no folder nowhere");
  compare(place, run + Words{"--save_params", "data"}, 74, "save_params: data is there already");
  Words larger = run;
  *(std::ranges::find(larger, "--bs") + 1) = "65";
  compare(place, larger, 64, "batch_size 65 is more than the 64 examples of the test set");
  compare(place, run + Words{"--validation"}, 64, "validation holds out 10000 examples");
}

TEST_CASE("dry_run: a data folder without the set is warned of") {
  const Workplace place;
  Words elsewhere = run;
  *(std::ranges::find(elsewhere, "--data_dir") + 1) = "elsewhere";
  std::filesystem::create_directory(place / "elsewhere");
  for (const Words& more : {Words{}, {"-r", "1", "2"}})
    CHECK(run_program(elsewhere + more + Words{"--dry_run"}, {.folder = place.path()}).err ==
          "WARNING: data_dir elsewhere has no data set fmnist; using data/fmnist\n");
}

}  // namespace
}  // namespace deepobs::test
