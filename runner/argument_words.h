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
/// only when that is a truth value, so `--nesterov mnist_mlp` works as it does in DeepOBS 1.2.
std::vector<std::string> with_flag_values(const std::vector<std::string>& arguments, const Optimizer& optimizer);

}  // namespace deepobs
