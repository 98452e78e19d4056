#pragma once

#include <string>
#include <vector>

#include "kernels/update/optimizer.h"
#include "runner/training/config/catalogue.h"

namespace deepobs {

// What is done with the arguments of the command line before they are parsed.

/// "--batch-size=4" -> "--batch_size=4": names may be written with hyphens.
std::vector<std::string> with_underscores(std::vector<std::string> arguments);

/// The values of an option that is needed before the options are known: what they are depends on it. `letter` is its
/// short spelling, "-o", or empty. Where it comes several times the first counts. Empty: it has none.
std::vector<std::string> values_of(const std::vector<std::string>& arguments, const std::string& option,
                                   const std::string& letter = "");

// Several values of a setting become as many options with one value each, so that they do not swallow the test problem,
// and every value comes through as it was typed.

/// "--nesterov" -> "--nesterov=true", and "--nesterov False true" -> "--nesterov=False" "--nesterov=true": a flag takes
/// the arguments behind it only as far as they are truth values, so `--nesterov mnist_mlp` works as it does in DeepOBS
/// 1.2. A hyperparameter that is one of some words takes one argument, and further ones as far as they are such words.
/// Errors: usage for a flag or its values, or for several words, before a word that is neither an option nor a problem
/// of the catalogue.
std::vector<std::string> with_word_values(const std::vector<std::string>& arguments, const Optimizer& optimizer,
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
