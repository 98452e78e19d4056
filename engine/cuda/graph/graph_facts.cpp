#include "engine/cuda/graph/graph_facts.h"

#include <cuda_runtime_api.h>

#include <algorithm>
#include <map>

#include "engine/cuda/cuda_check.h"
#include "engine/run/longest_chain.h"

namespace deepobs {
namespace {

constexpr const char* asking = "asking what a graph holds";

std::vector<cudaGraphNode_t> nodes_of(cudaGraph_t graph) {
  std::size_t count = 0;
  check_cuda(cudaGraphGetNodes(graph, nullptr, &count), asking);
  std::vector<cudaGraphNode_t> nodes(count);
  if (count > 0) check_cuda(cudaGraphGetNodes(graph, nodes.data(), &count), asking);
  return nodes;
}

struct Edges {
  explicit Edges(std::size_t count) : from(count), to(count), data(count) {}
  std::vector<cudaGraphNode_t> from, to;
  std::vector<cudaGraphEdgeData> data;
};

cudaError_t get_edges(cudaGraph_t graph, cudaGraphNode_t* from, cudaGraphNode_t* to, cudaGraphEdgeData* data,
                      std::size_t* count) {
#if CUDART_VERSION >= 13000
  return cudaGraphGetEdges(graph, from, to, data, count);
#else
  return cudaGraphGetEdges_v2(graph, from, to, data, count);
#endif
}

Edges edges_of(cudaGraph_t graph) {
  std::size_t count = 0;
  check_cuda(get_edges(graph, nullptr, nullptr, nullptr, &count), asking);
  Edges edges(count);
  // With room for the kinds of edges: without it CUDA refuses a graph in which not all of them are ordinary.
  if (count > 0) check_cuda(get_edges(graph, edges.from.data(), edges.to.data(), edges.data.data(), &count), asking);
  return edges;
}

}  // namespace

CapturedStep facts_of(CUgraph_st* graph) {
  const auto nodes = nodes_of(graph);
  const Edges edges = edges_of(graph);
  std::map<cudaGraphNode_t, std::size_t> number;
  for (std::size_t n = 0; n < nodes.size(); ++n) number.emplace(nodes[n], n);
  std::vector<std::pair<std::size_t, std::size_t>> numbered;
  for (std::size_t e = 0; e < edges.from.size(); ++e)
    numbered.emplace_back(number.at(edges.from[e]), number.at(edges.to[e]));
  return {.launches = static_cast<std::int64_t>(nodes.size()),
          .in_a_row = longest_chain(nodes.size(), numbered),
          .edges = static_cast<std::int64_t>(numbered.size()),
          .early_edges = std::ranges::count(edges.data, cudaGraphDependencyTypeProgrammatic, &cudaGraphEdgeData::type)};
}

}  // namespace deepobs
