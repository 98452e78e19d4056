#include "problems/data/locate.h"

#include <doctest/doctest.h>

#include "tests/error_of.h"
#include "tests/problems/data/make_files.h"
#include "tests/temp_dir.h"

namespace deepobs {
namespace {

using namespace test;
namespace fs = std::filesystem;

std::optional<Location> find(const std::string& name, std::vector<DataPlace> places) {
  return locate(find_data_set(name), places);
}

std::vector<fs::path> folders_of(const std::vector<DataPlace>& places) {
  std::vector<fs::path> folders;
  for (const auto& place : places) folders.push_back(place.folder);
  return folders;
}

TEST_CASE("the places, in order") {
  const TempDir dir;
  const auto given = search_places(dir.path(), "/home/me");
  CHECK(folders_of(given) == std::vector<fs::path>{dir.path(), "data_deepobs", "data", "/home/me/.local/share/deepobs",
                                                   "/usr/local/share/datasets", "/usr/share/datasets"});
  for (const auto& place : given) CHECK(place.usual == (place.folder != dir.path()));
  CHECK(folders_of(search_places("", "")) ==
        std::vector<fs::path>{"data_deepobs", "data", "/usr/local/share/datasets", "/usr/share/datasets"});
  fs::create_directories(dir / ".local/share/deepobs");
  const auto twice = search_places(dir / ".local/share/deepobs", dir.path());  // is looked into once
  CHECK(twice.size() == 5);
  CHECK(!twice.front().usual);
}

TEST_CASE("every folder name and file name is found, and found in its order") {
  const TempDir dir;
  struct Case {
    std::string set, folder, file;
  };
  std::vector<Case> cases;
  for (const std::string file : {"train-labels-idx1-ubyte.gz", "train-labels-idx1-ubyte", "train-labels.idx1-ubyte.gz",
                                 "train-labels.idx1-ubyte"}) {
    for (const std::string folder : {"mnist", "MNIST/raw"}) cases.push_back({"mnist", folder, file});
    for (const std::string folder : {"fmnist", "fashion-mnist", "FashionMNIST/raw"})
      cases.push_back({"fmnist", folder, file});
  }
  for (const std::string folder : {"cifar-10", "cifar-10-batches-bin", "cifar10"})
    for (const std::string file : {"test_batch.bin", "cifar-10-binary.tar.gz"})
      cases.push_back({"cifar10", folder, file});
  for (const std::string folder : {"cifar-100", "cifar-100-binary", "cifar100"})
    for (const std::string file : {"test.bin", "cifar-100-binary.tar.gz"}) cases.push_back({"cifar100", folder, file});
  cases.push_back({"cifar10", ".", "cifar-10-binary.tar.gz"});
  cases.push_back({"cifar100", ".", "cifar-100-binary.tar.gz"});
  int number = 0;
  for (const Case& c : cases) {
    CAPTURE(c.set);
    CAPTURE(c.folder);
    CAPTURE(c.file);
    const fs::path place = dir / std::to_string(++number);
    write(place / c.folder / c.file, bytes_of("x"));
    const auto found = find(c.set, {dir / "nowhere", place});
    REQUIRE(found.has_value());
    CHECK(fs::equivalent(found->folder, place / c.folder));
    const bool archive = c.file.ends_with("tar.gz");
    CHECK(found->archive.empty() == !archive);
    CHECK(fs::equivalent(found->found_in(), archive ? place / c.folder / c.file : place / c.folder));
    if (!archive) {
      int there = 0;
      for (const fs::path& file : found->files)
        if (!file.empty()) {
          ++there;
          CHECK(file.filename() == c.file);
        }
      CHECK(there == 1);
    }
    for (const DatasetInfo& other : data_sets())
      if (other.name != c.set) CHECK(!find(other.name, {place}).has_value());
  }
  CHECK(number == 34);
}

TEST_CASE("the first place wins, then the first folder name, then files before an archive, then .gz") {
  const TempDir dir;
  const auto file = [&](const std::string& path) { return write(dir / path, bytes_of("x")); };
  file("b/cifar-10-binary.tar.gz");
  CHECK(find("cifar10", {dir / "a", dir / "b"})->found_in() == dir / "b/cifar-10-binary.tar.gz");
  file("b/cifar10/cifar-10-binary.tar.gz");
  CHECK(find("cifar10", {dir / "a", dir / "b"})->found_in() == dir / "b/cifar10/cifar-10-binary.tar.gz");
  file("b/cifar10/test_batch.bin");
  CHECK(find("cifar10", {dir / "a", dir / "b"})->found_in() == dir / "b/cifar10");
  file("b/cifar-10/data_batch_3.bin");
  CHECK(find("cifar10", {dir / "a", dir / "b"})->found_in() == dir / "b/cifar-10");
  file("a/cifar-10-binary.tar.gz");
  CHECK(find("cifar10", {dir / "a", dir / "b"})->found_in() == dir / "a/cifar-10-binary.tar.gz");
  file("a/mnist/t10k-images-idx3-ubyte");
  file("a/mnist/t10k-images-idx3-ubyte.gz");
  CHECK(find("mnist", {dir / "a"})->files[2].filename() == "t10k-images-idx3-ubyte.gz");
  fs::create_directories(dir / "c/mnist");  // an empty folder is passed over
  CHECK(find("mnist", {dir / "c", dir / "a"})->folder == dir / "a/mnist");
}

TEST_CASE("a place that is itself the folder of a set is known by its name alone") {
  const TempDir dir;
  for (const std::string folder : {"fmnist", "FashionMNIST/raw", "other"})
    write(dir / folder / "train-images-idx3-ubyte.gz", bytes_of("x"));
  CHECK(find("fmnist", {dir / "fmnist"})->folder == dir / "fmnist");
  CHECK(find("fmnist", {dir / "fmnist/"})->folder == dir / "fmnist/");
  CHECK(find("fmnist", {dir / "other/../fmnist"}).has_value());
  CHECK(find("fmnist", {dir / "FashionMNIST/raw"})->folder == dir / "FashionMNIST/raw");
  CHECK(!find("mnist", {dir / "fmnist"}).has_value());
  CHECK(!find("mnist", {dir / "FashionMNIST/raw"}).has_value());
  CHECK(!find("fmnist", {dir / "other"}).has_value());
}

TEST_CASE("what is not found says what is needed, where it was looked for, and how to get it") {
  const TempDir dir;
  const std::vector<DataPlace> places{dir.path(), fs::path("/nowhere/at/all")};
  const std::string message = not_found_text(find_data_set("fmnist"), places);
  for (const std::string word :
       {"fmnist", "train-images-idx3-ubyte.gz, train-labels-idx1-ubyte.gz, t10k-images-idx3-ubyte.gz",
        "fmnist, fashion-mnist, FashionMNIST/raw", "/nowhere/at/all (does not exist)",
        "apt-get install dataset-fashion-mnist", "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/"}) {
    CAPTURE(word);
    CHECK(message.find(word) != std::string::npos);
  }
  CHECK(message.find(dir.path().string() + " (does not exist)") == std::string::npos);
  CHECK(not_found_text(find_data_set("cifar10"), places).find("cifar-10-binary.tar.gz") != std::string::npos);
}

TEST_CASE("a place that cannot be looked into is an error, not an absence") {
  const TempDir dir;
  fs::create_symlink("loop", dir / "loop");
  check_error([&] { find("mnist", {dir / "loop"}); }, Fault::io, {"cannot look for", "loop"});
}

TEST_CASE("a usual place that cannot be looked into is passed over, and told where no place has the set") {
  const TempDir dir;
  fs::create_symlink("loop", dir / "loop");
  fs::create_directories(dir / "half/mnist");
  fs::create_symlink("MNIST", dir / "half/MNIST");
  write(dir / "good/mnist/train-images-idx3-ubyte", bytes_of("x"));
  const DataPlace loop(dir / "loop", true), half(dir / "half", true);
  CHECK(find("mnist", {loop, half, dir / "good"})->folder == dir / "good/mnist");

  const std::vector<DataPlace> places{loop, half};
  CHECK(!find("mnist", places).has_value());
  const std::vector<std::string> told{
      "could not look into " + loop.folder.string() + ": Too many levels of symbolic links",
      "could not look into " + (half.folder / "MNIST/raw").string() + ": Too many levels of symbolic links"};
  CHECK(passed_over(find_data_set("mnist"), places) == told);
  for (const auto& each : told) CHECK(not_found_text(find_data_set("mnist"), places).find(each) != std::string::npos);
}

TEST_CASE("a data_dir that is none is refused") {
  const TempDir dir;
  fs::create_symlink("loop", dir / "loop");
  write(dir / "file", bytes_of("x"));
  check_error([&] { search_places(dir / "nowhere", ""); }, Fault::missing,
              {"data_dir: there is no folder ", "nowhere"});
  check_error([&] { search_places(dir / "loop", ""); }, Fault::io, {"data_dir: cannot look into ", "Too many levels"});
  check_error([&] { search_places(dir / "file", ""); }, Fault::io, {"file is a file, but a folder is needed"});
}

TEST_CASE("an unknown name is answered with the known ones") {
  check_error([] { find_data_set("minst"); }, Fault::usage,
              {"unknown data set 'minst'", "did you mean mnist?", "cifar10, cifar100, fmnist, mnist"});
  CHECK(find_data_set("mnist").train == 60000);
  CHECK(find_data_set("fmnist").test == 10000);
  CHECK(find_data_set("cifar10").train == 50000);
  CHECK(find_data_set("cifar10").test == 10000);
  CHECK(find_data_set("cifar100").train == 50000);
  CHECK(find_data_set("cifar100").test == 10000);
}

}  // namespace
}  // namespace deepobs
