#pragma once

#include <filesystem>
#include <vector>

#include "engine/storage.h"
#include "runner/results/safetensors.h"

namespace deepobs {

/// The parameters of a model from a safetensors file in PyTorch's names and shapes. The file must hold exactly the
/// model's parameters. Errors: data, naming both sides, for a tensor that is missing, too many, of another shape, or
/// with a value that is not finite; and what read_safetensors() refuses.
std::vector<NamedTensor> read_parameters(const std::filesystem::path& file, const Store& store);

/// Sets every parameter from what read_parameters() gave for the same model.
void set_parameters(const std::vector<NamedTensor>& tensors, Storage& storage);

/// Both. Nothing is set unless everything fits.
void load_parameters(const std::filesystem::path& file, Storage& storage);

/// Writes every parameter, in the order of creation.
void save_parameters(const std::filesystem::path& file, const Storage& storage);

}  // namespace deepobs
