#include "runner/training/parameters_file.h"

#include <algorithm>
#include <cmath>

#include "engine/check.h"

namespace deepobs {
namespace {

std::string listed(const std::vector<std::string>& names) {
  std::string list;
  for (const auto& name : names) list += (list.empty() ? "" : ", ") + name;
  return list;
}

/// As shapes are printed, without their limits: a file may hold anything.
std::string shape_text(const std::vector<std::int64_t>& extents) {
  std::string list;
  for (const auto extent : extents) list += (list.empty() ? "" : ", ") + std::to_string(extent);
  return "[" + list + "]";
}

const NamedTensor& find(const std::vector<NamedTensor>& tensors, const Store::Parameter& parameter) {
  return *std::ranges::find(tensors, parameter.name, &NamedTensor::name);
}

}  // namespace

std::vector<NamedTensor> read_parameters(const std::filesystem::path& file, const Store& store) {
  auto tensors = read_safetensors(file);
  const auto parameters = store.parameters();

  std::vector<std::string> expected, missing, foreign;
  for (const auto& parameter : parameters) {
    expected.push_back(parameter.name);
    if (std::ranges::find(tensors, parameter.name, &NamedTensor::name) == tensors.end())
      missing.push_back(parameter.name);
  }
  for (const auto& tensor : tensors)
    if (std::ranges::find(expected, tensor.name) == expected.end()) foreign.push_back(tensor.name);
  require(missing.empty() && foreign.empty(), Fault::data, file.string(), " does not fit the model",
          missing.empty() ? "" : "; it lacks: " + listed(missing),
          foreign.empty() ? "" : "; the model has no: " + listed(foreign),
          "; the model's parameters are: ", listed(expected));

  for (const auto& parameter : parameters)
    require(std::ranges::equal(find(tensors, parameter).shape, parameter.border.shape.extents()), Fault::data,
            file.string(), ": tensor '", parameter.name, "' is ", shape_text(find(tensors, parameter).shape),
            " in the file, ", parameter.border.shape, " in the model");
  for (const auto& tensor : tensors) {
    const auto bad = std::ranges::find_if(tensor.values, [](float x) { return !std::isfinite(x); });
    if (bad == tensor.values.end()) continue;
    fail(
        Fault::data, file.string(), ": tensor '", tensor.name, "' holds ", *bad, " (value ",
        bad - tensor.values.begin(), " of ", tensor.values.size(),
        ", counted from 0): a run cannot start from parameters that are not finite; was the file written by a run that "
        "diverged?");
  }
  return tensors;
}

void set_parameters(const std::vector<NamedTensor>& tensors, Storage& storage) {
  for (const auto& parameter : storage.store().parameters())
    storage.set_parameter(parameter, find(tensors, parameter).values);
}

void load_parameters(const std::filesystem::path& file, Storage& storage) {
  set_parameters(read_parameters(file, storage.store()), storage);
}

void save_parameters(const std::filesystem::path& file, const Storage& storage) {
  storage.require_values(0, storage.store().flat_floats());
  std::vector<NamedTensor> tensors;
  for (const auto& parameter : storage.store().parameters()) {
    const auto extents = parameter.border.shape.extents();
    tensors.push_back({parameter.name, {extents.begin(), extents.end()}, storage.parameter(parameter)});
  }
  write_safetensors(file, tensors);
}

}  // namespace deepobs
