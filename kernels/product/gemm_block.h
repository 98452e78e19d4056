#pragma once

#include <algorithm>
#include <cstdint>

#include "engine/run/executor.h"
#include "kernels/cpu/blocks.h"
#include "kernels/product/gemm_pack.h"
#include "kernels/product/gemm_tile.h"
#include "kernels/product/gemm_workspace.h"

namespace deepobs::DEEPOBS_ISA {

/// Longest chain of additions in a register. It bounds a panel of A (14 KiB) to L1, and the rounding error: chunks of
/// it are added up in C.
constexpr std::int64_t gemm_depth = 256;

/// Floats between the rows of a packed panel of A; not a power of two, whose rows would share few cache sets.
constexpr std::int64_t left_stride = gemm_depth + 16;

/// The chunk of terms at work, and the memory for its packed panels.
struct Chunk {
  std::int64_t term, depth;
  float* left;
  float* right;
};

/// Terms of the next chunk when `rest` are left, cut evenly into chunks of at most `longest`.
constexpr std::int64_t even_chunk(std::int64_t rest, std::int64_t longest) {
  const std::int64_t chunks = blocks(rest, longest);
  return (rest + chunks - 1) / chunks;
}

struct RowRange {
  std::int64_t begin, end;
};

/// A as a strided matrix, for multiply_block(), read where it lies if it can be.
class StridedLeft {
 public:
  StridedLeft(const float* data, std::int64_t row, std::int64_t column) : data_(data), row_(row), column_(column) {}

  std::int64_t chunk_depth(const GemmBlock& block, std::int64_t term) const {
    return even_chunk(block.depth - term, gemm_depth);
  }
  std::int64_t panel_unit(const GemmBlock& block) const { return block.rows; }
  RowRange covered(std::int64_t rows) const { return {0, rows}; }

  void begin(const GemmBlock& block, const Chunk& chunk) {
    part_ = data_ + block.row * row_ + chunk.term * column_;
    terms_ = {0, 0, chunk.depth};
    memory_ = chunk.left;
  }

  LeftPanel panel(std::int64_t row, int rows) const {
    const float* from = part_ + row * row_;
    // Rows half a page apart fall into the same few sets of the L1 cache and would push each other out.
    const bool collide = row_ % 512 == 0 && rows > 1;
    if (column_ == 1 && !collide) return {from, row_, false, &terms_, 1};
    if (row_ == 1) return {from, column_, true, &terms_, 1};
    pack_left(from, row_, column_, rows, terms_.depth, memory_, left_stride);
    return {memory_, left_stride, false, &terms_, 1};
  }

 private:
  const float* data_;
  std::int64_t row_, column_;
  const float* part_ = nullptr;
  Segment terms_;
  float* memory_ = nullptr;
};

/// B as a strided matrix, for multiply_block(). Large matrices come from far away and are used by few rows, so the part
/// that is packed next is fetched while tiles are computed: the next chunk of the block, or the first of `next`, the
/// block that probably follows.
class StridedRight {
 public:
  StridedRight(const float* data, std::int64_t row, std::int64_t column, const GemmBlock* next = nullptr)
      : data_(data), row_(row), column_(column), next_(next) {}

  void begin(const GemmBlock& block, const Chunk& chunk) {
    const float* part = data_ + chunk.term * row_ + block.column * column_;
    panel_stride_ = chunk.depth * tile_columns;
    packed_ = chunk.right;
    direct_ = nullptr;
    RightPart rest{part, row_, column_, chunk.depth, block.columns};
    float* to = chunk.right;
    if (column_ == 1 && block.rows <= 2 * tile_rows) {  // too few rows to pay for packing: only the right edge needs it
      direct_ = part;
      whole_ = block.columns / tile_columns * tile_columns;
      rest.data += whole_;
      rest.columns -= whole_;
      to += whole_ / tile_columns * panel_stride_;
    }
    pack_right(rest, to, panel_stride_);
    if (chunk.term + chunk.depth < block.term + block.depth)
      plan_ahead(part + chunk.depth * row_, chunk.depth, block.columns);
    else if (next_)
      plan_ahead(data_ + next_->term * row_ + next_->column * column_, chunk.depth, next_->columns);
    else
      pieces_ = 0;
  }

