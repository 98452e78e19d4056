#include "runner/analysis/reading/bulk_reader.h"

#include <doctest/doctest.h>

#include <filesystem>

#include "tests/error_of.h"
#include "tests/runner/analysis/reading/random_bytes.h"
#include "tests/runner/analysis/result_tree.h"
#include "tests/temp_dir.h"

namespace deepobs {
using test::check_equal;
using test::nested;
using test::ours;

TEST_CASE("bulk_reader: what the strict reader gives, of both schemas") {
  BulkReader reader;
  for (const std::string& json : {ours, nested, test::json_of({})}) {
    const auto quick = reader.parse(json);
    REQUIRE(quick);
    check_equal(*quick, parse_result(json, "a.json"));
  }
  CHECK(reader.parse(ours)->divergence->step == 1);
  CHECK(reader.parse(ours)->optimizer == "Adam \"\U0001F600");
}

TEST_CASE("bulk_reader: of every golden file what the strict reader gives") {
  namespace fs = std::filesystem;
  BulkReader reader;
  int files = 0;
  for (const auto& entry :
       fs::recursive_directory_iterator(fs::path(DEEPOBS_SOURCE_DIR) / "tests/golden/analysis/trees"))
    if (entry.path().filename().string().starts_with("random_seed__")) {
      check_equal(reader.read(entry.path()), read_result(entry.path()));
      ++files;
    }
  CHECK(files > 100);
  CHECK(reader.doubtful() == 0);
}

TEST_CASE("bulk_reader: what is not as expected is left to the strict reader") {
  BulkReader reader;
  const auto without = [](std::string text, const std::string& part, const std::string& instead = "") {
    const auto at = text.find(part);
    REQUIRE(at != std::string::npos);
    return text.replace(at, part.size(), instead);
  };
  for (const std::string& json : {std::string(),
                                  std::string("{}"),
                                  std::string("[1]"),
                                  std::string("3"),
                                  ours + "x",
                                  ours + ours,
                                  without(ours, "\"test_losses\"", "\"other\""),
                                  without(ours, "\"optimizer\"", "\"other\""),
                                  without(ours, "[2.3, NaN", "[2.3, NaNx"),
                                  without(ours, "[2.3, NaN", "[2.3, \"NaN\""),
                                  without(ours, "[2.3, NaN", "[2.3, null"),
                                  without(ours, "[2.3, NaN", "[2.3, 1e999"),
                                  without(ours, "[2.3, NaN", "[2.3 NaN"),
                                  without(ours, "\"num_epochs\": 2", "\"num_epochs\": 2.0"),
                                  without(ours, "\"num_epochs\": 2", "\"num_epochs\": null"),
                                  without(ours, "\"threads\": 2", "\"num_epochs\": 2"),
                                  without(ours, "\"amsgrad\": false", "\"amsgrad\": fals"),
                                  without(ours, "\"amsgrad\": false", "\"amsgrad\": {}"),
                                  without(ours, "\"none\": null", "\"none\": nul"),
                                  without(ours, "\"none\": null", "\"steps\": 3"),
                                  without(ours, "\"diverged_at_step\": 469,", ""),
                                  without(nested, "\"optimizer_hyperparams\"", "\"hyperparams\""),
                                  without(ours, "\\u0064", "\xff")}) {
    CAPTURE(json);
    CHECK_FALSE(reader.parse(json));
  }
}

TEST_CASE("bulk_reader: a file that is cut off anywhere is refused, with its path") {
  const TempDir folder;
  BulkReader reader;
  for (std::size_t size = 0; size < ours.size() - 2; size += 1 + size / 40) {
    test::write_file(folder / "cut.json", ours.substr(0, size));
    check_error([&] { reader.read(folder / "cut.json"); }, Fault::data, (folder / "cut.json").string());
  }
  CHECK(reader.doubtful() > 50);
  check_error([&] { reader.read(folder / "none.json"); }, Fault::missing, "none.json");
}

TEST_CASE("bulk_reader: a file that is no result by its size is refused by both readers in the same words") {
  const TempDir folder;
  const auto path = folder / "huge.json";
  test::write_file(path, "{");
  std::filesystem::resize_file(path, most_result_bytes + 1);  // a hole: it takes no room
  const std::string words = "268435457 bytes; files of this kind have at most 268435456";
  check_error([&] { BulkReader().read(path); }, Fault::data, {path.string(), words});
  check_error([&] { read_result(path); }, Fault::data, {path.string(), words});
}

TEST_CASE("bulk_reader: bytes at random are read as the strict reader reads them, or left to it") {
  CHECK(test::read_random_bytes(20000, 1) > 2000);
}

}  // namespace deepobs
