#include <doctest/doctest.h>

#include <set>

#include "problems/data/data_format.h"
#include "problems/data/datasets.h"
#include "problems/problem.h"

// What every data set's file of facts must hold.

namespace deepobs {
namespace {

TEST_CASE("data sets: the facts of each fit together") {
  std::set<std::string> names, folders;
  for (const DatasetInfo& info : data_sets()) {
    INFO(info.name);
    CHECK(names.insert(info.name).second);
    CHECK(&find_data_set(info.name) == &info);
    CHECK(!info.title.empty());
    CHECK(info.train > 0);
    CHECK(info.test > 0);
    REQUIRE(!info.columns.empty());
    std::set<std::string> columns;
    for (const Column& column : info.columns) {
      CHECK(columns.insert(column.name).second);
      CHECK((column.kinds > 0) == (column.type == Type::i32));
      CHECK(column.kinds_name.empty() == (column.kinds == 0));
      CHECK_NOTHROW(no_values(column));  // of a type that a set can hold
    }
    CHECK(info.is_generated() == info.files.empty());
    CHECK(info.is_generated() == (info.format == nullptr));
    if (info.is_generated()) continue;
    CHECK(!info.how_to_get.empty());
    CHECK(info.how_to_get.find("FOLDER") != std::string::npos);
    CHECK(!info.format->proves().empty());
    for (const std::string& folder : info.folders) CHECK(folders.insert(folder).second);
    CHECK(info.archive.empty() == (info.archive_bytes == 0));

    Counts all;
    for (const FileInfo& file : info.files) {
      all.emplace_back(file.records);
      for (const std::string& column : file.columns) CHECK(columns.contains(column));
    }
    CHECK(missing_parts(info, all).empty());
    CHECK(incomplete_notes(info, all).empty());
    CHECK(records_of(info, all, DataPart::train) == info.train);
    CHECK(records_of(info, all, DataPart::test) == info.test);
    CHECK(records_of(info, all, DataPart::valid) == info.valid);
  }
  for (const Problem& problem : problems()) CHECK(names.contains(problem.dataset));
}

TEST_CASE("data sets: what lists call the records") {
  CHECK(content_words(find_data_set("mnist").columns, true) == "images [H, W, C] [28, 28, 1]");
  CHECK(content_words(find_data_set("cifar10").columns, false) == "images");
  CHECK(content_words(find_data_set("quadratic").columns, true) == "points [100]");
  CHECK(content_words(find_data_set("two_d").columns, true) == "x, y");
  const Column token{.name = "characters", .type = Type::i32, .kinds = 83, .kinds_name = "symbols"};
  CHECK(content_words({token}, false) == "characters");
}

}  // namespace
}  // namespace deepobs
