#include <algorithm>
#include <span>

#include "kernels/cpu/blocks.h"
#include "kernels/cpu/cpu_body.h"
#include "kernels/cpu/loops.h"
#include "kernels/ops/recurrent/lstm_attributes.h"
#include "kernels/product/gemm_block.h"
#include "kernels/product/gemm_pack.h"
#include "kernels/product/gemm_tile.h"

namespace deepobs::DEEPOBS_ISA {
namespace {

// Sequences are independent of each other, so a task takes some of them through all steps: nothing waits for another
// thread at each step, and the state stays in the cache of its core. All tasks read the same packed weight.

constexpr std::int64_t sequences_each = 8;

/// By the number of sequences alone: a power of two, so that 2, 4 or 8 threads have as many each.
std::int64_t task_count(std::int64_t sequences) {
  std::int64_t tasks = 1;
  while (tasks * sequences_each < sequences) tasks *= 2;
  return tasks;
}

/// A matrix in panels of tile_columns columns, each with all terms.
struct PackedRight {
  float* data;
  std::int64_t terms, columns;

  std::int64_t panel_stride() const { return terms * tile_columns; }

  void pack(Executor& executor, const float* from, std::int64_t row, std::int64_t column) const {
    executor.run(blocks(columns, tile_columns), [&](std::int64_t panel, Worker&) {
      const std::int64_t first = panel * tile_columns;
      pack_right({from + first * column, row, column, terms, std::min<std::int64_t>(columns - first, tile_columns)},
                 data + panel * panel_stride(), panel_stride());
    });
  }
};

/// Rows of numbers, `stride` floats apart.
struct Rows {
  float* data;
  std::int64_t stride;
  float* operator[](std::int64_t row) const { return data + row * stride; }
};

/// Rows that will be needed when a product is done, `stride` floats apart: they lie far away, and the core would wait
/// for most of their lines. A share of them is fetched before each of the product's tiles.
struct RowsAhead {
  const float* data;
  std::int64_t stride, floats;

