#pragma once

#include <filesystem>

#include "engine/storage.h"

namespace deepobs {

/// Sets every parameter of a model from a safetensors file in PyTorch's names and shapes. The file must hold exactly
/// the model's parameters. Errors: data, naming both sides, for a tensor that is missing, too many, of another
/// shape, or with a value that is not finite; and what read_safetensors() refuses. Nothing is set unless everything fits.
void load_parameters(const std::filesystem::path& file, Storage& storage);

/// Writes every parameter, in the order of creation.
void save_parameters(const std::filesystem::path& file, const Storage& storage);

}  // namespace deepobs
