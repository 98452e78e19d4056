#include <cstring>
#include <map>
#include <optional>
#include <vector>

#include "tests/cuda_emulation/dnn.h"
#include "tests/cuda_emulation/runtime.h"

// cuDNN's descriptors of operation graphs, as far as deepobs uses them: a graph of one convolution. They are strict:
// an attribute that the kind of descriptor does not have, or of another type or count, is an error, as is one that is
// set too late or missing.

namespace {

using deepobs_emulation::Convolution;
using deepobs_emulation::Direction;
using deepobs_emulation::Inexactness;

struct KnobChoice {
  cudnnBackendKnobType_t type;
  std::int64_t value;
};

/// An engine of the emulated cuDNN. Knob TILE_SIZE is the only one that changes something: the time.
struct Engine {
  std::vector<cudnnBackendNumericalNote_t> notes{};
  Inexactness inexactness{};
  int microseconds = 3000;
  std::int64_t workspace = 500;
  bool makes_no_plan = false, does_not_run = false;
};
constexpr std::int64_t sound_engine = 3, large_tile = 8;

const Engine& engine(std::int64_t index) {
  static const std::vector<Engine> all{
      {.notes = {CUDNN_NUMERICAL_NOTE_NONDETERMINISTIC}},
      {.notes = {CUDNN_NUMERICAL_NOTE_TENSOR_CORE, CUDNN_NUMERICAL_NOTE_DOWN_CONVERT_INPUTS},
       .inexactness = {.tf32 = true}},
      {.notes = {CUDNN_NUMERICAL_NOTE_WINOGRAD, CUDNN_NUMERICAL_NOTE_WINOGRAD_TILE_6x6},
       .inexactness = {.approximate = true},
       .microseconds = 3500},
      {.notes = {}, .microseconds = 5000},  // sound_engine; without a large tile twice that
      {.notes = {}, .makes_no_plan = true},
      {.notes = {}, .does_not_run = true},
      {.notes = {}, .workspace = std::int64_t{1} << 30},
      {.notes = {}, .inexactness = {.loses_nan = true}},
      {.notes = {CUDNN_NUMERICAL_NOTE_REDUCED_PRECISION_REDUCTION}},
      {.notes = {CUDNN_NUMERICAL_NOTE_WINOGRAD, CUDNN_NUMERICAL_NOTE_WINOGRAD_TILE_4x4}, .microseconds = 20000},
      {.notes = {}, .microseconds = 25000},
  };
  return all[static_cast<std::size_t>(index)];
}
constexpr std::int64_t engines = 11;

/// What the heuristics answer; engines and tiles.
std::vector<std::pair<std::int64_t, std::int64_t>> answers(cudnnBackendHeurMode_t mode) {
  if ((deepobs_emulation::offered() & deepobs_emulation::bad_engines) == 0) {
    if (mode == CUDNN_HEUR_MODE_A) return {{sound_engine, large_tile}};
    return {};
  }
  if (mode == CUDNN_HEUR_MODE_A) return {{0, 0}, {1, 0}, {2, 0}, {sound_engine, 4}, {4, 0}};
  if (mode == CUDNN_HEUR_MODE_B) return {{5, 0}, {6, 0}, {sound_engine, large_tile}, {7, 0}, {8, 0}};
  return {{9, 0}, {10, 0}, {sound_engine, 4}};
}

struct Descriptor {
  cudnnBackendDescriptorType_t type;
  bool finalized = false;
  std::map<cudnnBackendAttributeName_t, std::vector<std::byte>> set{};

  // Of what cuDNN fills in, or makes when it is finalized:
  std::int64_t engine = -1, tile = 0;
  std::vector<KnobChoice> knobs{};
  std::optional<Convolution> convolution{};  // of a graph, and of what is made from it
  Direction direction = Direction::forward;
  bool nchw = false;