  /// In line: a function that does nothing else is taken out by the compiler.
  [[gnu::always_inline]] void fetch(std::int64_t rows, std::int64_t tile, std::int64_t tiles) const {
    constexpr std::int64_t line = 16;
    const std::int64_t lines = blocks(floats, line);
    for (std::int64_t i = lines * tile / tiles; i < lines * (tile + 1) / tiles; ++i)
      for (std::int64_t r = 0; r < rows; ++r) __builtin_prefetch(data + r * stride + i * line, 0, 2);
  }
};

/// C = A B or C += A B, of few rows. As many rows of each of `ahead` are fetched meanwhile.
void multiply(std::int64_t rows, const Rows& a, const PackedRight& b, const Rows& c, bool add,
              std::span<const RowsAhead> ahead = {}) {
  const std::int64_t panels = blocks(rows, tile_rows);
  const std::int64_t tiles = blocks(b.terms, gemm_depth) * blocks(b.columns, tile_columns) * panels;
  std::int64_t tile = 0;
  std::int64_t term = 0;
  do {  // once even when there are no terms: C must be written
    const Segment terms{0, 0, even_chunk(b.terms - term, gemm_depth)};
    for (std::int64_t column = 0; column < b.columns; column += tile_columns)
      for (std::int64_t p = 0; p < panels; ++p) {
        const std::int64_t first = block_begin(rows, panels, p), count = block_begin(rows, panels, p + 1) - first;
        float* to[tile_rows];
        for (std::int64_t r = 0; r < count; ++r) to[r] = c[first + r] + column;
        for (const RowsAhead& each : ahead) each.fetch(rows, tile, tiles);
        ++tile;
        multiply_tile(static_cast<int>(count),
                      static_cast<int>(std::min<std::int64_t>(b.columns - column, tile_columns)),
                      {.a = {a[first] + term, a.stride, false, &terms, 1},
                       .b = {b.data + column / tile_columns * b.panel_stride() + term * tile_columns, tile_columns},
                       .c = to,
                       .add_to_c = add || term > 0,
                       .bias = nullptr,
                       .relu = false,
                       .gate = nullptr});
      }
    term += terms.depth;
  } while (term < b.terms);
}

/// The distance of rows that shall not begin in the same cache set.
constexpr std::int64_t apart(std::int64_t length) { return round_up(length, 16) + 16; }

static_assert(sequences_each * (2 * apart(most_lstm_units) + apart(4 * most_lstm_units)) <= Worker::scratch_floats,
              "the state of a task's sequences, and the gradients of their sums, lie in the worker's memory");

/// unit(j) for each of them; it touches no other place of its rows than j.
template <class Unit>
void for_each_unit(std::int64_t units, Unit&& unit) {
  DEEPOBS_INDEPENDENT
  for (std::int64_t j = 0; j < units; ++j) unit(j);
}

void copy_row(const float* from, std::int64_t count, float* to) { std::copy_n(from, count, to); }

}  // namespace

void lstm_recurrence(const Call& call) {
  const View& sums = call.in[0];
  const std::int64_t sequences = sums.shape[0], steps = sums.shape[1], units = call.in[1].shape[0], width = 4 * units;
  const float *h0 = call.in[2].f32(), *c0 = call.in[3].f32();
  float *gates = call.out[0].f32(), *y = call.out[1].f32(), *before_h = call.out[2].f32();
  float *before_c = call.out[3].f32(), *last_h = call.out[4].f32(), *last_c = call.out[5].f32();
  const float forget_bias = call.as<RecurrenceAttributes>().forget_bias;
  if (sequences == 0 || units == 0) return;
  const PackedRight weight{call.out[6].f32(), units, width};
  weight.pack(*call.executor, call.in[1].f32(), width, 1);

  const std::int64_t tasks = task_count(sequences);
  call.executor->run(tasks, [&](std::int64_t task, Worker& worker) {
    const std::int64_t first = block_begin(sequences, tasks, task), end = block_begin(sequences, tasks, task + 1);
    const std::int64_t count = end - first;
    const Rows h{worker.scratch, apart(units)}, c{worker.scratch + count * apart(units), apart(units)};
    for (std::int64_t r = 0; r < count; ++r) {
      copy_row(h0 + (first + r) * units, units, h[r]);
      copy_row(c0 + (first + r) * units, units, c[r]);
    }
    for (std::int64_t t = 0; t < steps; ++t) {
      const std::int64_t at = first * steps + t;  // of the task's first sequence; the next one's is `steps` further
      if (gates != sums.f32())
        for (std::int64_t r = 0; r < count; ++r)
          copy_row(sums.f32() + (at + r * steps) * width, width, gates + (at + r * steps) * width);
      multiply(count, h, weight, {gates + at * width, steps * width}, true);
      for (std::int64_t r = 0; r < count; ++r) {
        const std::int64_t place = at + r * steps;
        float *z = gates + place * width, *row_h = h[r], *row_c = c[r], *out = y + place * units;
        copy_row(row_h, units, before_h + place * units);
        copy_row(row_c, units, before_c + place * units);
        // As LstmUnit::of(), one function after the other: the loops are short chains that a core computes side by
        // side.
        float *i = z, *f = z + units, *g = f + units, *o = g + units;
        for_each_unit(units, [=](std::int64_t j) { i[j] = sigmoid_f32(i[j]); });
        for_each_unit(units, [=](std::int64_t j) { f[j] = sigmoid_f32(f[j] + forget_bias); });
        for_each_unit(units, [=](std::int64_t j) { g[j] = tanh_f32(g[j]); });
        for_each_unit(units, [=](std::int64_t j) { o[j] = sigmoid_f32(o[j]); });
        for_each_unit(units, [=](std::int64_t j) { row_c[j] = multiply_add(f[j], row_c[j], i[j] * g[j]); });
        for_each_unit(units, [=](std::int64_t j) { out[j] = row_h[j] = o[j] * tanh_f32(row_c[j]); });
      }
    }
    for (std::int64_t r = 0; r < count; ++r) {
      copy_row(h[r], units, last_h + (first + r) * units);
      copy_row(c[r], units, last_c + (first + r) * units);
    }
  });
}

void lstm_recurrence_gradient(const Call& call) {
  const float *dy = call.in[0].f32(), *dlast_h = call.in[1].f32(), *dlast_c = call.in[2].f32();
  const float *gates = call.in[3].f32(), *before_c = call.in[4].f32();
  float *dsums = call.out[0].f32(), *dh0 = call.out[1].f32(), *dc0 = call.out[2].f32();
  const std::int64_t sequences = call.in[0].shape[0], steps = call.in[0].shape[1], units = call.in[0].shape[2];
  const std::int64_t width = 4 * units;
  if (sequences == 0 || units == 0) return;
  const PackedRight weight{call.out[3].f32(), width, units};  // transposed
  weight.pack(*call.executor, call.in[5].f32(), 1, width);

  const std::int64_t tasks = task_count(sequences);
  call.executor->run(tasks, [&](std::int64_t task, Worker& worker) {
    const std::int64_t first = block_begin(sequences, tasks, task), end = block_begin(sequences, tasks, task + 1);
    const std::int64_t count = end - first;
    const Rows dh{worker.scratch, apart(units)}, dc{dh[count], apart(units)}, dz{dc[count], apart(width)};
    for (std::int64_t r = 0; r < count; ++r) {
      copy_row(dlast_h + (first + r) * units, units, dh[r]);
      copy_row(dlast_c + (first + r) * units, units, dc[r]);
    }
    for (std::int64_t t = steps - 1; t >= 0; --t) {
      const std::int64_t at = first * steps + t;
      for (std::int64_t r = 0; r < count; ++r) {
        const std::int64_t place = at + r * steps;
        const float *gate = gates + place * width, *c = before_c + place * units, *given = dy + place * units;
        float *row_h = dh[r], *row_c = dc[r], *row_z = dz[r];
        const float *i = gate, *f = i + units, *g = f + units, *o = g + units;
        for_each_unit(units, [=](std::int64_t j) { row_z[j] = tanh_f32(multiply_add(f[j], c[j], i[j] * g[j])); });
        for_each_unit(units, [=](std::int64_t j) {
          const auto d = LstmUnitGradient::of(i[j], f[j], g[j], o[j], c[j], row_z[j], given[j] + row_h[j], row_c[j]);
          row_z[j] = d.zi;
          row_z[units + j] = d.zf;
          row_z[2 * units + j] = d.zg;
          row_z[3 * units + j] = d.zo;
          row_c[j] = d.c_before;
        });
        copy_row(row_z, width, dsums + place * width);  // perhaps where the gates were
      }
      // The step before, of which t = 0 has none, lies in front of this one.
      const std::int64_t before = t > 0 ? at - 1 : at;
      const RowsAhead ahead[]{{gates + before * width, steps * width, width},
                              {before_c + before * units, steps * units, units},
                              {dy + before * units, steps * units, units}};
      multiply(count, dz, weight, dh, false, ahead);
    }
    for (std::int64_t r = 0; r < count; ++r) {
      copy_row(dh[r], units, dh0 + (first + r) * units);
      copy_row(dc[r], units, dc0 + (first + r) * units);
    }
  });
}

}  // namespace deepobs::DEEPOBS_ISA
