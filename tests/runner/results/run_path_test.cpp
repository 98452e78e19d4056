#include "runner/results/run_path.h"

#include <doctest/doctest.h>
#include <fnmatch.h>

#include <limits>
#include <set>

#include "tests/error_of.h"

namespace deepobs {

namespace {

RunName run(std::int64_t epochs, std::int64_t batch, double learning_rate) {
  RunName name;
  name.problem = "mnist_mlp";
  name.optimizer = "SGD";
  name.epochs = epochs;
  name.batch = batch;
  name.learning_rate = learning_rate;
  name.time_stamp = "2019-02-13-18-04-08";
  return name;
}

RunName with(RunName name, std::optional<double> weight_decay, std::vector<NamedValue> hyperparameters = {}) {
  name.weight_decay = weight_decay;
  name.hyperparameters = std::move(hyperparameters);
  return name;
}

RunName scheduled(RunName name, std::vector<double> epochs, std::vector<double> factors) {
  name.schedule_epochs = std::move(epochs);
  name.schedule_factors = std::move(factors);
  return name;
}

struct Row {
  RunName name;
  const char* tf;
  const char* flat;
};

}  // namespace

TEST_CASE("setting_folder: DeepOBS 1.1 and the PyTorch port") {
  const Row table[] = {
      {run(100, 128, 0.01), "num_epochs__100__batch_size__128__lr__1.e-02",
       "num_epochs__100__batch_size__128__lr__1e-02"},
      {with(run(10, 128, 0.01), 0.001, {{"momentum", 0.9}}),
       "num_epochs__10__batch_size__128__weight_decay__1.e-03__momentum__9.e-01__lr__1.e-02",
       "num_epochs__10__batch_size__128__weight_decay__1e-03__momentum__9e-01__lr__1e-02"},
      {with(run(350, 256, 0.003981071705534969), {}, {{"use_nesterov", false}, {"momentum", 0.99}}),
       "num_epochs__350__batch_size__256__momentum__9.9e-01__use_nesterov__False__lr__3.9810717055e-03",
       "num_epochs__350__batch_size__256__momentum__9.9e-01__use_nesterov__False__lr__3.9810717055e-03"},
      {with(run(50, 64, 1.5848931924611134e-4), {}, {{"beta1", 0.9}, {"beta2", 0.999}, {"epsilon", 1e-8}}),
       "num_epochs__50__batch_size__64__beta1__9.e-01__beta2__9.99e-01__epsilon__1.e-08__lr__1.5848931925e-04",
       "num_epochs__50__batch_size__64__beta1__9e-01__beta2__9.99e-01__epsilon__1e-08__lr__1.5848931925e-04"},
      {scheduled(with(run(160, 128, 0.01), 5e-4, {{"nesterov", true}, {"momentum", 0.9}}), {80, 120}, {0.1, 0.01}),
       "num_epochs__160__batch_size__128__weight_decay__5.e-04__momentum__9.e-01__nesterov__True__"
       "lr_schedule__0_1.e-02_80_1.e-03_120_1.e-04",
       "num_epochs__160__batch_size__128__weight_decay__5e-04__momentum__9e-01__nesterov__True__"
       "lr_schedule__0_1e-02_80_1e-03_120_1e-04"},
      {scheduled(run(150, 128, 0.3), {50, 100}, {0.1, 0.01}),
       "num_epochs__150__batch_size__128__lr_schedule__0_3.e-01_50_3.e-02_100_3.e-03",
       "num_epochs__150__batch_size__128__lr_schedule__0_3e-01_50_3e-02_100_3e-03"},
      // The reference has a third hyperparameter here, dampening None; no optimizer of ours has such a value.
      {with(run(5, 128, 0.001), {},
            {{"max_iter", std::int64_t{20}}, {"betas", std::vector<double>{0.9, 0.999}}, {"amsgrad", true}}),
       "num_epochs__5__batch_size__128__amsgrad__True__betas__(0.9, 0.999)__max_iter__20__lr__1.e-03",
       "num_epochs__5__batch_size__128__amsgrad__True__betas__(0.9, 0.999)__max_iter__20__lr__1e-03"},
      {scheduled(with(run(5, 128, 1.0), 0.0), {}, {}),
       "num_epochs__5__batch_size__128__weight_decay__0.e+00__lr_schedule__0_1.e+00",
       "num_epochs__5__batch_size__128__weight_decay__0e+00__lr_schedule__0_1e+00"},
      {scheduled(run(5, 128, 0.1), {100, 50}, {0.01, 0.1}),
       "num_epochs__5__batch_size__128__lr_schedule__0_1.e-01_100_1.e-03_50_1.e-02",
       "num_epochs__5__batch_size__128__lr_schedule__0_1e-01_100_1e-03_50_1e-02"},
  };
  for (const auto& [name, tf, flat] : table) {
    CHECK(setting_folder(name, Layout::tf) == tf);
    CHECK(setting_folder(name, Layout::flat) == flat);
  }
}

TEST_CASE("setting_folder: DeepOBS 1.2") {
  CHECK(setting_folder(with(run(100, 128, 0.01), {}, {{"nesterov", false}, {"momentum", 0.9}}), Layout::v1_2) ==
        "num_epochs__100__batch_size__128__lr__1.e-02__momentum__9.e-01__nesterov__False");
  CHECK(setting_folder(run(10, 128, 0.001), Layout::v1_2) == "num_epochs__10__batch_size__128__lr__1.e-03");
  CHECK(setting_folder(
            scheduled(with(run(350, 256, 0.05), 5e-4, {{"momentum", 0.9}}), {200, 250, 300}, {0.1, 0.01, 0.001}),
            Layout::v1_2) ==
        "num_epochs__350__batch_size__256__weight_decay__5.e-04__lr__5.e-02__momentum__9.e-01__"
        "lr_sched_epochs__[200, 250, 300]__lr_sched_factors__[0.1, 0.01, 0.001]");
  // Python sorts by code point: upper case first, "lr" between "eps" and "momentum".
  CHECK(setting_folder(with(run(1, 2, 1.0), {}, {{"momentum", 0.0}, {"Z", true}, {"eps", 1e-8}}), Layout::v1_2) ==
        "num_epochs__1__batch_size__2__Z__True__eps__1.e-08__lr__1.e+00__momentum__0.e+00");
}

TEST_CASE("setting_folder: what cannot be a name is refused") {
  const auto refused = [](RunName name, Layout layout, const char* part) {
    check_error([&] { setting_folder(name, layout); }, Fault::usage, part);
  };
  refused(with(run(1, 1, 0.1), {}, {{"lr", 0.1}}), Layout::v1_2, "'lr' is given twice");
  refused(with(run(1, 1, 0.1), {}, {{"eps", 0.1}, {"a", 1.0}, {"eps", 0.2}}), Layout::flat, "'eps' is given twice");
  refused(with(run(1, 1, 0.1), {}, {{"../x", 0.1}}), Layout::flat, "'../x' must have a name of letters");
  refused(with(run(1, 1, 0.1), {}, {{"", 0.1}}), Layout::flat, "must have a name of letters");
  refused(run(1, 1, std::numeric_limits<double>::quiet_NaN()), Layout::flat, "must be finite, not nan");
  refused(scheduled(run(1, 1, 0.1), {1, 2}, {0.1}), Layout::flat, "one factor per epoch");
}

/// A factor for each epoch from 1 on.
RunName annealed(std::int64_t epochs, double last_factor = 0.001) {
  std::vector<double> at, factors;
  for (std::int64_t epoch = 1; epoch < epochs; ++epoch) {
    at.push_back(static_cast<double>(epoch));
    factors.push_back(1 - static_cast<double>(epoch) / static_cast<double>(epochs));
  }
  factors.back() = last_factor;
  RunName name = scheduled(run(epochs, 128, 0.1), at, factors);
  name.hyperparameters = {{"momentum", 0.9}};
  return name;
}

TEST_CASE("setting_folder: what makes a name too long stands in it as a beginning and a checksum") {
  RunName longest_whole = annealed(10);
  CHECK(setting_folder(longest_whole, Layout::flat).find('%') == std::string::npos);
  for (const Layout layout : {Layout::flat, Layout::tf, Layout::v1_2})
    for (const std::int64_t epochs : {20, 100, 350}) {
      RunName name = annealed(epochs);
      name.deviations = {{"max_steps_per_epoch", "20"}};
      const std::string folder = setting_folder(name, layout);
      INFO(folder);
      CHECK(folder.size() <= 255);
      CHECK(folder.starts_with("num_epochs__" + std::to_string(epochs) + "__batch_size__128__"));
      CHECK(folder.find("__momentum__9") != std::string::npos);
      CHECK(folder.find(layout == Layout::v1_2 ? "__lr_sched_epochs__[1, 2, 3, " : "__lr_schedule__0_1") !=
            std::string::npos);
      CHECK(folder.find("%-") != std::string::npos);
      CHECK(folder.ends_with("__max_steps_per_epoch__20"));
      CHECK(folder == setting_folder(name, layout));
      std::set<std::string> all{folder};
      RunName other = annealed(epochs, 0.002);  // which differs behind the cut
      other.deviations = name.deviations;
      all.insert(setting_folder(other, layout));
      other.learning_rate = 0.1000000001;
      all.insert(setting_folder(other, layout));
      other.hyperparameters[0].value = 0.8;
      all.insert(setting_folder(other, layout));
      CHECK(all.size() == 4);
    }
}

TEST_CASE("setting_folder: many hyperparameters and long names of files have a name of 255 bytes at most") {
  std::set<std::string> all;
  for (const char* last : {"a", "b"}) {
    RunName name = run(1, 2, 0.1);
    for (int i = 0; i < 40; ++i) name.hyperparameters.push_back({"number_" + std::to_string(i), i + 0.5});
    all.insert(setting_folder(name, Layout::flat));
    name.deviations = {{"init_from", encode_name(std::string(60, '/') + last) + "-cbf43926"}};
    all.insert(setting_folder(name, Layout::flat));
    name.hyperparameters.clear();
    all.insert(setting_folder(name, Layout::v1_2));
    name.deviations.front().second = encode_name(std::string(180, 'x') + last) + "-cbf43926";
    all.insert(setting_folder(name, Layout::tf));
  }
  CHECK(all.size() == 7);  // 40 hyperparameters alone are the same twice
  for (const auto& folder : all) {
    INFO(folder);
    CHECK(folder.size() <= 255);
    const auto cut = folder.find("%-");  // between encoded bytes, never inside one
    if (cut != std::string::npos) CHECK(folder.substr(cut - 2, 2).find('%') == std::string::npos);
  }
}

TEST_CASE("run_folder: problem, optimizer, setting") {
  RunName name = run(100, 128, 0.01);
  CHECK(run_folder(name, Layout::tf) == "mnist_mlp/SGD/num_epochs__100__batch_size__128__lr__1.e-02");
  name.optimizer = "../Adam[gpu,bf16]";
  CHECK(run_folder(name, Layout::flat) ==
        "mnist_mlp/%2E.%2FAdam%5Bgpu%2Cbf16%5D/num_epochs__100__batch_size__128__lr__1e-02");
}

TEST_CASE("run_file: the seed in front, the time stamp at the end, what tells apart between them") {
  RunName name = run(1, 1, 0.1);
  CHECK(run_file(name) == "random_seed__42__2019-02-13-18-04-08.json");
  CHECK(run_file(name, 1) == "random_seed__42__2__2019-02-13-18-04-08.json");
  name.suffix = "gpu/0";
  name.seed = -7;
  CHECK(run_file(name) == "random_seed__-7__gpu%2F0__2019-02-13-18-04-08.json");
  CHECK(run_file(name, 11) == "random_seed__-7__gpu%2F0__12__2019-02-13-18-04-08.json");

  // The pattern of DeepOBS 1.2 for the runs of a seed, and the end that the port's analyzer takes its dates from.
  const std::string two = "[0-9][0-9]", stamp = two + two + "-" + two + "-" + two + "-" + two + "-" + two + "-" + two;
  std::set<std::string> names;
  for (int attempt = 0; attempt < 100; ++attempt) {
    const std::string file = run_file(name, attempt);
    CHECK(::fnmatch("random_seed__-7__*.json", file.c_str(), 0) == 0);
    CHECK(::fnmatch(("*__" + stamp + ".json").c_str(), file.c_str(), 0) == 0);
    names.insert(file);
  }
  CHECK(names.size() == 100);

  for (const char* bad : {"", "2019-02-13", "2019-02-13-18-04-0x", "2019-02-13-18-04-081", "2019-02-13 18-04-08"}) {
    name.time_stamp = bad;
    check_error([&] { run_file(name); }, Fault::usage, "a time stamp looks like");
  }
}

TEST_CASE("time_stamp: of a local time") {
  std::tm time{};
  time.tm_year = 125;
  time.tm_mon = 11;
  time.tm_mday = 3;
  time.tm_hour = 6;
  time.tm_min = 0;
  time.tm_sec = 9;
  CHECK(time_stamp(time) == "2025-12-03-06-00-09");
}

TEST_CASE("encode_name: no name leaves its folder, and different names stay different") {
  CHECK(encode_name("cifar10_3c3d") == "cifar10_3c3d");
  CHECK(encode_name("A.b+c-d_9") == "A.b+c-d_9");
  CHECK(encode_name("") == "%");
  CHECK(encode_name(".") == "%2E");
  CHECK(encode_name("..") == "%2E.");
  CHECK(encode_name("../x") == "%2E.%2Fx");
  CHECK(encode_name("a/b") == "a%2Fb");
  CHECK(encode_name(".hidden") == "%2Ehidden");
  CHECK(encode_name("a\nb'\"\x7f") == "a%0Ab%27%22%7F");
  CHECK(encode_name("$(touch X)") == "%24%28touch%20X%29");
  CHECK(encode_name("50%") == "50%25");
  CHECK(encode_name("\xe2\x80\xae") == "%E2%80%AE");  // right-to-left override
  CHECK(encode_name(std::string("a\0b", 3)) == "a%00b");
  CHECK(encode_name(std::string(200, 'x')) == std::string(200, 'x'));

  const char* allowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._+-%";
  std::set<std::string> encoded;
  int names = 0;
  const auto look = [&](const std::string& name) {
    const std::string out = encode_name(name);
    CHECK(out.find_first_not_of(allowed) == std::string::npos);
    CHECK(out.front() != '.');
    CHECK(out.size() <= 200);
    encoded.insert(out);
    ++names;
  };
  for (int size : {199, 201, 202, 5000})
    for (const char* tail : {"", "a", "b", "/", "%", "%2F"})
      look(std::string(static_cast<std::size_t>(size), 'y') + tail);
  for (int size : {66, 67, 68, 1000}) look(std::string(static_cast<std::size_t>(size), '/'));
  for (int byte = 0; byte < 256; ++byte) {
    look(std::string(1, static_cast<char>(byte)));
    look(std::string("x") + static_cast<char>(byte) + "2F");
  }
  CHECK(static_cast<int>(encoded.size()) == names);
  // Cut between two encoded bytes, never inside one.
  CHECK(encode_name(std::string(1000, '/')).substr(0, 184).find("%2F%2F%-") == 174);
}

}  // namespace deepobs