  /// The panel that begins at a column of the block, a multiple of tile_columns.
  RightPanel panel(std::int64_t column) const {
    if (direct_ && column < whole_) return {direct_ + column, row_};
    return {packed_ + column / tile_columns * panel_stride_, tile_columns};
  }

  /// What to fetch during tile `index` of the `count` that follow begin().
  Ahead ahead(std::int64_t index, std::int64_t count) const {
    const std::int64_t piece = index * pieces_ / count;
    if (pieces_ == 0 || (index > 0 && piece == (index - 1) * pieces_ / count)) return {};
    return {ahead_ + piece % lines_ * 16 + piece / lines_ * piece_step_, lines_stride_};
  }

 private:
  /// Cuts the next part into pieces of the lines that one tile fetches: those below each other.
  void plan_ahead(const float* part, std::int64_t depth, std::int64_t columns) {
    const std::int64_t length = column_ == 1 ? columns : depth, height = column_ == 1 ? depth : columns;
    const std::int64_t fetched = std::max<std::int64_t>((depth + 1) / 2, 1);
    ahead_ = part;
    lines_ = blocks(length, 16);
    lines_stride_ = column_ == 1 ? row_ : column_;
    piece_step_ = fetched * lines_stride_;
    pieces_ = lines_ * blocks(height, fetched);
  }

  const float* data_;
  std::int64_t row_, column_;
  const GemmBlock* next_;
  const float* direct_ = nullptr;
  const float* packed_ = nullptr;
  std::int64_t whole_ = 0, panel_stride_ = 0;
  const float* ahead_ = nullptr;
  std::int64_t lines_ = 1, lines_stride_ = 0, piece_step_ = 0, pieces_ = 0;
};

/// Where the rows of C lie, as a dense matrix. Other layouts offer the same member.
struct DenseRows {
  float* c;
  const float* gate;  ///< laid out like C, or null
  std::int64_t stride;

