#pragma once

#include <cstdint>

#include "kernels/convolution/conv_algorithm.h"
#include "kernels/convolution/conv_geometry.h"

namespace deepobs {

/// A convolution without stride in tiles of output x output pixels of y, which see size() x size() pixels of x each
/// (Lavin & Gray, "Fast algorithms for convolutional neural networks", 2016, F(m x m, r x r)): weights and tiles are
/// transformed, multiplied position by position of the transformed tile, and transformed back. That takes size()^2
/// products of matrices where the definition takes (output * taps)^2.
struct WinogradTiles {
  int output = 0;  ///< 0: no tiles, the convolution is computed directly
  int taps = 0;

  explicit operator bool() const { return output > 0; }
  int size() const { return output + taps - 1; }
  int positions() const { return size() * size(); }
  bool operator==(const WinogradTiles&) const = default;
};

/// The tiles that `algorithm` takes for a convolution, of F(4x4, 3x3), F(3x3, 3x3), F(3x3, 5x5) and F(2x2, 5x5).
/// `automatic` takes them where channels are many enough to pay for the transforms and images to keep cores busy.
WinogradTiles choose_tiles(const ConvGeometry& geometry, ConvAlgorithm algorithm);

/// The tiles that cover y, image by image, row by row. Those at the bottom and at the right may stick out.
struct TileGrid {
  std::int64_t rows, columns;
  std::int64_t in_image() const { return rows * columns; }
};
TileGrid tile_grid(const WinogradTiles& tiles, const ConvGeometry& geometry);

constexpr std::int64_t widest_tile_columns = 32;  ///< of the register tiles of all instruction sets (gemm_tile.h)

/// Floats of the transformed weights, for either direction: depth are the channels that are summed over.
std::int64_t transformed_weights_floats(const WinogradTiles& tiles, std::int64_t depth, std::int64_t columns);

/// How tiles are taken together whose transforms lie in the worker's memory at once: `tiles` in groups as even as
/// possible, at least one, of at most `most_floats`.
std::int64_t groups_of_tiles(std::int64_t tiles, std::int64_t floats_of_tile, std::int64_t most_floats);

/// What a group takes of the worker's memory: a third of the L2 of a small core, through whose rest weights and images
/// stream.
constexpr std::int64_t group_floats = 96 * 1024;
/// Floats between one position and the next: whole cache lines, an odd number of them, so that the positions of a tile
/// lie in different sets of a cache.
constexpr std::int64_t position_stride(std::int64_t floats) { return (floats + 15) / 16 / 2 * 32 + 16; }
/// The most that the odd number of lines costs, for all positions of two transforms.
constexpr std::int64_t group_slack = 4 * 1024;
/// All of it; behind it there is room for images.
constexpr std::int64_t winograd_scratch_floats = group_floats + group_slack;

/// How images are shared out to the tasks of the forward direction and of the data gradient.
struct ImageCut {
  std::int64_t images = 1, tasks = 1;
};
/// `floats_of_image`: what a task keeps of each of its images in its cache.
ImageCut cut_images(std::int64_t images, std::int64_t floats_of_image);

/// Whether y of an image fits into the worker's memory behind winograd_scratch_floats, for an op that goes on with it.
/// Then all images of a task do.
bool images_fit_behind_tiles(const ConvGeometry& geometry);

/// How a weight gradient is cut: the rows of the transformed tiles, two at a time, and the images in slices, which give
/// partial results.
struct TransformedGradientCut {
  std::int64_t row_pairs = 1, slices = 1;
  std::int64_t tasks() const { return row_pairs * slices; }
};
TransformedGradientCut cut_transformed_gradient(const WinogradTiles& tiles, const ConvGeometry& geometry);

/// Floats of workspace of a weight gradient in tiles, on any instruction set.
std::int64_t transformed_gradient_floats(const WinogradTiles& tiles, const ConvGeometry& geometry);

}  // namespace deepobs
