#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "runner/analysis/analysis.h"
#include "runner/analysis/output/analysis_csv.h"
#include "runner/analysis/output/analysis_json.h"
#include "runner/analysis/output/analysis_text.h"
#include "runner/analysis/output/foreign_text.h"
#include "runner/analysis/output/performance_latex.h"
#include "runner/analysis/output/sparkline.h"
#include "runner/results/text/text_table.h"
#include "tests/runner/analysis/result_tree.h"
#include "tests/temp_dir.h"

namespace deepobs {

TEST_CASE("output: names are text and nothing else") {
  CHECK(latex_text("a_b%\\input{x}$^~&#") ==
        "a\\_b\\%\\textbackslash{}input\\{x\\}\\$\\textasciicircum{}\\textasciitilde{}\\&\\#");
  CHECK(latex_text("<\">") == "\\textless{}{\\char34}\\textgreater{}");
  CHECK(latex_text("a\nb\xe2\x80\xae\xff") ==
        "a\\textbackslash{}nb\\textbackslash{}xe2\\textbackslash{}x80\\textbackslash{}xae\\textbackslash{}xff");
  CHECK(csv_text("plain") == "plain");
  CHECK(csv_text("a,\"b\"\n") == "\"a,\"\"b\"\"\n\"");
  CHECK(csv_text("=HYPERLINK(1)") == "'=HYPERLINK(1)");
  CHECK(csv_text("@x") == "'@x");
  CHECK(csv_text("-1e-3") == "-1e-3");
  CHECK(csv_text("-x") == "'-x");
  CHECK(csv_text("\xff") == "\\xff");
  CHECK(csv_number(0.1) == "0.1");
  CHECK(csv_number(NAN) == "nan");
  CHECK(csv_number(-HUGE_VAL) == "-inf");
  CHECK(clipped("abcdef", 6) == "abcdef");
  CHECK(clipped("abcdefg", 6) == "abc...");
  CHECK(clipped("äöüäöüä", 6) == "äöü...");
}

TEST_CASE("output: curves in blocks") {
  CHECK(sparkline(std::vector<double>{0, 1, 2, 3, 4, 5, 6, 7}, 8) == "▁▂▃▄▅▆▇█");
  CHECK(sparkline(std::vector<double>{0, 2, 8, 8}, 2) == "▁█");
  CHECK(sparkline(std::vector<double>{1, NAN, HUGE_VAL, 2}, 9) == "▁  █");
  CHECK(sparkline(std::vector<double>{3, 3}, 9) == "▁▁");
  CHECK(sparkline(std::vector<double>{-1.7e308, 1.7e308}, 2) == "▁█");
  CHECK(sparkline({}, 9).empty());
  CHECK(sparkline(std::vector<double>{1}, 0).empty());
}

TEST_CASE("output: the JSON has the schema that is promised, and no token that JSON does not have") {
  const TempDir folder;
  const std::vector<std::vector<double>> accuracies{{0.1, 0.8, 0.9}, {0.1, 0.95, 0.92}, {0.1, 0.7, 0.91}};
  for (std::size_t i = 0; i < 3; ++i)
    test::write_run(folder.path(), {.seed = 40 + static_cast<std::int64_t>(i), .test_accuracies = accuracies[i]});
  test::write_run(folder.path(), {.setting = "num_epochs__2__lr__9.e+00",
                                  .rate = 9,
                                  .test_losses = {2, NAN, NAN},
                                  .test_accuracies = std::vector<double>{0.1, NAN, NAN}});
  test::write_file(folder / "mnist_mlp/SGD/num_epochs__2__lr__9.e+00/random_seed__9__cut.json", "{");
  test::write_file(folder / "convergence_performance.json", R"({"mnist_mlp": 0.85})");
  const Analysis analysis = analyze({.results = folder.path()});
  const auto json = nlohmann::json::parse(analysis_json(analysis));  // which takes no NaN
  const auto& problem = json["problems"]["mnist_mlp"];
  CHECK(problem["metric"] == "test_accuracies");
  const auto& sgd = problem["optimizers"]["SGD"];
  CHECK(sgd["settings"] == 2);
  CHECK(sgd["runs"] == 4);
  for (const char* mode : {"final", "best", "most"}) {
    const auto& chosen = sgd["chosen"][mode];
    CHECK(chosen["folder"] == "num_epochs__2__batch_size__128__momentum__9.e-01__lr__1.e-01");
    CHECK(chosen["learning_rate"] == 0.1);
    CHECK(chosen["hyperparameters"] == nlohmann::json::parse(R"({"momentum": 0.9})"));
    CHECK(chosen["seeds"] == std::vector<int>{40, 41, 42});
    CHECK(chosen["final"]["n"] == 3);
    CHECK(chosen["final"]["mean"].get<double>() == doctest::Approx(0.91));
    CHECK(chosen["final"]["std"].get<double>() == doctest::Approx(std::sqrt(2e-4 / 3)));
    CHECK(chosen["final"]["median"] == 0.91);
    CHECK(chosen["final"]["q25"].get<double>() == doctest::Approx(0.905));
    CHECK(chosen["final"]["q75"].get<double>() == doctest::Approx(0.915));
    // scipy.stats.t.interval(0.95, 2, 0.91, sem([0.9, 0.92, 0.91]))
    CHECK(chosen["final"]["low"].get<double>() == doctest::Approx(0.8851586228));
    CHECK(chosen["final"]["high"].get<double>() == doctest::Approx(0.9348413772));
    CHECK(chosen["final"]["caveat"].is_null());
    CHECK(chosen["best"]["epoch"] == 2);
    CHECK(chosen["best"]["value"].get<double>() == doctest::Approx(0.91));
    CHECK(chosen["speed"].get<double>() == doctest::Approx(5. / 3));
  }
  const auto& worst = sgd["ranking"][1];
  CHECK(worst["final"]["mean"].is_null());
  CHECK(worst["final"]["low"].is_null());
  CHECK(worst["final"]["caveat"].get<std::string>().starts_with("Of 1 run 1 diverged: "));
  CHECK(worst["diverged"] == 1);
  CHECK(worst["relative_final"] == 0);
  CHECK(json["files"]["found"] == 5);
  CHECK(json["files"]["used"] == 4);
  CHECK(json["files"]["unreadable"] == 1);
  REQUIRE(json["warnings"].size() == 1);
  CHECK(json["warnings"][0].get<std::string>().find("random_seed__9__cut.json") != std::string::npos);
}

TEST_CASE("output: one run has no interval") {
  const TempDir folder;
  test::write_run(folder.path(), {});
  const auto json = nlohmann::json::parse(analysis_json(analyze({.results = folder.path()})));
  const auto& final = json["problems"]["mnist_mlp"]["optimizers"]["SGD"]["chosen"]["most"]["final"];
  CHECK(final["n"] == 1);
  CHECK(final["std"] == 0);
  CHECK(final["low"].is_null());
  CHECK(final["high"].is_null());
  CHECK(final["caveat"].get<std::string>().starts_with("1 run cannot tell how far runs spread"));
}

TEST_CASE("output: the LaTeX names every package that its commands are from") {
  const std::string latex = performance_latex(PerformanceTable{});
  CHECK(latex.find("\\resizebox") != std::string::npos);
  const std::string line = latex.substr(0, latex.find('\n'));
  for (const char* package : {"{booktabs}", "{graphicx}", "[table]{xcolor}"})
    CHECK(line.find(package) != std::string::npos);
}

TEST_CASE("output: every kind of finding is documented") {
  std::ifstream in(std::filesystem::path(DEEPOBS_SOURCE_DIR) / "docs/analysis.md");
  const std::string docs{std::istreambuf_iterator<char>(in), {}};
  for (auto kind = FindingKind::unreadable;; kind = static_cast<FindingKind>(static_cast<int>(kind) + 1)) {
    CAPTURE(name_of(kind));
    CHECK(docs.find("| `" + std::string(name_of(kind)) + "` |") != std::string::npos);
    if (kind == FindingKind::note) break;
  }
}

TEST_CASE("output: the text has warnings first, the best first with a star, and its table fits the columns") {
  const TempDir folder;
  test::write_run(folder.path(), {});
  test::write_run(folder.path(), {.optimizer = "Adam", .test_accuracies = std::vector<double>{0.1, 0.9, 0.95}});
  test::write_file(folder / "mnist_mlp/SGD/num_epochs__9/random_seed__1.json", "");
  const Analysis analysis = analyze({.results = folder.path()});
  const std::string text = analysis_text(analysis, ChoiceMode::most, {.columns = 140});
  for (const int columns : {80, 100, 140}) {
    CAPTURE(columns);
    const std::string words = analysis_text(analysis, ChoiceMode::most, {.columns = columns});
    const std::size_t end = words.find("\n\nfinal:");
    std::size_t widest = 0;
    for (std::size_t at = words.find("problem  "); at < end; at = words.find('\n', at) + 1)
      widest = std::max(widest, characters_in(words.substr(at, words.find('\n', at) - at)));
    CHECK(widest <= static_cast<std::size_t>(columns));
    CHECK(widest > 60);
  }
  CHECK(text.starts_with("warning: 1 file: left out"));
  CHECK(text.find("mnist_mlp  *  Adam") < text.find("SGD        0.9000"));
  CHECK(text.find("▁██") != std::string::npos);
  CHECK(text.find('\x1b') == std::string::npos);
  const std::string narrow = analysis_text(analysis, ChoiceMode::most, {.columns = 20, .is_bold = true});
  CHECK(narrow.find("▁") == std::string::npos);
  CHECK(narrow.find("\x1b[1mmnist_mlp") != std::string::npos);
  const std::string check = check_text(analysis);
  CHECK(check.find("mnist_mlp | SGD: 1 setting(s) with 1 seed(s).\n") != std::string::npos);
  CHECK(check.find("2 of 3 files can be used: 1 unreadable") != std::string::npos);
}

TEST_CASE("output: CSV has a row for each setting, run and epoch, and every row has all fields") {
  const TempDir folder;
  test::write_run(folder.path(), {});
  test::write_run(folder.path(), {.setting = "num_epochs__2__a, \"b\"", .seed = 1});
  const auto files = analysis_csv(analyze({.results = folder.path()}), ChoiceMode::most);
  const auto rows = [](const std::string& csv) { return std::count(csv.begin(), csv.end(), '\n'); };
  REQUIRE(files.size() == 4);
  CHECK(files[0].text ==
        "problem,quantity,SGD\r\nmnist_mlp,Performance,0.9\r\nmnist_mlp,Speed,\r\nmnist_mlp,Tuneability,\"lr: "
        "1.00e-01, momentum: 0.9\"\r\n");
  CHECK(rows(files[1].text) == 3);
  CHECK(files[1].text.find("\"num_epochs__2__a, \"\"b\"\"\"") != std::string::npos);
  CHECK(rows(files[2].text) == 3);
  CHECK(rows(files[3].text) == 1 + 4 * 3);
  for (const auto& [name, csv] : files) {
    CAPTURE(name);
    std::size_t fields = 0, first = 0;
    bool quoted = false;
    for (const char c : csv) {
      if (c == '"') quoted = !quoted;
      if (c == ',' && !quoted) ++fields;
      if (c != '\n' || quoted) continue;
      if (first == 0) first = fields;
      CHECK(fields == first);
      fields = 0;
    }
  }
}

TEST_CASE("output: characters of a text are counted, not its bytes") {
  CHECK(characters_in("äb█") == 3);
  TextTable table({"name", ">n"});
  table.add({"ä", "1"});
  table.add({"bb", "2"});
  CHECK(table.text() == "name  n\nä     1\nbb    2\n");
}

}  // namespace deepobs
