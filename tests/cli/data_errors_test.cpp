#include <doctest/doctest.h>

#include <algorithm>

#include "runner/results/json/json_reader.h"
#include "tests/cli/workplace.h"
#include "tests/file_content.h"
#include "tests/under_thread_sanitizer.h"

namespace deepobs::test {
namespace {

namespace fs = std::filesystem;

const Words fmnist{"run", "fmnist_logreg", "-o", "SGD", "--lr", "0.01", "--bs", "32", "-N", "1", "--data_dir", "data"};
const std::string train_images = "train-images-idx3-ubyte", train_labels = "train-labels-idx1-ubyte",
                  test_images = "t10k-images-idx3-ubyte", test_labels = "t10k-labels-idx1-ubyte";

/// How many of `many` places are tried: data are read by one thread, which ThreadSanitizer need not see everywhere.
constexpr std::size_t few_or(std::size_t many) { return under_thread_sanitizer ? 5 : many; }

/// Runs, and wants this status and these words, nothing trained and nothing written.
void expect(const Workplace& place, const Words& arguments, int status, const Words& parts) {
  const auto before = place.written();
  const auto finished = run_program(arguments, {.folder = place.path(), .environment = {"HOME=/nonexistent"}});
  INFO(finished.err);
  CHECK(finished.status == status);
  CHECK(without_warnings(finished.err).starts_with("deepobs: "));
  CHECK(finished.out.empty());
  for (const auto& part : parts) {
    INFO("wanted: ", part);
    CHECK(finished.err.find(part) != std::string::npos);
  }
  CHECK(place.written() == before);
}

Bytes bytes_in(const fs::path& file) { return bytes_of(content(file)); }

TEST_CASE("data_errors: data that are cut off anywhere are refused with the name of the file") {
  const Workplace place;
  for (const auto& name : {train_images, train_labels, test_images, test_labels}) {
    const auto file = place / "data/fmnist" / name;
    const auto whole = bytes_in(file);
    std::vector<std::size_t> sizes{0, 1, 3, 4, 7, 8, 9, 15, 16, 17, whole.size() - 1, whole.size() + 1};
    for (std::size_t i = 1; i < few_or(40); ++i) sizes.push_back(whole.size() * i / few_or(40));
    for (const auto size : sizes) {
      INFO(name, " of ", whole.size(), " bytes cut to ", size);
      auto part = whole;
      part.resize(size);
      write(file, part);
      expect(place, fmnist, 65, {name});
    }
    write(file, whole);
  }
  CHECK(run_program(fmnist + Words{"--no_logs"}, {.folder = place.path()}).status == 0);  // whole again
}

TEST_CASE("data_errors: compressed data that are cut off or changed are refused") {
  const Workplace place;
  const auto plain = place / "data/fmnist" / train_images;
  const auto packed = gzip(bytes_in(plain));
  fs::remove(plain);
  const auto file = place / "data/fmnist" / (train_images + ".gz");
  write(file, packed);
  REQUIRE(run_program(fmnist + Words{"--no_logs"}, {.folder = place.path()}).status == 0);
  for (std::size_t i = 0; i < few_or(30); ++i) {
    INFO("cut ", i);
    auto part = packed;
    part.resize(packed.size() * i / few_or(30));
    write(file, part);
    expect(place, fmnist, 65, {train_images + ".gz"});
  }
  for (std::size_t i = 0; i < few_or(30); ++i) {
    const auto at =
        12 + (packed.size() - 12) * i / few_or(30);  // behind gzip's own header, whose fields may be anything
    INFO("byte ", at, " changed");
    auto changed = packed;
    changed[at] ^= 0x55;
    write(file, changed);
    expect(place, fmnist, 65, {train_images + ".gz"});
  }
}

TEST_CASE("data_errors: headers that lie are refused") {
  const Workplace place;
  const auto images = place / "data/fmnist" / train_images;
  const auto pixels = pattern(256 * 784, 1);
  const auto refused = [&](const Bytes& bytes, const Words& parts) {
    write(images, bytes);
    expect(place, fmnist, 65, parts + Words{train_images});
  };
  refused(idx(2049, {256, 28, 28}, pixels), {"magic number 2049", "are images and labels swapped?"});
  refused(idx(0, {256, 28, 28}, pixels), {"magic number 0 "});
  refused(idx(0x08FF, {256, 28, 28}, pixels), {"magic number"});
  refused(idx(2051, {0, 28, 28}, pixels), {"holds 0 records"});
  refused(idx(2051, {4294967295U, 28, 28}, pixels), {"announces 4294967295 records"});
  refused(idx(2051, {60001, 28, 28}, pixels), {"announces 60001 records"});
  refused(idx(2051, {256, 4294967295U, 28}, pixels), {"extent 1", "4294967295; 28 expected"});
  refused(idx(2051, {256, 28, 0}, pixels), {"extent 2", "is 0; 28 expected"});
  refused(idx(2051, {255, 28, 28}, pixels), {"its header announces"});
  refused(idx_images(255, 1), {"255 images", "256 labels", train_labels});
}

TEST_CASE("data_errors: labels out of range are refused with the first bad sample") {
  const Workplace place;
  for (const std::uint8_t label : {10, 11, 255}) {
    auto labels = pattern(256, 2, 10);
    labels[200] = label;
    labels[250] = label;
    write(place / "data/fmnist" / train_labels, idx(2049, {256}, labels));
    expect(place, fmnist, 65,
           {train_labels, "sample 200 (byte 208) has the label " + std::to_string(label) + "; labels lie in 0 ... 9"});
  }
}

TEST_CASE("data_errors: labels of CIFAR out of range, and records cut off, are refused") {
  const Workplace place;
  const Words cifar{"run", "cifar10_3c3d", "-o", "SGD", "--lr", "0.01", "--bs", "4", "-N", "1", "--data_dir", "data"};
  const auto records = [](std::uint8_t label) {
    Bytes bytes;
    for (std::uint32_t i = 0; i < 8; ++i) append(bytes, joined({i == 5 ? label : std::uint8_t{3}}, pattern(3072, i)));
    return bytes;
  };
  write(place / "data/cifar10/data_batch_1.bin", records(3));
  write(place / "data/cifar10/test_batch.bin", records(10));
  expect(place, cifar, 65, {"test_batch.bin", "5", "10"});
  auto cut = records(3);
  cut.pop_back();
  write(place / "data/cifar10/test_batch.bin", cut);
  expect(place, cifar, 65, {"test_batch.bin"});
  write(place / "data/cifar10/test_batch.bin", {});
  expect(place, cifar, 65, {"test_batch.bin"});
}

TEST_CASE("data_errors: files of the official size with other content are refused with both checksums") {
  const Workplace place;
  write(place / "data/fmnist" / test_images, idx(2051, {10000, 28, 28}, Bytes(10000 * 784)));
  write(place / "data/fmnist" / test_labels, idx(2049, {10000}, Bytes(10000)));
  // 80142c1f: the CRC-32 of the official file, as unpacked with gzip from the distribution.
  expect(place, fmnist, 65, {test_labels, "is not the official", "80142c1f", "get the file again"});
}

TEST_CASE("data_errors: compressed data that are cut off are not complete to data list and --dry_run either") {
  const Workplace place;
  const Start start{.folder = place.path(), .environment = {"HOME=/nonexistent"}};
  const auto plain = place / "data/fmnist" / train_images;
  const auto content = bytes_in(plain);
  fs::remove(plain);
  const auto file = place / "data/fmnist" / (train_images + ".gz");
  const auto expect_state = [&](const std::string& state, int status) {
    const auto list = run_program({"data", "list", "--data_dir", "data"}, start);
    INFO(list.out);
    CHECK(list.status == 0);
    CHECK(list.out.find("\nfmnist    " + state) != std::string::npos);
    const auto dry = run_program(fmnist + Words{"--dry_run"}, start);
    CHECK(dry.status == status);
    if (status != 0) CHECK(dry.err == run_program(fmnist, start).err);
    return list.out;
  };
  auto packed = gzip(content);
  write(file, packed);
  expect_state("subset", 0);
  packed.resize(packed.size() * 9 / 10);
  write(file, packed);
  CHECK(expect_state("DAMAGED", 65).find("inside its gzip data") != std::string::npos);

  // Several members are one content, though the last one's trailer tells only of itself.
  const auto half = content.begin() + static_cast<std::ptrdiff_t>(content.size() / 2);
  write(file, joined(gzip({content.begin(), half}), gzip({half, content.end()})));
  expect_state("subset", 0);
}

TEST_CASE("data_errors: data that are missing get status 66, what is needed, and where to get it") {
  const Workplace place;
  fs::remove(place / "data/fmnist" / test_labels);
  expect(place, fmnist, 66,
         {"data set fmnist", test_labels + ".gz not there", "apt-get install dataset-fashion-mnist"});
  expect(place, {"run", "mnist_mlp", "-o", "SGD", "--lr", "0.01", "--data_dir", "data"}, 66,
         {"data set mnist (MNIST) was not found", "train-images-idx3-ubyte.gz", "below     data", "get it"});
}

TEST_CASE("data_errors: a batch larger than the data is refused") {
  const Workplace place;
  auto larger = fmnist;
  larger[7] = "65";  // of 64 test examples
  expect(place, larger, 64, {"batch_size 65 is more than the 64 examples of the test set"});
}

TEST_CASE("data_errors: files of initial parameters that are not right are refused") {
  const Workplace place;
  const Start start{.folder = place.path()};
  const Words from = fmnist + Words{"--init_from", "state.safetensors"};
  expect(place, from, 66, {"there is no file 'state.safetensors'"});

  REQUIRE(run_program(fmnist + Words{"--no_logs", "--save_params", "state.safetensors"}, start).status == 0);
  const auto whole = bytes_in(place / "state.safetensors");
  for (std::size_t i = 0; i < 60; i += 60 / few_or(60)) {
    auto part = whole;
    part.resize(i < 20 ? i : whole.size() * (i - 19) / 41);
    INFO("cut to ", part.size(), " of ", whole.size());
    write(place / "state.safetensors", part);
    expect(place, from, 65, {"state.safetensors"});
  }
  auto longer = whole;
  longer.push_back(0);
  write(place / "state.safetensors", longer);
  expect(place, from, 65, {"state.safetensors"});
  auto header = whole;  // its length, in the first eight bytes, is made absurd
  header[7] = 0x7f;
  write(place / "state.safetensors", header);
  expect(place, from, 65, {"state.safetensors"});

  write(place / "state.safetensors", whole);
  Words other = from;
  other[1] = "fmnist_mlp";
  expect(place, other, 65,
         {"state.safetensors does not fit the model", "it lacks: fc1.weight, fc1.bias", "the model has no: fc.weight"});
  for (const std::uint8_t last : {0x7f, 0xff}) {  // the last float becomes infinite
    auto infinite = whole;
    const Bytes value{0x00, 0x00, 0x80, last};
    std::ranges::copy(value, infinite.end() - 4);
    write(place / "state.safetensors", infinite);
    expect(place, from, 65,
           {"state.safetensors: tensor 'fc.bias' holds ", last == 0x7f ? " inf (" : " -inf (",
            "(value 9 of 10, counted from 0)", "are not finite"});
  }
  fs::resize_file(place / "state.safetensors", std::uintmax_t{8} << 30);  // without using the disk
  expect(place, from, 65, {"'state.safetensors' has 8589934592 bytes; files of this kind have at most 4294967296"});
  fs::create_directory(place / "folder");
  expect(place, fmnist + Words{"--init_from", "folder"}, 74, {"'folder' is a folder, but a file is needed"});
}

TEST_CASE("data_errors: an output folder that cannot be written is refused before the training") {
  const Workplace place;
  write(place / "file", bytes_of("x"));
  const auto refused = [&](const std::string& folder, const std::string& why) {
    expect(place, fmnist + Words{"--output_dir", folder}, 74,
           {"deepobs: cannot write to the results folder '" + folder + "': ", why});
  };
  refused("file", "file' is a file where a folder is needed");
  refused("file/below", "file/below': Not a directory");
  refused("/proc/results", ": cannot make a folder in '/proc': No such file or directory (errno 2)\n");
  refused("/proc/far/results", ": cannot make a folder in '/proc': No such file or directory (errno 2)\n");
  expect(place, fmnist + Words{"--save_params", "nowhere/x"}, 74, {"save_params: there is no folder nowhere"});
  expect(place, fmnist + Words{"--save_params", "/proc/x.st"}, 74,
         {"save_params: cannot write '/proc/x.st': cannot create '"});
  expect(place, fmnist + Words{"--save_params", std::string(250, 'x')}, 74,
         {"save_params: cannot write 'xxx", "x': ", "too long"});
  fs::create_directories(place / "folder");
  expect(place, fmnist + Words{"--save_params", "folder"}, 74, {"save_params: folder is there already and is no file"});
  expect(place, fmnist + Words{"--save_params", "/dev/null"}, 74, {"/dev/null is there already and is no file"});
  CHECK(fs::is_character_file("/dev/null"));
  fs::create_directories(place / "results/fmnist_logreg");
  write(place / "results/fmnist_logreg/SGD", bytes_of("in the way"));
  expect(place, fmnist, 74, {"SGD' is a file where a folder is needed"});
}

TEST_CASE("data_errors: a result is not lost because the parameters could not be saved, nor the other way round") {
  const Workplace place;
  // 31400 bytes of parameters; the result has a few thousand.
  const auto no_parameters =
      run_with_file_limit(32, fmnist + Words{"--save_params", "state.safetensors"}, {.folder = place.path()});
  INFO(no_parameters.err);
  CHECK(no_parameters.status == 74);
  const auto written = place.written();
  REQUIRE(written.size() == 5);
  CHECK(no_parameters.err.find("deepobs: save_params: cannot write ") != std::string::npos);
  CHECK(no_parameters.err.find("; the result is complete in '" + (place / written.back()).string() + "'\n") !=
        std::string::npos);
  require_full_lists(read_result(place / written.back()), written.back());

  const Workplace other;
  Words longer = fmnist;
  *(std::ranges::find(longer, "-N") + 1) = "300";
  const auto no_result =
      run_with_file_limit(100, longer + Words{"--save_params", "state.safetensors"}, {.folder = other.path()});
  INFO(no_result.err);
  CHECK(no_result.status == 74);
  CHECK(no_result.err.find("': File too large") != std::string::npos);
  CHECK(other.written() == Words{"state.safetensors"});
}

TEST_CASE("data_errors: names of files in any bytes cost no result") {
  const Workplace place;
  const Start start{.folder = place.path()};
  fs::rename(place / "data", place / "\xFE");
  Words run = fmnist;
  *std::ranges::find(run, "data") = "\xFE";
  REQUIRE(run_program(run + Words{"--no_logs", "--save_params", "\xFF.st"}, start).status == 0);
  const auto finished = run_program(run + Words{"--init_from", "\xFF.st", "--output_dir", "out\xFD"}, start);
  INFO(finished.err);
  CHECK(finished.status == 0);
  const auto files = tree(place / "out\xFD");
  REQUIRE(files.size() == 4);
  const auto json = bytes_in(place / "out\xFD" / files.back());
  const std::string text(json.begin(), json.end());
  CHECK(text.find("\"init_from\": \"\\\\xff.st\"") != std::string::npos);
  CHECK(text.find("\"folder\": \"\\\\xfe/fmnist\"") != std::string::npos);
  CHECK(run_program(run + Words{"--output_dir", "out\xFD", "--dry_run", "--json"}, start).status == 0);
}

TEST_CASE("data_errors: a data folder without the set is passed over with a warning") {
  const Workplace place;
  Words arguments = fmnist + Words{"--no_logs"};
  *std::ranges::find(arguments, "data") = "elsewhere";
  fs::create_directory(place / "elsewhere");
  const auto finished = run_program(arguments, {.folder = place.path(), .environment = {"HOME=/nonexistent"}});
  CHECK(finished.status == 0);
  CHECK(finished.err.find("WARNING: data_dir elsewhere has no data set fmnist; using data/fmnist") !=
        std::string::npos);
  // A link to the set is the set.
  fs::create_directory_symlink(place / "data/fmnist", place / "elsewhere/fmnist");
  CHECK(run_program(arguments, {.folder = place.path()}).err.find("WARNING: data_dir") == std::string::npos);
}

TEST_CASE(
    "data_errors: usual places that cannot be looked into are passed over, and named where no place has the set") {
  const Workplace place;
  fs::create_directories(place / "home/.local");
  fs::create_symlink("share", place / "home/.local/share");  // a loop: as closed to root as to others
  const Start start{.folder = place.path(), .environment = {"HOME=" + (place / "home").string()}};
  Words usual = fmnist + Words{"--no_logs"};
  usual.erase(std::ranges::find(usual, "--data_dir"), usual.end());
  usual.push_back("--no_logs");
  fs::rename(place / "data", place / "aside");
  fs::create_symlink("data", place / "data");
  fs::create_directory(place / "data_deepobs");
  fs::create_symlink("fmnist", place / "data_deepobs/fmnist");
  fs::create_symlink("mnist", place / "data_deepobs/mnist");

  const std::string cannot_look = ": Too many levels of symbolic links";
  const auto list = run_program({"data", "list"}, start);
  INFO(list.out);
  CHECK(list.status == 0);
  CHECK(list.out.find("DAMAGED") == std::string::npos);
  CHECK(list.out.find("could not look into data_deepobs/mnist" + cannot_look) != std::string::npos);
  const auto check = run_program({"data", "check", "mnist"}, start);
  INFO(check.out);
  CHECK(check.status == 66);
  CHECK(check.out.find("DAMAGED") == std::string::npos);
  for (const auto& closed : Words{"data_deepobs/mnist", "data", (place / "home/.local/share/deepobs").string()})
    CHECK(check.out.find("could not look into " + closed + cannot_look) != std::string::npos);
  // Behind them the set is found.
  fs::remove(place / "home/.local/share");
  fs::create_directories(place / "home/.local/share");
  fs::rename(place / "aside", place / "home/.local/share/deepobs");
  const auto found = run_program(usual, start);
  INFO(found.err);
  CHECK(found.status == 0);
  CHECK(run_program(usual + Words{"--dry_run"}, start).status == 0);
}

TEST_CASE("data_errors: a data_dir that is not there or cannot be looked into is the user's mistake") {
  const Workplace place;
  fs::create_symlink("loop", place / "loop");
  write(place / "file", bytes_of("x"));
  const auto refused = [&](const std::string& data_dir, int status, const std::string& why) {
    INFO(data_dir);
    Words run = fmnist + Words{"--no_logs"};
    *std::ranges::find(run, "data") = data_dir;
    expect(place, run, status, {why});
    for (const auto& other : {run + Words{"--dry_run"}, Words{"data", "list", "--data_dir", data_dir},
                              Words{"data", "check", "--data_dir", data_dir},
                              Words{"bench", "fmnist_logreg", "--data_dir", data_dir, "--seconds", "0.01"}}) {
      const auto finished = run_program(other, {.folder = place.path(), .environment = {"HOME=/nonexistent"}});
      INFO(other[0], " ", other[1], ": ", finished.err);
      CHECK(finished.status == status);
      CHECK(finished.err.find(why) != std::string::npos);
    }
  };
  refused("elsewhere", 66, "data_dir: there is no folder elsewhere");
  refused("loop", 74, "data_dir: cannot look into loop: Too many levels of symbolic links");
  refused("file", 74, "data_dir: file is a file, but a folder is needed");
}

TEST_CASE("data_errors: in a current folder that has gone, data and results elsewhere are used all the same") {
  const Workplace place;
  fs::create_directory(place / "gone");
  Words shell{"-c", "rmdir ../gone; exec \"$0\" \"$@\"", DEEPOBS_PROGRAM};
  Words run = fmnist + Words{"--output_dir", (place / "results").string()};
  *std::ranges::find(run, "data") = (place / "data").string();
  const Start start{.folder = place / "gone", .environment = {"HOME=/nonexistent"}, .program = "/bin/sh"};
  const auto finished = run_program(shell + run, start);
  INFO(finished.err);
  CHECK(finished.status == 0);
  CHECK(tree(place / "results").size() == 4);
  fs::create_directory(place / "gone");
  const auto list = run_program(shell + Words{"data", "list"}, start);
  INFO(list.err);
  CHECK(list.status == 0);
}

TEST_CASE("data_errors: a diverged run says so even when it is quiet") {
  const Workplace place;
  const auto finished = run_program({"run", "fmnist_logreg", "--optimizer", "SGD", "--lr", "1e38", "--bs", "16",
                                     "--num_epochs", "1", "--no_logs", "--quiet"},
                                    {.folder = place.path()});
  CHECK(finished.status == 0);
  CHECK(finished.out.empty());
  CHECK(finished.err.find("WARNING: diverged in epoch 0 at step ") != std::string::npos);
}

}  // namespace
}  // namespace deepobs::test
