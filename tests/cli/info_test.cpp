#include <doctest/doctest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "kernels/update/optimizer.h"
#include "problems/data/dataset_info.h"
#include "problems/problem.h"
#include "tests/cli/workplace.h"

namespace deepobs::test {
namespace {

using Json = nlohmann::ordered_json;

/// The parameters of a problem as a network written in PyTorch has them: names and shapes, in creation order.
Json golden_parameters(const std::string& problem) {
  const std::string path = std::string(DEEPOBS_SOURCE_DIR) + "/tests/golden/problems/" + problem + ".json";
  std::ifstream file(path);
  REQUIRE_MESSAGE(file.good(), path);
  Json out = Json::array();
  const Json golden = Json::parse(file);
  for (const auto& parameter : golden["parameters"])
    out.push_back({{"name", parameter["name"]}, {"shape", parameter["shape"]}});
  return out;
}

TEST_CASE("info: deepobs info PROBLEM --json tells the problem, with the parameters in creation order") {
  for (const auto& problem : problems()) {
    INFO(problem.name);
    const auto finished = run_program({"info", problem.name, "--json"});
    REQUIRE(finished.status == 0);
    const Json json = Json::parse(finished.out);
    CHECK(json["name"] == problem.name);
    CHECK(json["kind"] == "problem");
    CHECK(json["parameters"] == golden_parameters(problem.name));

    std::int64_t of_shapes = 0, of_layers = 0;
    for (const auto& parameter : json["parameters"]) {
      std::int64_t elements = 1;
      for (const std::int64_t extent : parameter["shape"]) elements *= extent;
      of_shapes += elements;
    }
    for (const auto& layer : json["layers"]) of_layers += layer["parameters"].get<std::int64_t>();
    CHECK(json["parameter_count"] == of_shapes);
    CHECK(json["parameter_count"] == of_layers);

    // Two statistics for each layer of batch normalisation, as long as its weight, and no other state.
    Json statistics = Json::array();
    for (const auto& parameter : json["parameters"]) {
      const auto name = parameter["name"].get<std::string>();
      if (name.find("bn") == std::string::npos || !name.ends_with(".weight")) continue;
      for (const char* kind : {".running_mean", ".running_var"})
        statistics.push_back({{"name", name.substr(0, name.rfind('.')) + kind}, {"shape", parameter["shape"]}});
    }
    CHECK(json["state"] == statistics);
    CHECK(statistics.empty() == (problem.name.find("wrn") == std::string::npos));

    const auto or_null = [](const auto& value) { return value ? Json(*value) : Json(nullptr); };
    CHECK(json["batch_size"] == or_null(problem.batch_size));
    CHECK(json["num_epochs"] == or_null(problem.num_epochs));
    CHECK(json["weight_decay"] == or_null(problem.weight_decay));
    const bool classifies = find_data_set(problem.dataset).columns.back().kinds > 0;
    CHECK(json["has_accuracy"] == classifies);
    if (classifies)
      CHECK(json["layers"].back()["output"] == Json::array({find_data_set(problem.dataset).columns.back().kinds}));
  }
}

TEST_CASE("info: the parameter counts of the DeepOBS problems") {
  for (const auto& [problem, count] : std::vector<std::pair<std::string, std::int64_t>>{
           {"mnist_logreg", 7850}, {"mnist_mlp", 1336610}, {"fmnist_2c2d", 3274634}, {"cifar10_3c3d", 895210}})
    CHECK(Json::parse(run_program({"info", problem, "--json"}).out)["parameter_count"] == count);
}

TEST_CASE("info: deepobs info PROBLEM says every default in words") {
  const auto with = run_program({"info", "cifar10_3c3d"}).out;
  for (const std::string part : {"895,210", "conv1.weight", "factor 0.002 (--weight_decay)", "batch size     128",
                                 "epochs         100", "softmax cross entropy, with accuracy", "CIFAR-10"})
    CHECK(with.find(part) != std::string::npos);
  const auto without = run_program({"info", "fmnist_logreg"}).out;
  for (const std::string part : {"regulariser    none", "batch size     no default", "epochs         no default"})
    CHECK(without.find(part) != std::string::npos);
}

TEST_CASE("info: deepobs info OPTIMIZER tells what can be set, and what is kept from step to step") {
  for (const auto& optimizer : optimizers()) {
    INFO(optimizer.name);
    const auto finished = run_program({"info", optimizer.name, "--json"});
    REQUIRE(finished.status == 0);
    const Json json = Json::parse(finished.out);
    CHECK(json["name"] == optimizer.name);
    CHECK(json["kind"] == "optimizer");
    CHECK(json["source"] == optimizer.source);
    CHECK(json["usual_learning_rate"] == optimizer.usual_learning_rate);
    REQUIRE(json["hyperparameters"].size() == optimizer.hyperparameters.size());
    const auto words = run_program({"info", optimizer.name}).out;
    CHECK(words.starts_with(optimizer.name + ": " + optimizer.source + "\n"));
    for (std::size_t i = 0; i < optimizer.hyperparameters.size(); ++i) {
      const auto& hyper = optimizer.hyperparameters[i];
      CHECK(json["hyperparameters"][i]["name"] == hyper.name);
      CHECK(json["hyperparameters"][i]["default"] == std::visit([](const auto& v) { return Json(v); }, hyper.standard));
      CHECK(json["hyperparameters"][i]["choices"] == hyper.choices);
      CHECK(json["hyperparameters"][i]["ranges"].size() == hyper.ranges.size());
      for (const auto& part : {hyper.name, hyper.help}) CHECK(words.find(part) != std::string::npos);
    }
    for (const auto& state : json["states"])
      CHECK(words.find(state["name"].get<std::string>() + ", ") != std::string::npos);
  }
  const auto states = [](const char* optimizer) {
    return Json::parse(run_program({"info", optimizer, "--json"}).out)["states"].dump();
  };
  CHECK(states("SGD") == "[]");
  CHECK(states("Adam").find(R"({"name":"exp_avg_sq","per_parameter":1,)") != std::string::npos);
  CHECK(states("LBFGS").find(R"({"name":"old_steps","per_parameter":100,)") != std::string::npos);
  const Json muon = Json::parse(run_program({"info", "Muon", "--json"}).out);
  // Matrices alone have its momentum: 784 x 1000, 1000 x 500 and 500 x 100 numbers of them.
  const auto momentum =
      std::ranges::find_if(muon["states"], [](const Json& state) { return state["name"] == "momentum_buffer"; });
  REQUIRE(momentum != muon["states"].end());
  CHECK((*momentum)["per_parameter"].is_null());
  CHECK((*momentum)["numbers_on_mnist_mlp"] == 784 * 1000 + 1000 * 500 + 500 * 100);

  const auto lbfgs = run_program({"info", "LBFGS"}).out;
  for (const std::string part :
       {"whole, in [1, 100000]", "none or strong_wolfe", "old_steps, 100 numbers for each parameter",
        "as many a step as it asks for", "learning rate  1 is usual"})
    CHECK(lbfgs.find(part) != std::string::npos);
  CHECK(run_program({"info", "ScheduleFreeAdamW"}).out.find("other weights than it trains") != std::string::npos);
}

TEST_CASE("info: deepobs info DATA_SET tells its columns, files and problems") {
  for (const auto& info : data_sets()) {
    INFO(info.name);
    const auto finished = run_program({"info", info.name, "--json"});
    REQUIRE(finished.status == 0);
    const Json json = Json::parse(finished.out);
    CHECK(json["name"] == info.name);
    CHECK(json["kind"] == "data set");
    CHECK(json["train"] == info.train);
    CHECK(json["files"].size() == info.files.size());
    REQUIRE(json["columns"].size() == info.columns.size());
    const auto words = run_program({"info", info.name}).out;
    CHECK(words.starts_with(info.name + ": " + info.title + "\n"));
    for (std::size_t i = 0; i < info.columns.size(); ++i) CHECK(json["columns"][i]["name"] == info.columns[i].name);
    for (const auto& file : info.files) CHECK(words.find(file.spellings.front()) != std::string::npos);
    std::vector<std::string> users;
    for (const auto& problem : problems())
      if (problem.dataset == info.name) users.push_back(problem.name);
    CHECK(json["problems"] == users);
    for (const auto& user : users) CHECK(words.find(user) != std::string::npos);
  }
  const auto mnist = run_program({"info", "mnist"}).out;
  for (const std::string part : {"60000 training, 10000 test", "[H, W, C] [28, 28, 1]", "10 classes"})
    CHECK(mnist.find(part) != std::string::npos);
}

TEST_CASE("info: deepobs list --json has the same names") {
  const Json all = Json::parse(run_program({"list", "--json"}).out);
  const auto check = [&](const char* what, const auto& known) {
    REQUIRE(all[what].size() == known.size());
    for (std::size_t i = 0; i < known.size(); ++i) CHECK(all[what][i]["name"] == known[i].name);
    CHECK(Json::parse(run_program({"list", what, "--json"}).out) == Json{{what, all[what]}});
  };
  check("problems", problems());
  check("optimizers", optimizers());
  check("datasets", data_sets());
}

/// The words that begin a line with this indentation.
std::vector<std::string> first_words(const std::string& text, std::size_t indentation) {
  std::vector<std::string> out;
  for (const auto& line : lines_of(text))
    if (line.find_first_not_of(' ') == indentation)
      out.push_back(line.substr(indentation, line.find(' ', indentation) - indentation));
  return out;
}

template <class Named>
void check_listed(const std::string& what, const Named& all) {
  const auto words = first_words(run_program({"list", what}).out, 2);
  REQUIRE(words.size() == all.size());
  for (std::size_t i = 0; i < words.size(); ++i) CHECK(words[i] == all[i].name);
}

TEST_CASE("info: deepobs list names everything there is") {
  check_listed("problems", problems());
  check_listed("optimizers", optimizers());
  check_listed("datasets", data_sets());
  CHECK(run_program({"list"}).out == run_program({"list", "problems"}).out + run_program({"list", "optimizers"}).out +
                                         run_program({"list", "datasets"}).out);
}

TEST_CASE("info: deepobs data list says what there is of each data set, and how to get the rest") {
  const Workplace place;
  const Start start{.folder = place.path(), .environment = {"HOME=/nonexistent"}};
  const auto subset = run_program({"data", "list", "--data_dir", "data"}, start);
  CHECK(subset.status == 0);
  std::vector<std::string> names;
  for (const auto& info : data_sets()) names.push_back(info.name);
  auto listed = first_words(subset.out, 0);
  REQUIRE(listed.size() == names.size() + 2);
  listed.resize(names.size());  // "Contents and checksums ..." and "looked for in: ..." follow
  CHECK(listed == names);
  for (const auto& part : std::vector<std::string>{
           "fmnist    subset    data/fmnist", "256 of 60000 records", "64 of 10000 records", "cifar10   missing",
           "get it: https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",
           "Contents and checksums were not compared with anything",
           "into " + (place / "data/cifar-10").string() + "; it need not be unpacked",
           "looked for in: data data_deepobs /nonexistent/.local/share/deepobs /usr/local/share/datasets"}) {
    INFO(subset.out, "wanted: ", part);
    CHECK(subset.out.find(part) != std::string::npos);
  }
  write(place / "data/fmnist/train-labels-idx1-ubyte", bytes_of("broken"));
  const auto damaged = run_program({"data", "list", "--data_dir", "data"}, start);
  CHECK(damaged.out.find("fmnist    DAMAGED") != std::string::npos);
}

TEST_CASE("info: deepobs data check reads everything: it finds what headers and sizes do not show") {
  const Workplace place;
  const Start start{.folder = place.path(), .environment = {"HOME=/nonexistent"}};
  const auto check = [&](const std::vector<std::string>& sets) {
    std::vector<std::string> arguments{"data", "check", "--data_dir", "data"};
    arguments.insert(arguments.end(), sets.begin(), sets.end());
    return run_program(arguments, start);
  };
  const auto good = check({"fmnist"});
  CHECK(good.status == 0);
  CHECK(good.out.find("fmnist    subset    data/fmnist\n    256 training and 64 test examples\n") == 0);
  CHECK(lines_of(good.out).back() == "    labels in range; no checksums are known for a part of the official files");

  auto labels = pattern(256, 2, 10);
  labels[200] = 77;
  write(place / "data/fmnist/train-labels-idx1-ubyte", idx(2049, {256}, labels));
  CHECK(run_program({"data", "list", "--data_dir", "data"}, start).out.find("fmnist    subset") != std::string::npos);
  const auto bad = check({"fmnist"});
  CHECK(bad.status == 65);
  CHECK(bad.out.find("fmnist    DAMAGED\n") == 0);
  CHECK(bad.out.find("sample 200 (byte 208) has the label 77") != std::string::npos);
  CHECK(bad.err == "deepobs: 0 data sets can be used; damaged: fmnist\n");

  const auto all = check({});  // what is missing is no fault unless it was asked for
  CHECK(all.status == 65);
  CHECK(all.out.find("cifar10   missing\n") != std::string::npos);
  CHECK(all.err.find("; damaged: fmnist") != std::string::npos);
  for (const std::string name : {"mnist", "cifar10", "cifar100"})  // counted among the missing where they are
    CHECK((all.err.find(name, all.err.find("missing: ")) != std::string::npos) ==
          (all.out.find("\n" + name + std::string(10 - name.size(), ' ') + "missing\n") != std::string::npos ||
           all.out.starts_with(name + std::string(10 - name.size(), ' ') + "missing\n")));
  CHECK(check({"cifar10"}).status == 66);
  CHECK(check({"cifar10", "fmnist"}).err == "deepobs: 0 data sets can be used; damaged: fmnist; missing: cifar10\n");
  write(place / "data/fmnist/train-labels-idx1-ubyte", idx_labels(256, 2));
  CHECK(check({"fmnist", "cifar10"}).err == "deepobs: 1 data set can be used; missing: cifar10\n");
  CHECK(check({}).status == 0);
  const auto wrong = check({"fmnits"});
  CHECK(wrong.status == 64);
  CHECK(wrong.out.empty());
}

}  // namespace
}  // namespace deepobs::test
