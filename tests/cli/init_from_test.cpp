#include <doctest/doctest.h>

#include <algorithm>
#include <cstring>

#include "runner/results/files/safetensors.h"
#include "runner/results/json/json_reader.h"
#include "tests/cli/program.h"
#include "tests/problems/data/make_mat.h"
#include "tests/temp_dir.h"

// --init_from with all that a file of parameters may hold: a run begins where the one that wrote it ended.

namespace deepobs::test {
namespace {

/// A few images of SVHN, and runs of one of its problems on them.
class Svhn {
 public:
  explicit Svhn(std::string problem) : problem_(std::move(problem)) {
    write(folder_ / "data/svhn/train_32x32.mat", svhn_file(pattern(4 * 3072, 1), {1, 10, 3, 7}));
    write(folder_ / "data/svhn/test_32x32.mat", svhn_file(pattern(2 * 3072, 2), {4, 10}));
  }

  std::filesystem::path operator/(const std::string& name) const { return folder_ / name; }

  /// Rows in file order, without augmentation: the same examples in every evaluation.
  ReadResult run(const Words& more) {
    const std::string results = "results" + std::to_string(++runs_);
    const Words words{"run",          problem_, "--optimizer",  "SGD",   "--lr",         "0.01",
                      "--batch_size", "2",      "--data_dir",   "data",  "--data_order", "sequential",
                      "--threads",    "1",      "--output_dir", results, "--quiet"};
    const Finished finished = run_program(words + more, {.folder = folder_.path()});
    INFO(finished.err);
    REQUIRE(finished.status == 0);
    for (const auto& name : tree(folder_ / results))
      if (name.ends_with(".json")) return read_result(folder_ / results / name);
    FAIL("no result");
    return {};
  }

  /// The first losses of a run that begins with the file.
  std::pair<double, double> first_losses(const std::string& file) {
    const ReadResult result = run({"--num_epochs", "0", "--init_from", file, "--save_params", "again.safetensors"});
    return {result.train_losses.front(), result.test_losses.front()};
  }

 private:
  TempDir folder_;
  std::string problem_;
  int runs_ = 0;
};

StoredTensor stored(const NamedTensor& tensor) {
  const auto bytes = std::as_bytes(std::span(tensor.values));
  return {tensor.name, "F32", tensor.shape, {bytes.begin(), bytes.end()}};
}

bool same(const std::vector<NamedTensor>& a, const std::vector<NamedTensor>& b) {
  return std::ranges::equal(a, b, [](const NamedTensor& x, const NamedTensor& y) {
    return x.name == y.name && x.shape == y.shape && x.values == y.values;
  });
}

void check_init_from(const std::string& problem, std::size_t norms) {
  Svhn svhn(problem);
  const ReadResult trained = svhn.run({"--num_epochs", "1", "--save_params", "end.safetensors"});
  const std::pair last{trained.train_losses.back(), trained.test_losses.back()};
  REQUIRE(trained.test_losses.size() == 2);
  CHECK(trained.test_losses.front() != last.second);
  const auto all = read_safetensors(svhn / "end.safetensors");
  const auto is_statistics = [](const NamedTensor& tensor) {
    return tensor.name.find(".running_") != std::string::npos;
  };
  CHECK(static_cast<std::size_t>(std::ranges::count_if(all, is_statistics)) == 2 * norms);

  SUBCASE("the file of a run") {
    CHECK(svhn.first_losses("end.safetensors") == last);
    CHECK(same(read_safetensors(svhn / "again.safetensors"), all));
  }
  SUBCASE("a state dict of PyTorch's: another order, and the numbers of mini-batches of its norms") {
    std::vector<StoredTensor> state;
    for (auto tensor = all.rbegin(); tensor != all.rend(); ++tensor) {
      state.push_back(stored(*tensor));
      if (!tensor->name.ends_with(".running_var")) continue;
      const std::string norm = tensor->name.substr(0, tensor->name.size() - std::strlen("running_var"));
      state.push_back({norm + "num_batches_tracked", "I64", {}, std::vector<std::byte>(8)});
    }
    write_stored(svhn / "torch.safetensors", state);
    CHECK(svhn.first_losses("torch.safetensors") == last);
    CHECK(same(read_safetensors(svhn / "again.safetensors"), all));
  }
  SUBCASE("a file without statistics: they are those of a new model") {
    std::vector<NamedTensor> parameters, with_new = all;
    std::ranges::copy_if(all, std::back_inserter(parameters),
                         [&](const auto& tensor) { return !is_statistics(tensor); });
    for (NamedTensor& tensor : with_new)
      if (is_statistics(tensor)) std::ranges::fill(tensor.values, tensor.name.ends_with("running_var") ? 1.f : 0.f);
    write_safetensors(svhn / "without.safetensors", parameters);
    write_safetensors(svhn / "new.safetensors", with_new);
    const auto without = svhn.first_losses("without.safetensors");
    CHECK(same(read_safetensors(svhn / "again.safetensors"), with_new));
    CHECK(without == svhn.first_losses("new.safetensors"));
    CHECK((without == last) == (norms == 0));
  }
}

TEST_CASE("init_from: svhn_3c3d, which has no statistics") { check_init_from("svhn_3c3d", 0); }

TEST_CASE("init_from: svhn_wrn164, with the statistics of its 13 norms") { check_init_from("svhn_wrn164", 13); }

}  // namespace
}  // namespace deepobs::test