  /// Addresses of `rows` rows from `row` on: of C and, unless gate_rows is null, of the gate.
  void locate(std::int64_t row, int rows, float** c_rows, const float** gate_rows) const {
    for (int r = 0; r < rows; ++r) c_rows[r] = c + (row + r) * stride;
    if (gate_rows)
      for (int r = 0; r < rows; ++r) gate_rows[r] = gate + (row + r) * stride;
  }
};

template <class Rows>
constexpr int home_capacity() {
  if constexpr (requires { Rows::most_home_rows; }) return Rows::most_home_rows;
  return 1;
}

/// A panel of A by a block of B: a row of tiles. `first` counts from the block's first row; `index` of the panel, of
/// `panels`.
template <class Right, class Rows>
void multiply_panel(const GemmBlock& block, std::int64_t first, int rows, std::int64_t index, std::int64_t panels,
                    const LeftPanel& left, const Right& right, const Rows& out, bool add, const Epilogue& epilogue) {
  const std::int64_t tiles = blocks(block.columns, tile_columns);
  float* c[tile_rows];
  const float* gate[tile_rows];
  out.locate(block.row + first, rows, c, epilogue.gate ? gate : nullptr);
  constexpr bool taken_on = requires { Rows::most_home_rows; };
  [[maybe_unused]] const float* home[home_capacity<Rows>()];
  [[maybe_unused]] int home_rows = 0;
  if constexpr (taken_on) home_rows = out.home(block.row + first, rows, home);
  Tile tile{.a = left,
            .b = {},
            .c = c,
            .add_to_c = add,
            .bias = nullptr,
            .relu = epilogue.relu,
            .gate = epilogue.gate ? gate : nullptr};
  for (std::int64_t column = 0, step = block.column; column < block.columns; column += tile_columns) {
    for (int r = 0; r < rows; ++r) c[r] += step;
    if (tile.gate)
      for (int r = 0; r < rows; ++r) gate[r] += step;
    if constexpr (taken_on) {
      for (int r = 0; r < home_rows; ++r) home[r] += step;
      tile.home = home;
      tile.home_rows = home_rows;
    }
    if (epilogue.bias) tile.bias = epilogue.bias + block.column + column;
    step = tile_columns;
    tile.b = right.panel(column);
    tile.ahead = right.ahead(index * tiles + column / tile_columns, panels * tiles);
    multiply_tile(rows, static_cast<int>(std::min<std::int64_t>(block.columns - column, tile_columns)), tile);
  }
}

/// One task of a product. Left and Right tell where their operands lie or copy them:
///   left.chunk_depth(block, term)   terms in the chunk that begins `term` terms into the block, at most gemm_depth
///   left.panel_unit(block)      rows of the block, from the first on, in which the rows of a panel must lie
///   left.covered(rows)          which rows of a unit the chunk has terms for; the others meet only zeros
///   left.begin(block, chunk), right.begin(block, chunk)   once per chunk of terms
///   left.panel(row, rows)       LeftPanel of the rows from `row` on, rows <= tile_rows, counted from the block's first
///   right.panel(column)         RightPanel, counted from the block's first column
///   right.ahead(index, count)   what to fetch while tile `index` of the chunk's `count` is computed
/// Rows tell where C lies: out.locate(), as DenseRows has it. Where C is only on its way, they have two more:
///   out.home(row, rows, where)  addresses of the rows that C's rows will meet next, so that they are fetched; returns
///                               how many, at most Rows::most_home_rows
///   out.finished(row, rows)     called once for each panel when its sums are complete
/// The loops keep a panel of A in L1 while the block of B streams by from L2.
///   add      C += A B rather than C = A B
///   errors   none; the block's packed panels must fit: columns <= 512, and what `left` asks of its memory
template <class Left, class Right, class Rows>
void multiply_block(const GemmBlock& block, Left left, Right right, const Rows& out, bool add, const Epilogue& epilogue,
                    Worker& worker) {
  const std::int64_t unit = left.panel_unit(block);
  std::int64_t term = 0;
  do {  // once even when there are no terms: C must be written
    const std::int64_t depth = left.chunk_depth(block, term);
    const Chunk chunk{block.term + term, depth, worker.scratch + gemm_depth * round_up(block.columns, 64),
                      worker.scratch};
    right.begin(block, chunk);
    left.begin(block, chunk);
    const bool last = term + depth == block.depth;
    const std::int64_t all_panels = blocks(block.rows, unit) * blocks(std::min(unit, block.rows), tile_rows);
    std::int64_t index = 0;
    const auto multiply_rows = [&](std::int64_t begin, std::int64_t end, bool empty) {
      if (begin == end) return;
      const std::int64_t panels = blocks(end - begin, tile_rows);
      for (std::int64_t p = 0; p < panels; ++p) {
        const std::int64_t first = begin + block_begin(end - begin, panels, p);
        const int rows = static_cast<int>(begin + block_begin(end - begin, panels, p + 1) - first);
        multiply_panel(block, first, rows, index++, all_panels, empty ? LeftPanel{} : left.panel(first, rows), right,
                       out, add || term > 0, last ? epilogue : Epilogue{});
        if constexpr (requires { out.finished(first, rows); })
          if (last) out.finished(block.row + first, rows);
      }
    };
    for (std::int64_t begin = 0; begin < block.rows; begin += unit) {
      const std::int64_t end = std::min(begin + unit, block.rows);
      const RowRange covered = left.covered(end - begin);
      // Rows without terms must be written by the first chunk and finished by the last all the same.
      if (term == 0 || last) {
        multiply_rows(begin, begin + covered.begin, true);
        multiply_rows(begin + covered.end, end, true);
      }
      multiply_rows(begin + covered.begin, begin + covered.end, false);
    }
    term += depth;
  } while (term < block.depth);
}

}  // namespace deepobs::DEEPOBS_ISA