  template <class T>
  std::vector<T> values(cudnnBackendAttributeName_t name) const {
    const auto& bytes = set.at(name);
    std::vector<T> all(bytes.size() / sizeof(T));
    std::memcpy(all.data(), bytes.data(), bytes.size());
    return all;
  }
  template <class T>
  T value(cudnnBackendAttributeName_t name) const {
    return values<T>(name).at(0);
  }
  const Descriptor& part(cudnnBackendAttributeName_t name) const { return *value<const Descriptor*>(name); }
};

Descriptor& at(cudnnBackendDescriptor_t object) { return *static_cast<Descriptor*>(object); }

struct Rule {
  cudnnBackendDescriptorType_t descriptor;
  cudnnBackendAttributeName_t name;
  cudnnBackendAttributeType_t type;
  std::int64_t least, most;  // elements; none: it may be left out
};
constexpr std::int64_t most_knobs = CUDNN_KNOB_TYPE_COUNTS;

constexpr Rule operation_rule(cudnnBackendDescriptorType_t of, cudnnBackendAttributeName_t name) {
  return {of, name, CUDNN_TYPE_BACKEND_DESCRIPTOR, 1, 1};
}
constexpr auto forward = CUDNN_BACKEND_OPERATION_CONVOLUTION_FORWARD_DESCRIPTOR;
constexpr auto backward_data = CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_DATA_DESCRIPTOR;
constexpr auto backward_filter = CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_FILTER_DESCRIPTOR;

constexpr Rule rules[] = {
    {CUDNN_BACKEND_TENSOR_DESCRIPTOR, CUDNN_ATTR_TENSOR_DATA_TYPE, CUDNN_TYPE_DATA_TYPE, 1, 1},
    {CUDNN_BACKEND_TENSOR_DESCRIPTOR, CUDNN_ATTR_TENSOR_DIMENSIONS, CUDNN_TYPE_INT64, 4, 4},
    {CUDNN_BACKEND_TENSOR_DESCRIPTOR, CUDNN_ATTR_TENSOR_STRIDES, CUDNN_TYPE_INT64, 4, 4},
    {CUDNN_BACKEND_TENSOR_DESCRIPTOR, CUDNN_ATTR_TENSOR_UNIQUE_ID, CUDNN_TYPE_INT64, 1, 1},
    {CUDNN_BACKEND_TENSOR_DESCRIPTOR, CUDNN_ATTR_TENSOR_BYTE_ALIGNMENT, CUDNN_TYPE_INT64, 1, 1},
    {CUDNN_BACKEND_CONVOLUTION_DESCRIPTOR, CUDNN_ATTR_CONVOLUTION_COMP_TYPE, CUDNN_TYPE_DATA_TYPE, 1, 1},
    {CUDNN_BACKEND_CONVOLUTION_DESCRIPTOR, CUDNN_ATTR_CONVOLUTION_CONV_MODE, CUDNN_TYPE_CONVOLUTION_MODE, 1, 1},
    {CUDNN_BACKEND_CONVOLUTION_DESCRIPTOR, CUDNN_ATTR_CONVOLUTION_SPATIAL_DIMS, CUDNN_TYPE_INT64, 1, 1},
    {CUDNN_BACKEND_CONVOLUTION_DESCRIPTOR, CUDNN_ATTR_CONVOLUTION_PRE_PADDINGS, CUDNN_TYPE_INT64, 2, 2},
    {CUDNN_BACKEND_CONVOLUTION_DESCRIPTOR, CUDNN_ATTR_CONVOLUTION_POST_PADDINGS, CUDNN_TYPE_INT64, 2, 2},
    {CUDNN_BACKEND_CONVOLUTION_DESCRIPTOR, CUDNN_ATTR_CONVOLUTION_FILTER_STRIDES, CUDNN_TYPE_INT64, 2, 2},
    {CUDNN_BACKEND_CONVOLUTION_DESCRIPTOR, CUDNN_ATTR_CONVOLUTION_DILATIONS, CUDNN_TYPE_INT64, 2, 2},
    operation_rule(forward, CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_X),
    operation_rule(forward, CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_W),
    operation_rule(forward, CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_Y),
    operation_rule(forward, CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_CONV_DESC),
    {forward, CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_ALPHA, CUDNN_TYPE_FLOAT, 1, 1},
    {forward, CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_BETA, CUDNN_TYPE_FLOAT, 1, 1},
    operation_rule(backward_data, CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_DX),
    operation_rule(backward_data, CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_W),
    operation_rule(backward_data, CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_DY),
    operation_rule(backward_data, CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_CONV_DESC),
    {backward_data, CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_ALPHA, CUDNN_TYPE_FLOAT, 1, 1},
    {backward_data, CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_BETA, CUDNN_TYPE_FLOAT, 1, 1},
    operation_rule(backward_filter, CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_X),
    operation_rule(backward_filter, CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_DW),
    operation_rule(backward_filter, CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_DY),
    operation_rule(backward_filter, CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_CONV_DESC),
    {backward_filter, CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_ALPHA, CUDNN_TYPE_FLOAT, 1, 1},
    {backward_filter, CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_BETA, CUDNN_TYPE_FLOAT, 1, 1},
    {CUDNN_BACKEND_OPERATIONGRAPH_DESCRIPTOR, CUDNN_ATTR_OPERATIONGRAPH_HANDLE, CUDNN_TYPE_HANDLE, 1, 1},
    operation_rule(CUDNN_BACKEND_OPERATIONGRAPH_DESCRIPTOR, CUDNN_ATTR_OPERATIONGRAPH_OPS),
    operation_rule(CUDNN_BACKEND_ENGINEHEUR_DESCRIPTOR, CUDNN_ATTR_ENGINEHEUR_OPERATION_GRAPH),
    {CUDNN_BACKEND_ENGINEHEUR_DESCRIPTOR, CUDNN_ATTR_ENGINEHEUR_MODE, CUDNN_TYPE_HEUR_MODE, 1, 1},
    operation_rule(CUDNN_BACKEND_ENGINE_DESCRIPTOR, CUDNN_ATTR_ENGINE_OPERATION_GRAPH),
    {CUDNN_BACKEND_ENGINE_DESCRIPTOR, CUDNN_ATTR_ENGINE_GLOBAL_INDEX, CUDNN_TYPE_INT64, 1, 1},
    {CUDNN_BACKEND_KNOB_CHOICE_DESCRIPTOR, CUDNN_ATTR_KNOB_CHOICE_KNOB_TYPE, CUDNN_TYPE_KNOB_TYPE, 1, 1},
    {CUDNN_BACKEND_KNOB_CHOICE_DESCRIPTOR, CUDNN_ATTR_KNOB_CHOICE_KNOB_VALUE, CUDNN_TYPE_INT64, 1, 1},
    operation_rule(CUDNN_BACKEND_ENGINECFG_DESCRIPTOR, CUDNN_ATTR_ENGINECFG_ENGINE),
    {CUDNN_BACKEND_ENGINECFG_DESCRIPTOR, CUDNN_ATTR_ENGINECFG_KNOB_CHOICES, CUDNN_TYPE_BACKEND_DESCRIPTOR, 0,
     most_knobs},
    {CUDNN_BACKEND_EXECUTION_PLAN_DESCRIPTOR, CUDNN_ATTR_EXECUTION_PLAN_HANDLE, CUDNN_TYPE_HANDLE, 1, 1},
    operation_rule(CUDNN_BACKEND_EXECUTION_PLAN_DESCRIPTOR, CUDNN_ATTR_EXECUTION_PLAN_ENGINE_CONFIG),
    {CUDNN_BACKEND_VARIANT_PACK_DESCRIPTOR, CUDNN_ATTR_VARIANT_PACK_UNIQUE_IDS, CUDNN_TYPE_INT64, 3, 3},
    {CUDNN_BACKEND_VARIANT_PACK_DESCRIPTOR, CUDNN_ATTR_VARIANT_PACK_DATA_POINTERS, CUDNN_TYPE_VOID_PTR, 3, 3},
    {CUDNN_BACKEND_VARIANT_PACK_DESCRIPTOR, CUDNN_ATTR_VARIANT_PACK_WORKSPACE, CUDNN_TYPE_VOID_PTR, 1, 1},
};

std::size_t bytes_of(cudnnBackendAttributeType_t type) {
  switch (type) {
    case CUDNN_TYPE_HANDLE:
      return sizeof(cudnnHandle_t);
    case CUDNN_TYPE_DATA_TYPE:
      return sizeof(cudnnDataType_t);
    case CUDNN_TYPE_INT64:
      return sizeof(std::int64_t);
    case CUDNN_TYPE_FLOAT:
      return sizeof(float);
    case CUDNN_TYPE_VOID_PTR:
      return sizeof(void*);
    case CUDNN_TYPE_CONVOLUTION_MODE:
      return sizeof(cudnnConvolutionMode_t);
    case CUDNN_TYPE_HEUR_MODE:
      return sizeof(cudnnBackendHeurMode_t);
    case CUDNN_TYPE_KNOB_TYPE:
      return sizeof(cudnnBackendKnobType_t);
    default:
      return sizeof(cudnnBackendDescriptor_t);
  }
}

struct OperationNames {
  cudnnBackendAttributeName_t x, w, y, convolution, alpha, beta;
};
OperationNames names_of(cudnnBackendDescriptorType_t operation) {
  if (operation == forward)
    return {CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_X,     CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_W,
            CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_Y,     CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_CONV_DESC,
            CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_ALPHA, CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_BETA};
  if (operation == backward_data)
    return {CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_DX,    CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_W,
            CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_DY,    CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_CONV_DESC,
            CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_ALPHA, CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_BETA};
  return {CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_X,     CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_DW,
          CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_DY,    CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_CONV_DESC,
          CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_ALPHA, CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_BETA};
}

Convolution::Axes axes(const Descriptor& tensor, cudnnBackendAttributeName_t name) {
  const auto values = tensor.values<std::int64_t>(name);
  return {values[0], values[1], values[2], values[3]};
}

cudnnStatus_t read_graph(Descriptor& graph) {
  const Descriptor& operation = graph.part(CUDNN_ATTR_OPERATIONGRAPH_OPS);
  if (operation.type != forward && operation.type != backward_data && operation.type != backward_filter)
    return CUDNN_STATUS_NOT_SUPPORTED_GRAPH_PATTERN;
  const OperationNames names = names_of(operation.type);
  const Descriptor &x = operation.part(names.x), &w = operation.part(names.w), &y = operation.part(names.y);
  const Descriptor& conv = operation.part(names.convolution);
  const auto type = [](const Descriptor& t) { return t.value<cudnnDataType_t>(CUDNN_ATTR_TENSOR_DATA_TYPE); };
  const auto id = [](const Descriptor& t) { return t.value<std::int64_t>(CUDNN_ATTR_TENSOR_UNIQUE_ID); };
  using Numbers = std::vector<std::int64_t>;
  const Numbers pre = conv.values<std::int64_t>(CUDNN_ATTR_CONVOLUTION_PRE_PADDINGS),
                post = conv.values<std::int64_t>(CUDNN_ATTR_CONVOLUTION_POST_PADDINGS),
                strides = conv.values<std::int64_t>(CUDNN_ATTR_CONVOLUTION_FILTER_STRIDES);
  const Convolution made{.x = axes(x, CUDNN_ATTR_TENSOR_DIMENSIONS),
                         .w = axes(w, CUDNN_ATTR_TENSOR_DIMENSIONS),
                         .y = axes(y, CUDNN_ATTR_TENSOR_DIMENSIONS),
                         .x_strides = axes(x, CUDNN_ATTR_TENSOR_STRIDES),
                         .w_strides = axes(w, CUDNN_ATTR_TENSOR_STRIDES),
                         .y_strides = axes(y, CUDNN_ATTR_TENSOR_STRIDES),
                         .pad_top = pre[0],
                         .pad_left = pre[1],
                         .pad_bottom = post[0],
                         .pad_right = post[1],
                         .stride_h = strides[0],
                         .stride_w = strides[1],
                         .narrow = type(x) == CUDNN_DATA_BFLOAT16};
  const auto all_lie = [&](auto order) {
    return made.x_strides == order(made.x) && made.w_strides == order(made.w) && made.y_strides == order(made.y);
  };
  graph.nchw = !all_lie(Convolution::channels_last);
  if (graph.nchw && !all_lie(Convolution::channels_first)) return CUDNN_STATUS_NOT_SUPPORTED_LAYOUT;
  if (type(x) != type(w) || type(w) != type(y) || (type(x) != CUDNN_DATA_FLOAT && type(x) != CUDNN_DATA_BFLOAT16) ||
      conv.value<cudnnDataType_t>(CUDNN_ATTR_CONVOLUTION_COMP_TYPE) != CUDNN_DATA_FLOAT)
    return CUDNN_STATUS_NOT_SUPPORTED_DATA_TYPE;
  if (!made.fits() || conv.value<std::int64_t>(CUDNN_ATTR_CONVOLUTION_SPATIAL_DIMS) != 2 ||
      conv.values<std::int64_t>(CUDNN_ATTR_CONVOLUTION_DILATIONS) != Numbers{1, 1} ||
      conv.value<cudnnConvolutionMode_t>(CUDNN_ATTR_CONVOLUTION_CONV_MODE) != CUDNN_CROSS_CORRELATION ||
      operation.value<float>(names.alpha) != 1.f || operation.value<float>(names.beta) != 0.f || id(x) == id(w) ||
      id(w) == id(y) || id(x) == id(y))
    return CUDNN_STATUS_BAD_PARAM;
  graph.convolution = made;
  graph.direction = operation.type == forward         ? Direction::forward
                    : operation.type == backward_data ? Direction::data_gradient
                                                      : Direction::weight_gradient;
  return CUDNN_STATUS_SUCCESS;
}

/// What the descriptor is made from is taken over.
void take_convolution(Descriptor& to, const Descriptor& from) {
  to.convolution = from.convolution;
  to.direction = from.direction;
  to.nchw = from.nchw;
}

bool is_offered(const Descriptor& graph) {
  return deepobs_emulation::is_offered(*graph.convolution, graph.nchw, deepobs_emulation::graphs_nhwc,
                                       deepobs_emulation::graphs_nchw);
}

cudnnStatus_t make(Descriptor& object) {
  if (object.type == CUDNN_BACKEND_OPERATIONGRAPH_DESCRIPTOR) return read_graph(object);
  if (object.type == CUDNN_BACKEND_ENGINEHEUR_DESCRIPTOR) {
    take_convolution(object, object.part(CUDNN_ATTR_ENGINEHEUR_OPERATION_GRAPH));
    return is_offered(object) ? CUDNN_STATUS_SUCCESS : CUDNN_STATUS_NOT_SUPPORTED;
  }
  if (object.type == CUDNN_BACKEND_ENGINE_DESCRIPTOR) {
    object.engine = object.value<std::int64_t>(CUDNN_ATTR_ENGINE_GLOBAL_INDEX);
    take_convolution(object, object.part(CUDNN_ATTR_ENGINE_OPERATION_GRAPH));
    if (object.engine < 0 || object.engine >= engines) return CUDNN_STATUS_BAD_PARAM;
    return is_offered(object) ? CUDNN_STATUS_SUCCESS : CUDNN_STATUS_NOT_SUPPORTED;
  }
  if (object.type == CUDNN_BACKEND_KNOB_CHOICE_DESCRIPTOR) {
    object.knobs = {{object.value<cudnnBackendKnobType_t>(CUDNN_ATTR_KNOB_CHOICE_KNOB_TYPE),
                     object.value<std::int64_t>(CUDNN_ATTR_KNOB_CHOICE_KNOB_VALUE)}};
    return CUDNN_STATUS_SUCCESS;
  }
  if (object.type == CUDNN_BACKEND_ENGINECFG_DESCRIPTOR) {
    const Descriptor& engine = object.part(CUDNN_ATTR_ENGINECFG_ENGINE);
    take_convolution(object, engine);
    object.engine = engine.engine;
    if (object.set.count(CUDNN_ATTR_ENGINECFG_KNOB_CHOICES) > 0)
      for (const auto* knob : object.values<const Descriptor*>(CUDNN_ATTR_ENGINECFG_KNOB_CHOICES))
        object.knobs.push_back(knob->knobs[0]);
    for (const auto& knob : object.knobs) {
      if (object.engine != sound_engine) return CUDNN_STATUS_BAD_PARAM;
      if (knob.type == CUDNN_KNOB_TYPE_TILE_SIZE)
        object.tile = knob.value;
      else if (knob.type != CUDNN_KNOB_TYPE_SPLIT_K_BUF || knob.value != 1)
        return CUDNN_STATUS_BAD_PARAM;
    }
    return CUDNN_STATUS_SUCCESS;
  }
  if (object.type == CUDNN_BACKEND_EXECUTION_PLAN_DESCRIPTOR) {
    deepobs_emulation::refuse_while_others_capture("finalizing a plan of cuDNN");
    const Descriptor& config = object.part(CUDNN_ATTR_EXECUTION_PLAN_ENGINE_CONFIG);
    take_convolution(object, config);
    object.engine = config.engine;
    object.tile = config.tile;
    return engine(object.engine).makes_no_plan ? CUDNN_STATUS_NOT_SUPPORTED : CUDNN_STATUS_SUCCESS;
  }
  return CUDNN_STATUS_SUCCESS;
}

/// Fills in descriptors that the caller has made, as many as there are and there is room for.
cudnnStatus_t fill(const std::vector<Descriptor>& with, std::int64_t room, std::int64_t* count, void* into) {
  *count = static_cast<std::int64_t>(with.size());
  if (into == nullptr) return room == 0 ? CUDNN_STATUS_SUCCESS : CUDNN_STATUS_BAD_PARAM_NULL_POINTER;
  auto** const objects = static_cast<Descriptor**>(into);
  for (std::size_t i = 0; i < with.size() && static_cast<std::int64_t>(i) < room; ++i) {
    if (objects[i] == nullptr || objects[i]->type != with[i].type || objects[i]->finalized)
      return CUDNN_STATUS_BAD_PARAM_DESCRIPTOR_TYPE;
    *objects[i] = with[i];
    objects[i]->finalized = true;
  }
  return CUDNN_STATUS_SUCCESS;
}

template <class T>
cudnnStatus_t fill(const std::vector<T>& with, std::int64_t room, std::int64_t* count, void* into) {
  *count = static_cast<std::int64_t>(with.size());
  for (std::size_t i = 0; i < with.size() && static_cast<std::int64_t>(i) < room; ++i)
    static_cast<T*>(into)[i] = with[i];
  return CUDNN_STATUS_SUCCESS;
}

std::vector<Descriptor> results_of(const Descriptor& heuristic) {
  std::vector<Descriptor> results;
  for (const auto& [index, tile] : answers(heuristic.value<cudnnBackendHeurMode_t>(CUDNN_ATTR_ENGINEHEUR_MODE))) {
    Descriptor& config = results.emplace_back(Descriptor{.type = CUDNN_BACKEND_ENGINECFG_DESCRIPTOR});
    take_convolution(config, heuristic);
    config.engine = index;
    if (index == sound_engine) config.knobs = {{CUDNN_KNOB_TYPE_TILE_SIZE, tile}, {CUDNN_KNOB_TYPE_SPLIT_K_BUF, 1}};
  }
  return results;
}

}  // namespace

