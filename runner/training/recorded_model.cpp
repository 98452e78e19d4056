#include "runner/training/recorded_model.h"

#include "problems/data/dataset_info.h"

namespace deepobs {

RecordedModel::RecordedModel(const Problem& problem) {
  const auto& image = dataset_info(problem.dataset).image;
  Layers layers(graph, Mode::train);
  problem.record(layers, {graph.input("images", Type::f32, {1, image[0], image[1], image[2]}),
                          graph.input("labels", Type::i32, {1})});
  rows = layers.rows();
}

}  // namespace deepobs
