#include <doctest/doctest.h>

#include <cstring>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include "problems/data/data_format.h"
#include "problems/data/dataset_status.h"
#include "problems/data/datasets.h"
#include "problems/data/locate.h"
#include "runner/training/standard_runner.h"
#include "runner/training/stream/check_records.h"
#include "tests/error_of.h"
#include "tests/problems/data/make_files.h"
#include "tests/problems/data/scribbles.h"
#include "tests/temp_dir.h"

// A set whose files deepobs finds: lists of a file for each record, as image folders have them.

namespace deepobs {
namespace {

namespace fs = std::filesystem;
using namespace test;

struct Listed {
  std::int32_t label = 0;
  fs::path file = {};
};

/// "3 a/b.raw", a line for each record. Errors: missing, data.
std::vector<Listed> read_list(const fs::path& list) {
  std::ifstream in(list);
  require(in.good(), Fault::missing, "there is no ", list.string());
  std::vector<Listed> listed;
  while (in >> std::ws && in.peek() != std::ifstream::traits_type::eof()) {
    Listed next;
    in >> next.label >> next.file;
    require(!in.fail(), Fault::data, list.string(), ", line ", listed.size() + 1, ": no label and name");
    next.file = list.parent_path() / next.file;
    listed.push_back(next);
  }
  return listed;
}

/// All that a new format of a streamed set is: how one record is read, and how many there are.
class ListedFiles final : public DataFormat {
 public:
  bool streams() const override { return true; }

  Counts load(const DatasetInfo& info, const Location& where, Dataset& set) const override {
    Counts counts = files_there(where);
    require_parts(info, where, counts);
    for (std::size_t i = 0; i < counts.size(); ++i) {
      auto listed = read_list(where.files[i]);
      Split& split = set.part(*info.files[i].part);
      split.count = *(counts[i] = std::ssize(listed));
      split.source = {
          .count = split.count,
          .read = [listed = std::move(listed), part = *info.files[i].part](std::int64_t index, const RecordPlace& to) {
            const auto& [label, file] = listed[static_cast<std::size_t>(index)];
            const auto image = to.values<std::uint8_t>(0);
            std::ifstream in(file, std::ios::binary);
            in.read(reinterpret_cast<char*>(image.data()), std::ssize(image));
            require(in.good(), Fault::data, file.string(), " is cut off or not there");
            to.values<std::int32_t>(1)[0] = label;
            to.values<float>(2)[0] = scribble_factor({}, part, index);
          }};
    }
    return counts;
  }

  std::int64_t records(const DatasetInfo&, const FileInfo&, const fs::path& path) const override {
    return std::ssize(read_list(path));
  }

  std::string proves() const override { return "every file is as long as an image; labels in range"; }
};

DatasetInfo listed_scribbles() {
  DatasetInfo info{
      .name = "scribbles", .title = "Scribbles in files", .columns = scribble_columns(), .train = 45, .test = 17};
  info.format = std::make_shared<ListedFiles>();
  info.folders = {"scribbles"};
  info.files = {{{"train.txt"}, DataPart::train, {"images", "labels", "factors"}, 45, {}},
                {{"test.txt"}, DataPart::test, {"images", "labels", "factors"}, 17, {}}};
  info.how_to_get = "draw them into FOLDER";
  return info;
}

/// The records of scribbles_in_memory().
void write_scribbles(const fs::path& folder) {
  for (const DataPart part : {DataPart::train, DataPart::test}) {
    std::string list;
    for (std::int64_t i = 0; i < Records().of(part); ++i) {
      Bytes image(90);
      std::int32_t label = 0;
      scribble(part, i, image, label);
      const std::string name = text("images/", name_of(part), i, ".raw");
      write(folder / name, image);
      list += text(label, ' ', name, '\n');
    }
    write(folder / (part == DataPart::train ? "train.txt" : "test.txt"), bytes_of(list));
  }
}

TEST_CASE("streamed files: a format that opens a set is all that a run on folders of files needs") {
  const TempDir folder;
  write_scribbles(folder / "scribbles");
  const DatasetInfo info = listed_scribbles();
  CHECK(info.is_streamed());
  CHECK_FALSE(info.is_generated());
  const std::vector<DataPlace> places{folder.path()};
  const DatasetStatus status = dataset_status(info, places);
  CHECK(status.state == DataState::complete);
  CHECK(status.train_samples == 45);
  const Dataset set = load_dataset(info, places);
  CHECK(set.complete);
  CHECK(set.folder == folder / "scribbles");
  check_records(set, 3);

  const RunConfig config{.testproblem = "scribbles_logreg",
                         .optimizer = "Adam",
                         .learning_rate = 0.01,
                         .data_dir = folder.path(),
                         .no_logs = true,
                         .threads = 2};
  const auto result = [&](const DatasetInfo& of) {
    RunConfig one = config;
    if (of.is_generated()) one.data_dir.clear();
    return StandardRunner(Catalogue({.problems = {scribbles_logreg()}, .data_sets = {of}})).run(one);
  };
  const RunResult streamed = result(info), memory = result(scribbles_in_memory());
  CHECK(streamed.minibatch_train_losses == memory.minibatch_train_losses);
  CHECK(streamed.test.losses == memory.test.losses);
  CHECK(streamed.data_folder == (folder / "scribbles").string());

  // Damage is found by a run that needs the record, or by a check of all.
  write(folder / "scribbles/images/test16.raw", Bytes(89));
  const std::string damage =
      "data set scribbles, test record 16: " + (folder / "scribbles/images/test16.raw").string() +
      " is cut off or not there";
  CHECK(dataset_status(info, places).state == DataState::complete);
  CHECK(result(info).test.losses == memory.test.losses);  // 17 records are four mini-batches of 4
  check_error([&] { check_records(set, 3); }, Fault::data, damage);
}

TEST_CASE("streamed files: what is missing, damaged or less than official is told as of any set") {
  const TempDir folder;
  const DatasetInfo info = listed_scribbles();
  const std::vector<DataPlace> places{folder.path()};
  check_error([&] { load_dataset(info, places); }, Fault::missing, "train.txt, test.txt");
  write_scribbles(folder / "scribbles");
  write(folder / "scribbles/test.txt", bytes_of("0 images/test0.raw\n1 images/test1.raw\n"));
  const Dataset less = load_dataset(info, places);
  CHECK(less.notes == std::vector<std::string>{"test.txt has 2 of 17 test samples"});
  CHECK(dataset_status(info, places).state == DataState::subset);
  write(folder / "scribbles/test.txt", bytes_of("0 images/test0.raw\nx\n"));
  check_error([&] { load_dataset(info, places); }, Fault::data, "test.txt, line 2: no label and name");
  CHECK(dataset_status(info, places).state == DataState::damaged);
  write(folder / "scribbles/test.txt", bytes_of("4 images/test0.raw\n"));
  check_error([&] { check_records(load_dataset(info, places), 1); }, Fault::data,
              "test record 0: labels has the value 4, not 0 to 3");
  fs::remove(folder / "scribbles/test.txt");
  check_error([&] { load_dataset(info, places); }, Fault::missing, "test.txt not there");
}

}  // namespace
}  // namespace deepobs
