#pragma once

#include <string>
#include <vector>

#include "kernels/optimizer.h"

namespace deepobs {

// What is done with the arguments of the command line before they are parsed.

/// "--batch-size=4" -> "--batch_size=4": names may be written with hyphens.
std::vector<std::string> with_underscores(std::vector<std::string> arguments);

/// The value of --optimizer of `deepobs run`, needed before the options are known: they depend on it. Empty: there is
/// none.
std::string named_optimizer(const std::vector<std::string>& arguments);

/// "--nesterov" -> "--nesterov=true", and "--nesterov False" -> "--nesterov=False": a flag takes the argument behind it
/// only when that is a truth value, so `--nesterov mnist_mlp` works as it does in DeepOBS 1.2. Errors: usage for a flag
/// before a word that is neither a truth value, nor an option, nor a test problem.
std::vector<std::string> with_flag_values(const std::vector<std::string>& arguments, const Optimizer& optimizer);

/// "--lr 0.1 0.03 fmnist_mlp" -> "--lr=0.1 0.03" and "fmnist_mlp": several numbers behind one of these options (each
/// with all its spellings, the long one last) become one argument, so that they do not swallow the test problem.
std::vector<std::string> with_several_values(const std::vector<std::string>& arguments,
                                             const std::vector<std::vector<std::string>>& options);

}  // namespace deepobs
