#include "runner/analysis/statistics/hypothesis/paired_tests.h"

#include "tests/error_of.h"
#include "tests/runner/analysis/statistics/golden_statistics.h"

namespace deepobs::test {
namespace {

TEST_CASE("paired tests: exact p values are scipy's, with ties and zeros") {
  for (const json& one : golden("paired_tests")["cases"]) {
    const Doubles differences = numbers(one["differences"]);
    INFO("n ", differences.size(), ", first ", differences[0]);
    const TestResult rank = signed_rank_test(differences);
    check_close(rank.statistic, one["rank"][0]);
    check_close(rank.p, one["rank"][1]);
    check_close(sign_test(differences).p, one["sign"]);
    check_close(permutation_test(differences).p, one["permutation"]);
    // The other way round nothing changes.
    Doubles negated = differences;
    for (double& value : negated) value = -value;
    CHECK(signed_rank_test(negated).p == rank.p);
    CHECK(sign_test(negated).p == sign_test(differences).p);
    check_close(permutation_test(negated).p, permutation_test(differences).p);
  }
}

TEST_CASE("paired tests: up to 50 differences ranks are exact, above they are scipy's approximation") {
  const json& all = golden("paired_tests");
  for (const json& one : all["exact"]) {
    const TestResult test = signed_rank_test(numbers(one["differences"]));
    CHECK(test.n == 50);
    check_close(test.statistic, one["rank"][0]);
    check_close(test.p, one["rank"][1], 1e-10);
    CHECK(has(test.rule, "exact"));
  }
  for (const json& one : all["approximate"]) {
    const TestResult test = signed_rank_test(numbers(one["differences"]));
    check_close(test.statistic, one["rank"][0]);
    check_close(test.p, one["rank"][1]);
    CHECK(has(test.rule, "normal approximation"));
  }
}

TEST_CASE("paired tests: permutations of two halves put together are all permutations, and drawn ones those of numpy") {
  const json& all = golden("paired_tests");
  check_close(permutation_test(numbers(all["halves"]["differences"])).p, all["halves"]["permutation"]);
  const json& drawn = all["drawn"];
  const TestResult test = permutation_test(numbers(drawn["differences"]), drawn["draws"], drawn["seed"]);
  check_close(test.p, drawn["permutation"]);
  CHECK(has(test.rule, "500 draws, seed 5"));
}

TEST_CASE("paired tests: what so few pairs can never show is said") {
  const TestResult five = signed_rank_test(Doubles{1, 2, 3, 4, 5});
  CHECK(five.p == 0.0625);
  CHECK(five.caveat == "5 pairs: no test of them can reach p below 0.0625.");
  CHECK(sign_test(Doubles{1, 2, 3, 4, 5}).p == 0.0625);
  CHECK(permutation_test(Doubles{1, 2, 3, 4, 5}).p == 0.0625);
  CHECK(signed_rank_test(Doubles{1, 2, 3, 4, 5, 6}).p == 0.03125);
  CHECK(signed_rank_test(Doubles{1, 2, 3, 4, 5, 6}).caveat.empty());
  CHECK(has(sign_test(Doubles{0, 2, 0}).caveat, "Of 3 pairs 2 are equal"));
  for (const auto& test : {signed_rank_test(Doubles{0, 0}), sign_test(Doubles{}), permutation_test(Doubles{0})}) {
    CHECK(test.p == 1);
    CHECK(test.n == 0);
    CHECK(has(test.caveat, "no difference to test"));
  }
}

TEST_CASE("paired tests: infinite differences are the largest, have no mean, and NaN is refused") {
  CHECK(signed_rank_test(Doubles{infinity, infinity, 1, -2}).p == signed_rank_test(Doubles{5, 5, 1, -2}).p);
  CHECK(sign_test(Doubles{infinity, -infinity, 1}).statistic == 2);
  const TestResult mean = permutation_test(Doubles{infinity, 1, 2});
  CHECK(std::isnan(mean.p));
  CHECK(has(mean.caveat, "diverged"));
  check_error([] { signed_rank_test(Doubles{not_a_number}); }, Fault::usage, "NaN");
  check_error([] { permutation_test(Doubles{1}, 0); }, Fault::usage, "100000");
}

}  // namespace
}  // namespace deepobs::test
