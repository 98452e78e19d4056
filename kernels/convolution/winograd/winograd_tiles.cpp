#include "kernels/convolution/winograd/winograd_tiles.h"

#include <algorithm>
#include <array>

#include "kernels/cpu/blocks.h"

namespace deepobs {
namespace {

constexpr std::array<WinogradTiles, 4> all_tiles{{{4, 3}, {3, 3}, {2, 5}, {3, 5}}};

constexpr std::int64_t least_images = 16;    // as many as tasks that keep eight cores even
constexpr std::int64_t least_channels = 16;  // of x and of y: below it the products are too shallow
constexpr std::int64_t wanted_gradient_tasks = 16;
constexpr std::int64_t kept_floats = 64 * 1024;  // of images, beside a group

/// Multiplications of an image, transforms included: each transformed channel costs about as much as this many.
std::int64_t cost(const WinogradTiles& tiles, const ConvGeometry& g) {
  constexpr std::int64_t transform = 12;
  return tile_grid(tiles, g).in_image() * tiles.positions() * (g.c_in * g.c_out + transform * (g.c_in + g.c_out));
}

/// Whether at least one tile's transforms fit into a group.
bool fits(const WinogradTiles& tiles, const ConvGeometry& g) {
  const std::int64_t channels = round_up(std::max(g.c_in, g.c_out), widest_tile_columns);
  return tiles.positions() * 2 * (channels + widest_tile_columns) <= group_floats;
}

}  // namespace

TileGrid tile_grid(const WinogradTiles& tiles, const ConvGeometry& geometry) {
  return {blocks(geometry.out_h, tiles.output), blocks(geometry.out_w, tiles.output)};
}

WinogradTiles choose_tiles(const ConvGeometry& geometry, ConvAlgorithm algorithm) {
  const ConvGeometry& g = geometry;
  if (algorithm == ConvAlgorithm::direct || g.stride_h != 1 || g.stride_w != 1 || g.kh != g.kw) return {};
  WinogradTiles best;
  for (const WinogradTiles& tiles : all_tiles)
    if (tiles.taps == g.kh && fits(tiles, g) && (!best || cost(tiles, g) < cost(best, g))) best = tiles;
  if (!best || algorithm == ConvAlgorithm::winograd) return best;
  const bool many = std::min(g.c_in, g.c_out) >= least_channels && g.n >= least_images;
  return many && cost(best, g) * 5 < g.out_h * g.out_w * g.window() * g.c_out * 4 ? best : WinogradTiles{};
}

std::int64_t transformed_weights_floats(const WinogradTiles& tiles, std::int64_t depth, std::int64_t columns) {
  return tiles.positions() * depth * round_up(columns, widest_tile_columns);
}

std::int64_t groups_of_tiles(std::int64_t tiles, std::int64_t floats_of_tile, std::int64_t most_floats) {
  return blocks(tiles, std::max<std::int64_t>(most_floats / floats_of_tile, 1));
}

ImageCut cut_images(std::int64_t images, std::int64_t floats_of_image) {
  ImageCut cut;
  cut.images = std::clamp<std::int64_t>(kept_floats / std::max<std::int64_t>(floats_of_image, 1), 1,
                                        blocks(images, least_images));
  cut.tasks = blocks(images, cut.images);
  return cut;
}

bool images_fit_behind_tiles(const ConvGeometry& geometry) {
  constexpr std::int64_t room = Worker::scratch_floats - winograd_scratch_floats;
  static_assert(kept_floats <= room);
  return geometry.out_h * geometry.out_w * geometry.c_out <= room;
}

TransformedGradientCut cut_transformed_gradient(const WinogradTiles& tiles, const ConvGeometry& geometry) {
  TransformedGradientCut cut{.row_pairs = (tiles.size() + 1) / 2};
  cut.slices = std::clamp<std::int64_t>((wanted_gradient_tasks + cut.row_pairs - 1) / cut.row_pairs, 1,
                                        std::max<std::int64_t>(geometry.n, 1));
  return cut;
}

std::int64_t transformed_gradient_floats(const WinogradTiles& tiles, const ConvGeometry& geometry) {
  return cut_transformed_gradient(tiles, geometry).slices * (tiles.positions() * geometry.c_in + 1) *
         round_up(geometry.c_out, widest_tile_columns);
}

}  // namespace deepobs
