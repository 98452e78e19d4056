#pragma once

#include <filesystem>
#include <vector>

#include "engine/memory/storage.h"
#include "runner/results/files/safetensors.h"

namespace deepobs {

/// The parameters of a model from a safetensors file in PyTorch's names and shapes, and the statistics of its layers
/// (batch normalisation's running_mean and running_var), where the file has them. PyTorch's num_batches_tracked beside
/// them is passed over. Nothing else may be in the file.
/// Errors: data, naming both sides, for a parameter that is missing, a tensor too many, one of another shape, or
/// with a value that is not finite; and what read_safetensors() refuses.
std::vector<NamedTensor> read_parameters(const std::filesystem::path& file, const Store& store);

/// Sets every parameter, and the statistics that there are, from what read_parameters() gave for the same model. Other
/// statistics stay as they are.
void set_parameters(const std::vector<NamedTensor>& tensors, Storage& storage);

/// Both. Nothing is set unless everything fits.
void load_parameters(const std::filesystem::path& file, Storage& storage);

/// Writes every parameter, then the statistics, each in the order of creation. `buffer`: where the parameters stand;
/// MethodGraphs::evaluated tells where others than those that are trained stand.
void save_parameters(const std::filesystem::path& file, const Storage& storage, int buffer = Store::parameters_id);

}  // namespace deepobs
