#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <set>

#include "kernels/update/optimizer.h"
#include "tests/error_of.h"

// resolve(), parse_hyperparameter() and the catalogue.

namespace deepobs {
namespace {

void check_refused(const char* optimizer, const std::vector<NamedValue>& given, const std::string& message) {
  check_error([&] { resolve(find_optimizer(optimizer), given); }, Fault::usage, message);
}

TEST_CASE("the catalogue holds the optimizers, each with all that it needs") {
  const std::set<std::string> expected{
      "SGD",   "Adam", "AdamW", "RMSprop", "Adagrad",   "Adadelta",          "Adamax", "NAdam", "RAdam",
      "Rprop", "ASGD", "Lion",  "Muon",    "Adafactor", "ScheduleFreeAdamW", "LBFGS"};
  std::set<std::string> found;
  for (const auto& optimizer : optimizers()) {
    CAPTURE(optimizer.name);
    CHECK(found.insert(optimizer.name).second);
    CHECK(!optimizer.source.empty());
    CHECK(optimizer.usual_learning_rate > 0);
    for (const auto& declared : optimizer.hyperparameters) CHECK(!declared.help.empty());
    CHECK(resolve(optimizer).values().size() == optimizer.hyperparameters.size());
  }
  for (const auto& name : expected) CHECK(found.contains(name));
  CHECK(find_optimizer("RMSprop").name == "RMSprop");
  check_error([] { find_optimizer("Adm"); }, Fault::usage, "unknown optimizer 'Adm': did you mean Adam? There are: ");
}

TEST_CASE("resolve fills in the standard values, in the order of the declaration") {
  const std::vector<NamedValue> given{{"eps", 0.5}, {"betas", std::vector{0.5, 0.75}}};
  const auto h = resolve(find_optimizer("Adam"), given);
  CHECK(h.number("eps") == 0.5);
  CHECK((h.pair("betas") == std::pair(0.5, 0.75)));
  CHECK(!h.flag("amsgrad"));
  CHECK(h.number("optimizer_weight_decay") == 0.);
  std::vector<std::string> order;
  for (const auto& value : h.values()) order.push_back(value.name);
  CHECK(order == std::vector<std::string>{"betas", "eps", "amsgrad", "optimizer_weight_decay"});
}

TEST_CASE("an integer will do for a number") {
  const std::vector<NamedValue> given{{"momentum", std::int64_t{1}}};
  CHECK(resolve(find_optimizer("SGD"), given).number("momentum") == 1.);
}

TEST_CASE("a number that is whole will do for a whole number") {
  const auto& lbfgs = find_optimizer("LBFGS");
  CHECK(resolve(lbfgs, std::vector<NamedValue>{{"max_iter", 1e3}}).integer("max_iter") == 1000);
  check_refused("LBFGS", {{"max_iter", 1.5}}, "LBFGS: max_iter must be a whole number, not 1.5");
  check_refused("LBFGS", {{"max_iter", 1e20}}, "LBFGS: max_iter must be a whole number, not 1e+20");
  CHECK(parse_hyperparameter(lbfgs, "max_iter", "1e3").value == HyperValue(std::int64_t{1000}));
  CHECK(parse_hyperparameter(lbfgs, "max_iter", "2.0").value == HyperValue(std::int64_t{2}));
  check_error([&] { parse_hyperparameter(lbfgs, "max_iter", "1.5"); }, Fault::usage,
              "LBFGS: max_iter must be a whole number, not '1.5'");
  check_error([&] { parse_hyperparameter(lbfgs, "max_iter", "1e19"); }, Fault::usage,
              "LBFGS: max_iter: '1e19' is too large or too small to be represented");
}

TEST_CASE("one hyperparameter alone is checked, and comes back in the type that it is declared in") {
  const auto& sgd = find_optimizer("SGD");
  CHECK(checked_hyperparameter(sgd, {"momentum", std::int64_t{1}}) == NamedValue{"momentum", 1.});
  CHECK(checked_hyperparameter(sgd, {"nesterov", true}) ==
        NamedValue{"nesterov", true});  // which momentum it has or not
  check_error([&] { checked_hyperparameter(sgd, {"momentun", 1.}); }, Fault::usage, "did you mean momentum?");
  check_error([&] { checked_hyperparameter(sgd, {"momentum", -1.}); }, Fault::usage, "must be at least 0, not -1");
}

TEST_CASE("what is very long is cut in messages") {
  check_refused("SGD", {{std::string(1'000'000, 'm'), 0.9}}, "mmm... (1000000 bytes)'; there are: momentum");
  check_refused("Adam", {{"betas", std::vector<double>(1000, 0.5)}},
                "Adam: betas must be 2 numbers, not (0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, ...) of 1000 numbers");
  check_refused("LBFGS", {{"line_search_fn", std::string(5000, 'x')}}, "xxx... (5000 bytes)'");
}

TEST_CASE("an unknown hyperparameter is refused with the nearest one") {
  check_refused(
      "SGD", {{"momentun", 0.9}},
      "unknown SGD hyperparameter 'momentun': did you mean momentum? There are: momentum, dampening, nesterov, "
      "optimizer_weight_decay");
  check_refused("Rprop", {{"lr", 0.9}}, "unknown Rprop hyperparameter 'lr'; there are: etas, step_sizes");
}

TEST_CASE("a value of another type is refused") {
  check_refused("SGD", {{"nesterov", 1.}}, "SGD: nesterov must be true or false, not 1");
  check_refused("SGD", {{"nesterov", std::int64_t{1}}}, "SGD: nesterov must be true or false, not 1");
  check_refused("SGD", {{"momentum", true}}, "SGD: momentum must be a number, not true");
  check_refused("SGD", {{"momentum", std::vector{0.9}}}, "SGD: momentum must be a number, not (0.9)");
  check_refused("Adam", {{"betas", 0.9}}, "Adam: betas must be 2 numbers, not 0.9");
  check_refused("Adam", {{"betas", std::vector{0.9}}}, "Adam: betas must be 2 numbers, not (0.9)");
  check_refused("Adam", {{"betas", std::vector{0.9, 0.9, 0.9}}}, "Adam: betas must be 2 numbers, not (0.9, 0.9, 0.9)");
}

TEST_CASE("a value given twice is refused") {
  check_refused("SGD", {{"momentum", 0.9}, {"momentum", 0.9}}, "SGD: momentum was given more than once");
}

TEST_CASE("a value out of its range is refused") {
  const double infinity = std::numeric_limits<double>::infinity();
  check_refused("SGD", {{"momentum", -0.1}}, "SGD: momentum must be at least 0, not -0.1");
  check_refused("SGD", {{"dampening", infinity}}, "SGD: dampening must be a finite number, not inf");
  check_refused("SGD", {{"momentum", std::nan("")}}, "SGD: momentum must be at least 0, not nan");
  check_refused("Adam", {{"betas", std::vector{0.9, 1.}}}, "Adam: betas[1] must be in [0, 1), not 1");
  check_refused("Adam", {{"betas", std::vector{-0.5, 0.9}}}, "Adam: betas[0] must be in [0, 1), not -0.5");
  check_refused("Adadelta", {{"rho", 1.5}}, "Adadelta: rho must be in [0, 1], not 1.5");
  check_refused("Rprop", {{"etas", std::vector{0., 1.2}}}, "Rprop: etas[0] must be in (0, 1), not 0");
  check_refused("Rprop", {{"etas", std::vector{0.5, 1.}}}, "Rprop: etas[1] must be above 1, not 1");
  check_refused("Lion", {{"optimizer_weight_decay", infinity}},
                "Lion: optimizer_weight_decay must be at least 0, not inf");
}

TEST_CASE("the limits of a range that belong to it are accepted") {
  for (const double rho : {0., 1.}) {
    const std::vector<NamedValue> given{{"rho", rho}};
    CHECK(resolve(find_optimizer("Adadelta"), given).number("rho") == rho);
  }
  const std::vector<NamedValue> betas{{"betas", std::vector{0., 0.}}};
  CHECK((resolve(find_optimizer("Adam"), betas).pair("betas") == std::pair(0., 0.)));
}

TEST_CASE("every number of every optimizer refuses NaN and infinities") {
  for (const auto& optimizer : optimizers()) {
    for (const auto& declared : optimizer.hyperparameters) {
      for (const double bad : {std::nan(""), -std::numeric_limits<double>::infinity()}) {
        CAPTURE(optimizer.name);
        CAPTURE(declared.name);
        HyperValue value = declared.standard;
        if (auto* number = std::get_if<double>(&value))
          *number = bad;
        else if (auto* numbers = std::get_if<std::vector<double>>(&value))
          numbers->back() = bad;
        else
          continue;
        const std::vector<NamedValue> given{{declared.name, value}};
        check_error([&] { resolve(optimizer, given); }, Fault::usage, optimizer.name + ": " + declared.name);
      }
    }
  }
}

TEST_CASE("values that do not fit together are refused") {
  check_refused("SGD", {{"nesterov", true}}, "SGD: nesterov needs a momentum above 0 and no dampening");
  check_refused("SGD", {{"nesterov", true}, {"momentum", 0.9}, {"dampening", 0.1}},
                "SGD: nesterov needs a momentum above 0 and no dampening, not momentum 0.9 and dampening 0.1");
  check_refused("Rprop", {{"step_sizes", std::vector{2., 1.}}},
                "Rprop: step_sizes must be the smallest and the largest, not 2 and 1");
}

TEST_CASE("a hyperparameter is read from text") {
  const auto& adam = find_optimizer("Adam");
  CHECK((parse_hyperparameter(adam, "eps", "1e-3").value == HyperValue(1e-3)));
  CHECK((parse_hyperparameter(adam, "eps", " 2 ").value == HyperValue(2.)));
  CHECK((parse_hyperparameter(adam, "eps", "+.5").value == HyperValue(0.5)));
  CHECK((parse_hyperparameter(adam, "amsgrad", "true").value == HyperValue(true)));
  CHECK((parse_hyperparameter(adam, "amsgrad", "False").value == HyperValue(false)));
  CHECK((parse_hyperparameter(adam, "amsgrad", "1").value == HyperValue(true)));
  for (const char* pair : {"0.5,0.75", "(0.5, 0.75)", "[0.5,0.75]", " 0.5 , 0.75 "})
    CHECK((parse_hyperparameter(adam, "betas", pair).value == HyperValue(std::vector{0.5, 0.75})));
}

Optimizer with_choice(HyperValue standard, std::vector<std::string> choices) {
  Optimizer own = find_optimizer("SGD");
  own.name = "Own";
  own.hyperparameters.push_back({"search", std::move(standard), {}, "which search", std::move(choices)});
  return own;
}

TEST_CASE("a hyperparameter may be one of some words") {
  const Optimizer own = with_choice("none", {"none", "weak", "strong"});
  CHECK(resolve(own).choice("search") == "none");
  CHECK(resolve(own, std::vector<NamedValue>{{"search", "weak"}}).choice("search") == "weak");
  CHECK(parse_hyperparameter(own, "search", " strong ") == NamedValue{"search", "strong"});
  const std::string wanted = "Own: search must be none, weak or strong, not ";
  check_error([&] { resolve(own, std::vector<NamedValue>{{"search", "Weak"}}); }, Fault::usage, wanted + "'Weak'");
  check_error([&] { resolve(own, std::vector<NamedValue>{{"search", 1.}}); }, Fault::usage, wanted + "1");
  check_error([&] { parse_hyperparameter(own, "search", "weak\n"); }, Fault::usage, wanted + "'weak\\n'");
  check_error(
      [&] {
        resolve(with_choice("strange", {"none", "weak"}));
      },
      Fault::usage, "the default of search must be none or weak, not 'strange'");
  for (const Optimizer& wrong :
       {with_choice("none", {}), with_choice(1., {"none"}), with_choice("no words", {"no words"})})
    check_error([&] { resolve(wrong); }, Fault::usage, "must have choices if it is a text, and only then");
}

TEST_CASE("a text that is no value is refused") {
  const auto refused = [](const char* name, const char* value, const std::string& message) {
    check_error([&] { parse_hyperparameter(find_optimizer("Adam"), name, value); }, Fault::usage, message);
  };
  refused("amsgrad", "maybe", "Adam: amsgrad must be true or false, not 'maybe'");
  refused("amsgrad", "", "Adam: amsgrad must be true or false, not ''");
  refused("eps", "small", "Adam: eps must be a number, not 'small'");
  refused("eps", "1e-8x", "Adam: eps must be a number, not '1e-8x'");
  refused("eps", "", "Adam: eps must be a number, not ''");
  refused("eps", "+-1", "Adam: eps must be a number, not '+-1'");
  refused("betas", "0.9", "Adam: betas must be 2 numbers, not '0.9'");
  refused("betas", "0.9,", "Adam: betas must be 2 numbers, not '0.9,'");
  refused("betas", "(0.9,0.99", "Adam: betas must be 2 numbers, not '(0.9,0.99'");
  refused("betas", "0.9,0.99,1", "Adam: betas must be 2 numbers, not '0.9,0.99,1'");
  refused("beta", "0.9,0.99", "unknown Adam hyperparameter 'beta': did you mean betas?");
}

TEST_CASE("asking an optimizer's settings for what it did not declare is its author's mistake, told with all names") {
  const auto h = resolve(find_optimizer("Adam"));
  check_error(
      [&] { h.number("rho"); }, Fault::usage,
      "a hyperparameter 'rho', which is not declared; declared are: betas, eps, amsgrad, optimizer_weight_decay");
  check_error([&] { h.flag("eps"); }, Fault::usage, "'eps' in another type than it is declared in");
}

}  // namespace
}  // namespace deepobs
