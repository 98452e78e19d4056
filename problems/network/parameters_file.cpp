#include "problems/network/parameters_file.h"

#include <algorithm>
#include <cmath>

#include "engine/base/check.h"

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

const NamedTensor* find(const std::vector<NamedTensor>& tensors, const std::string& name) {
  const auto at = std::ranges::find(tensors, name, &NamedTensor::name);
  return at == tensors.end() ? nullptr : &*at;
}

/// What PyTorch's batch normalisation keeps beside the running mean and variance: how many mini-batches they have seen,
/// a whole number, which it uses for averages without momentum alone.
std::vector<std::string> batch_counts(const Store& store) {
  constexpr std::string_view mean = ".running_mean";
  std::vector<std::string> names;
  for (const int buffer : store.of_role(Role::statistics))
    if (const std::string& name = store.buffer(buffer).name; name.ends_with(mean))
      names.push_back(name.substr(0, name.size() - mean.size()) + ".num_batches_tracked");
  return names;
}

}  // namespace

std::vector<NamedTensor> read_parameters(const std::filesystem::path& file, const Store& store) {
  auto tensors = read_safetensors(file, nullptr, batch_counts(store));
  const auto parameters = store.parameters();

  std::vector<std::string> expected, missing, foreign;
  for (const auto& parameter : parameters) {
    expected.push_back(parameter.name);
    if (!find(tensors, parameter.name)) missing.push_back(parameter.name);
  }
  const std::vector<int> statistics = store.of_role(Role::statistics);
  for (const int buffer : statistics) expected.push_back(store.buffer(buffer).name);
  for (const auto& tensor : tensors)
    if (std::ranges::find(expected, tensor.name) == expected.end()) foreign.push_back(tensor.name);
  require(missing.empty() && foreign.empty(), Fault::data, file.string(), " does not fit the model",
          missing.empty() ? "" : "; it lacks: " + listed(missing),
          foreign.empty() ? "" : "; the model has no: " + listed(foreign),
          "; the model's parameters are: ", listed(expected));

  const auto check_shape = [&](const std::string& name, const Shape& shape) {
    const NamedTensor* tensor = find(tensors, name);
    if (tensor == nullptr) return;
    require(std::ranges::equal(tensor->shape, shape.extents()), Fault::data, file.string(), ": tensor '", name, "' is ",
            shape_text(tensor->shape), " in the file, ", shape, " in the model");
  };
  for (const auto& parameter : parameters) check_shape(parameter.name, parameter.border.shape);
  for (const int buffer : statistics) check_shape(store.buffer(buffer).name, store.buffer(buffer).shape);
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
    storage.set_parameter(parameter, find(tensors, parameter.name)->values);
  for (const int buffer : storage.store().of_role(Role::statistics))
    if (const NamedTensor* tensor = find(tensors, storage.store().buffer(buffer).name))
      storage.write(buffer, std::span<const float>(tensor->values));
}

void load_parameters(const std::filesystem::path& file, Storage& storage) {
  set_parameters(read_parameters(file, storage.store()), storage);
}

void save_parameters(const std::filesystem::path& file, const Storage& storage, int buffer) {
  storage.require_values(0, storage.store().flat_floats());
  std::vector<NamedTensor> tensors;
  for (const auto& parameter : storage.store().parameters()) {
    const auto extents = parameter.border.shape.extents();
    tensors.push_back({parameter.name, {extents.begin(), extents.end()}, storage.parameter_in(buffer, parameter)});
  }
  for (const int statistics : storage.store().of_role(Role::statistics)) {
    const Store::Buffer& of = storage.store().buffer(statistics);
    NamedTensor tensor{of.name, {of.shape.extents().begin(), of.shape.extents().end()}, {}};
    tensor.values.resize(static_cast<std::size_t>(of.shape.elements()));
    storage.read(statistics, std::span(tensor.values));
    tensors.push_back(std::move(tensor));
  }
  write_safetensors(file, tensors);
}

}  // namespace deepobs
