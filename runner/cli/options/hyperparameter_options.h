#pragma once

#include <string>
#include <vector>

#include "kernels/update/optimizer.h"
#include "runner/training/config/catalogue.h"

namespace CLI {
class App;
}

namespace deepobs {

/// The values that hyperparameters were given, as they were typed, by hyperparameter of an optimizer.
using HyperparameterWords = std::vector<std::vector<std::string>>;

/// Adds an option for each hyperparameter of an optimizer, under a heading with its name. Those that have the name of an
/// option that the command has already are left out. Parsing fills `words`, which must outlive `command`.
void add_hyperparameters(CLI::App* command, const Optimizer& optimizer, HyperparameterWords& words);

/// The arguments as these options take them: with_word_values(), with_tuple_values() and, of single numbers, one option
/// for each value. `options`: further ones that take several numbers, each with all its spellings.
std::vector<std::string> with_hyperparameter_values(std::vector<std::string> arguments, const Optimizer& optimizer,
                                                    const Catalogue& catalogue,
                                                    std::vector<std::vector<std::string>> options);

}  // namespace deepobs