extern "C" {

cudnnStatus_t cudnnBackendCreateDescriptor(cudnnBackendDescriptorType_t type, cudnnBackendDescriptor_t* object) {
  *object = new Descriptor{.type = type};
  return CUDNN_STATUS_SUCCESS;
}
cudnnStatus_t cudnnBackendDestroyDescriptor(cudnnBackendDescriptor_t object) {
  delete static_cast<Descriptor*>(object);
  return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t cudnnBackendSetAttribute(cudnnBackendDescriptor_t object, cudnnBackendAttributeName_t name,
                                       cudnnBackendAttributeType_t type, int64_t count, const void* values) {
  Descriptor& descriptor = at(object);
  if (descriptor.finalized) return CUDNN_STATUS_NOT_INITIALIZED;
  for (const Rule& rule : rules) {
    if (rule.descriptor != descriptor.type || rule.name != name) continue;
    if (rule.type != type) return CUDNN_STATUS_BAD_PARAM_ATTRIBUTE_TYPE;
    if (count < rule.least || count > rule.most) return CUDNN_STATUS_BAD_PARAM_SIZE_INSUFFICIENT;
    if (values == nullptr) return CUDNN_STATUS_BAD_PARAM_NULL_POINTER;
    if (type == CUDNN_TYPE_BACKEND_DESCRIPTOR)
      for (std::int64_t i = 0; i < count; ++i)
        if (!static_cast<const Descriptor* const*>(values)[i]->finalized) return CUDNN_STATUS_BAD_PARAM_NOT_FINALIZED;
    const auto* begin = static_cast<const std::byte*>(values);
    descriptor.set[name].assign(begin, begin + static_cast<std::size_t>(count) * bytes_of(type));
    return CUDNN_STATUS_SUCCESS;
  }
  return CUDNN_STATUS_NOT_SUPPORTED;
}

cudnnStatus_t cudnnBackendFinalize(cudnnBackendDescriptor_t object) {
  Descriptor& descriptor = at(object);
  if (descriptor.finalized) return CUDNN_STATUS_BAD_PARAM;
  for (const Rule& rule : rules)
    if (rule.descriptor == descriptor.type && rule.least > 0 && descriptor.set.count(rule.name) == 0)
      return CUDNN_STATUS_BAD_PARAM;
  const cudnnStatus_t status = make(descriptor);
  descriptor.finalized = status == CUDNN_STATUS_SUCCESS;
  return status;
}

cudnnStatus_t cudnnBackendGetAttribute(cudnnBackendDescriptor_t object, cudnnBackendAttributeName_t name,
                                       cudnnBackendAttributeType_t type, int64_t room, int64_t* count, void* values) {
  const Descriptor& descriptor = at(object);
  if (!descriptor.finalized) return CUDNN_STATUS_BAD_PARAM_NOT_FINALIZED;
  const auto is = [&](cudnnBackendDescriptorType_t of, cudnnBackendAttributeName_t named,
                      cudnnBackendAttributeType_t typed) {
    return descriptor.type == of && name == named && type == typed;
  };
  if (is(CUDNN_BACKEND_ENGINEHEUR_DESCRIPTOR, CUDNN_ATTR_ENGINEHEUR_RESULTS, CUDNN_TYPE_BACKEND_DESCRIPTOR))
    return fill(results_of(descriptor), room, count, values);
  if (is(CUDNN_BACKEND_ENGINECFG_DESCRIPTOR, CUDNN_ATTR_ENGINECFG_ENGINE, CUDNN_TYPE_BACKEND_DESCRIPTOR)) {
    Descriptor found{.type = CUDNN_BACKEND_ENGINE_DESCRIPTOR};
    take_convolution(found, descriptor);
    found.engine = descriptor.engine;
    return fill(std::vector{found}, room, count, values);
  }
  if (is(CUDNN_BACKEND_ENGINECFG_DESCRIPTOR, CUDNN_ATTR_ENGINECFG_KNOB_CHOICES, CUDNN_TYPE_BACKEND_DESCRIPTOR)) {
    std::vector<Descriptor> found;
    for (const auto& knob : descriptor.knobs)
      found.push_back({.type = CUDNN_BACKEND_KNOB_CHOICE_DESCRIPTOR, .knobs = {knob}});
    return fill(found, room, count, values);
  }
  if (is(CUDNN_BACKEND_KNOB_CHOICE_DESCRIPTOR, CUDNN_ATTR_KNOB_CHOICE_KNOB_TYPE, CUDNN_TYPE_KNOB_TYPE))
    return fill(std::vector{descriptor.knobs[0].type}, room, count, values);
  if (is(CUDNN_BACKEND_KNOB_CHOICE_DESCRIPTOR, CUDNN_ATTR_KNOB_CHOICE_KNOB_VALUE, CUDNN_TYPE_INT64))
    return fill(std::vector{descriptor.knobs[0].value}, room, count, values);
  if (is(CUDNN_BACKEND_ENGINE_DESCRIPTOR, CUDNN_ATTR_ENGINE_GLOBAL_INDEX, CUDNN_TYPE_INT64))
    return fill(std::vector{descriptor.engine}, room, count, values);
  if (is(CUDNN_BACKEND_ENGINE_DESCRIPTOR, CUDNN_ATTR_ENGINE_NUMERICAL_NOTE, CUDNN_TYPE_NUMERICAL_NOTE))
    return fill(engine(descriptor.engine).notes, room, count, values);
  if (is(CUDNN_BACKEND_EXECUTION_PLAN_DESCRIPTOR, CUDNN_ATTR_EXECUTION_PLAN_WORKSPACE_SIZE, CUDNN_TYPE_INT64))
    return fill(std::vector{engine(descriptor.engine).workspace}, room, count, values);
  return CUDNN_STATUS_NOT_SUPPORTED;
}

cudnnStatus_t cudnnBackendExecute(cudnnHandle_t handle, cudnnBackendDescriptor_t plan_object,
                                  cudnnBackendDescriptor_t pack_object) {
  const Descriptor &plan = at(plan_object), &pack = at(pack_object);
  if (plan.type != CUDNN_BACKEND_EXECUTION_PLAN_DESCRIPTOR || pack.type != CUDNN_BACKEND_VARIANT_PACK_DESCRIPTOR)
    return CUDNN_STATUS_BAD_PARAM_DESCRIPTOR_TYPE;
  if (!plan.finalized || !pack.finalized) return CUDNN_STATUS_BAD_PARAM_NOT_FINALIZED;
  const Engine& with = engine(plan.engine);
  if (with.does_not_run) return CUDNN_STATUS_EXECUTION_FAILED;
  const Descriptor& graph = plan.part(CUDNN_ATTR_EXECUTION_PLAN_ENGINE_CONFIG)
                                .part(CUDNN_ATTR_ENGINECFG_ENGINE)
                                .part(CUDNN_ATTR_ENGINE_OPERATION_GRAPH);
  const Descriptor& operation = graph.part(CUDNN_ATTR_OPERATIONGRAPH_OPS);
  const OperationNames names = names_of(operation.type);
  const auto ids = pack.values<std::int64_t>(CUDNN_ATTR_VARIANT_PACK_UNIQUE_IDS);
  const auto pointers = pack.values<void*>(CUDNN_ATTR_VARIANT_PACK_DATA_POINTERS);
  const auto pointer = [&](cudnnBackendAttributeName_t name) -> void* {
    const Descriptor& tensor = operation.part(name);
    for (std::size_t i = 0; i < ids.size(); ++i)
      if (ids[i] == tensor.value<std::int64_t>(CUDNN_ATTR_TENSOR_UNIQUE_ID) &&
          reinterpret_cast<std::uintptr_t>(pointers[i]) %
                  static_cast<std::uintptr_t>(tensor.value<std::int64_t>(CUDNN_ATTR_TENSOR_BYTE_ALIGNMENT)) ==
              0)
        return pointers[i];
    return nullptr;
  };
  void *const x = pointer(names.x), *const w = pointer(names.w), *const y = pointer(names.y);
  void* const workspace = pack.value<void*>(CUDNN_ATTR_VARIANT_PACK_WORKSPACE);
  if (x == nullptr || w == nullptr || y == nullptr || workspace == nullptr) return CUDNN_STATUS_BAD_PARAM;
  const int slow = plan.engine == sound_engine && plan.tile != large_tile ? 2 : 1;
  // The plan may be gone when a graph runs what was captured.
  deepobs_emulation::enqueue_for(
      handle, handle->stream,
      [=, convolution = *plan.convolution, direction = plan.direction, &with] {
        std::memset(workspace, 0xFF, static_cast<std::size_t>(with.workspace));
        convolve(convolution, direction, x, w, y, with.inexactness);
      },
      slow * with.microseconds);
  return CUDNN_STATUS_SUCCESS;
}

}  // extern "C"
