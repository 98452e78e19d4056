#pragma once

#include <string>
#include <vector>

#include "kernels/update/optimizer.h"
#include "runner/training/config/catalogue.h"

namespace deepobs {

// What is done with the arguments of the command line before they are parsed.

/// "--batch-size=4" -> "--batch_size=4": names may be written with hyphens.
std::vector<std::string> with_underscores(std::vector<std::string> arguments);

/// The value of --optimizer of `deepobs run`, needed before the options are known: they depend on it. Empty: there is
/// none.
std::string named_optimizer(const std::vector<std::string>& arguments);

/// The value of --config of `deepobs run`, which may name the optimizer. Empty: there is none.
std::string named_config(const std::vector<std::string>& arguments);

// Several values of a setting become as many options with one value each, so that they do not swallow the test problem,
// and every value comes through as it was typed.

/// "--nesterov" -> "--nesterov=true", and "--nesterov False true" -> "--nesterov=False" "--nesterov=true": a flag takes
/// the arguments behind it only as far as they are truth values, so `--nesterov mnist_mlp` works as it does in DeepOBS
/// 1.2. Errors: usage for a flag or its values before a word that is neither an option nor a problem of the catalogue.
std::vector<std::string> with_flag_values(const std::vector<std::string>& arguments, const Optimizer& optimizer,
                                          const Catalogue& catalogue);

/// "--betas 0.9 0.99 0.8 0.999" -> "--betas=0.9,0.99" "--betas=0.8,0.999": the numbers behind a hyperparameter that has
/// several are counted off. A value may also be one argument: "0.9,0.99", "(0.9, 0.99)", "[0.9, 0.99]". Errors: usage
/// for numbers that do not come out even.
std::vector<std::string> with_tuple_values(const std::vector<std::string>& arguments, const Optimizer& optimizer);

/// "--lr 0.1 0.03 fmnist_mlp" -> "--learning_rate=0.1" "--learning_rate=0.03" "fmnist_mlp": several numbers behind one
/// of these options (each with all its spellings, the long one last).
std::vector<std::string> with_several_values(const std::vector<std::string>& arguments,
                                             const std::vector<std::vector<std::string>>& options);

}  // namespace deepobs
