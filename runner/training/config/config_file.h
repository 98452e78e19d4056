#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "runner/training/config/run_config.h"

namespace deepobs {

// A configuration as a file: a JSON object with the names that the options of `deepobs run` have, and the optimizer's
// hyperparameters in an object of their own.
//
//   {
//     "testproblem": "fmnist_mlp",
//     "optimizer": "SGD",
//     "learning_rate": 0.1,
//     "hyperparameters": {"momentum": 0.9, "nesterov": true}
//   }
//
// A setting that is left out has its default. The settings of the environment (home, cuda_library, cuda_overlap) are in
// no file: a file from elsewhere does not choose which library is loaded. Paths are relative to the current folder, as
// in options.

/// Reads a configuration. With a catalogue its names and each of its hyperparameters are checked, too; resolve() then
/// checks whether everything fits together.
/// Errors: missing, io; data, with the file's name and the line, and the column where it is no JSON: also for a name that
/// is no setting's or comes twice, a value of another type or out of range, more than a mebibyte; with a catalogue for
/// what is not in it, and for hyperparameters that the optimizer refuses.
RunConfig read_config(const std::filesystem::path& file, const Catalogue* catalogue = nullptr);

/// The same from memory; `source` starts the messages.
RunConfig parse_config(std::string_view json, std::string_view source, const Catalogue* catalogue = nullptr);

/// The text of a file that read_config() turns into this configuration: everything in it but `stop` and the
/// settings of the environment. Errors: usage, for a value that a file cannot hold: a number that is not finite or out
/// of range, a path that is not UTF-8.
std::string config_text(const RunConfig& config);

/// Writes it, over a file that may be there. Errors: io; those of config_text().
void write_config(const std::filesystem::path& file, const RunConfig& config);

}  // namespace deepobs
