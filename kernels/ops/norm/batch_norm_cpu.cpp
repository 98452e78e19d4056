#include "kernels/cpu/cpu_body.h"
#include "kernels/cpu/loops.h"
#include "kernels/cpu/math.h"
#include "kernels/ops/norm/batch_norm_attributes.h"
#include "kernels/windows/window_loops.h"

namespace deepobs::DEEPOBS_ISA {
namespace {

constexpr int rows_at_once = 8;  // that a column's sums stay in registers for

/// Columns [first, first + width) of rows [begin, end), the part of one task, and where its sums go.
struct Panel {
  std::int64_t begin, end, first, width;
  double *sum, *product_sum;  // from the first column on
};

template <class Work>
void for_each_panel(const Call& call, const NormCut& cut, double* partial, Work&& work) {
  for_each_row(call, cut.tasks(), NormCut::elements, [&](std::int64_t task) {
    const std::int64_t row_block = task / cut.column_blocks, first = task % cut.column_blocks * cut.columns_each;
    const std::int64_t begin = row_block * cut.rows_each, end = begin + cut.rows_each;
    double* sums = partial + row_block * 2 * cut.columns;
    work(Panel{begin, end < cut.rows ? end : cut.rows, first,
               cut.columns - first < cut.columns_each ? cut.columns - first : cut.columns_each, sums + first,
               sums + cut.columns + first});
  });
}

/// Adds up two terms of every element of a part, as `terms` makes them of vectors of columns. Rows are taken some at a
/// time, from left to right: memory is read in order.
template <class Terms>
void sum_panel(const Panel& panel, Terms&& terms) {
  for (std::int64_t c = 0; c < panel.width; ++c) panel.sum[c] = panel.product_sum[c] = 0.;
  const auto add = [&](std::int64_t row, auto rows) {
    const auto columns = [&](auto block, std::int64_t c) {
      using L = decltype(block);
      auto sum = load_channels<typename L::F64>(panel.sum + c),
           product = load_channels<typename L::F64>(panel.product_sum + c);
      const auto at = terms.template column<L>(panel.first + c);
#pragma GCC unroll 8
      for (int r = 0; r < decltype(rows)::value; ++r) at.add(row + r, sum, product);
      store_channels(panel.sum + c, sum);
      store_channels(panel.product_sum + c, product);
    };
    std::int64_t c = 0;
    for (; c + lanes / 2 <= panel.width; c += lanes / 2) columns(Channels<lanes / 2>{}, c);
    for (; c < panel.width; ++c) columns(Channels<1>{}, c);
  };
  std::int64_t row = panel.begin;
  for (; row + rows_at_once <= panel.end; row += rows_at_once) add(row, std::integral_constant<int, rows_at_once>{});
  for (; row < panel.end; ++row) add(row, std::integral_constant<int, 1>{});
}

/// Distances from the first row, which is near the mean if anything is, and their squares.
struct Distances {
  const float* x;
  std::int64_t stride;

  template <class L>
  struct Column {
    const float* x;
    std::int64_t stride;
    typename L::F64 origin;

    void add(std::int64_t row, typename L::F64& sum, typename L::F64& squares) const {
      const typename L::F64 distance = load_doubles<L>(x + row * stride) - origin;
      sum += distance;
      squares += distance * distance;
    }
  };
  template <class L>
  Column<L> column(std::int64_t c) const {
    return {x + c, stride, load_doubles<L>(x + c)};
  }
};

/// dz, and dz times the distance from the mean.
template <class Statistic>
struct GradientTerms {
  const float *dz, *x;
  std::int64_t stride;
  const Statistic* mean;

  template <class L>
  struct Column {
    const float *dz, *x;
    std::int64_t stride;
    typename L::F64 mean;

    void add(std::int64_t row, typename L::F64& sum, typename L::F64& products) const {
      const auto given = load_doubles<L>(dz + row * stride);
      sum += given;
      products += given * (load_doubles<L>(x + row * stride) - mean);
    }
  };
  template <class L>
  Column<L> column(std::int64_t c) const {
    if constexpr (sizeof(Statistic) == sizeof(float))
      return {dz + c, x + c, stride, load_doubles<L>(mean + c)};
    else
      return {dz + c, x + c, stride, load_channels<typename L::F64>(mean + c)};
  }
};

struct Sums {
  double sum, products;
};

/// Those of all blocks of rows, in their order.
Sums sums_of(const NormCut& cut, const double* partial, std::int64_t c) {
  Sums total{0., 0.};
  for (std::int64_t b = 0; b < cut.row_blocks; ++b) {
    total.sum += partial[2 * b * cut.columns + c];
    total.products += partial[(2 * b + 1) * cut.columns + c];
  }
  return total;
}

/// Rows of float32 numbers, one for each column, in scratch memory of doubles.
struct FactorRows {
  float* data;
  std::int64_t columns;

  FactorRows(double* memory, std::int64_t count) : data(reinterpret_cast<float*>(memory)), columns(count) {}
  float* operator[](int row) const { return data + row * columns; }

  void set(std::int64_t c, const NormFactors& f) const {
    (*this)[0][c] = f.mean, (*this)[1][c] = f.mean_rest, (*this)[2][c] = f.factor, (*this)[3][c] = f.bias;
  }
  void set(std::int64_t c, const NormGradientFactors& f) const {
    (*this)[0][c] = f.mean, (*this)[1][c] = f.mean_rest, (*this)[2][c] = f.of_dz, (*this)[3][c] = f.of_x;
    (*this)[4][c] = f.rest;
  }
};

template <bool relu>
void normalise_rows(const Call& call, const NormCut& cut, const FactorRows& factors) {
  const float* x = call.in[0].f32();
  float* y = call.out[0].f32();
  const std::int64_t columns = cut.columns;
  for_each_row(call, cut.rows, columns, [=](std::int64_t row) {
    const float *mean = factors[0], *rest = factors[1], *factor = factors[2], *bias = factors[3];
    const float* from = x + row * columns;
    float* to = y + row * columns;
    DEEPOBS_INDEPENDENT
    for (std::int64_t c = 0; c < columns; ++c) {
      const float z = multiply_add((from[c] - mean[c]) - rest[c], factor[c], bias[c]);
      to[c] = relu && z < 0.f ? 0.f : z;  // a NaN stays one
    }
  });
}

void normalise(const Call& call, const NormCut& cut, const FactorRows& factors) {
  call.as<BatchNorm>().relu ? normalise_rows<true>(call, cut, factors) : normalise_rows<false>(call, cut, factors);
}

NormCut cut_of(const View& x, const View& row) {
  const std::int64_t columns = row.elements();
  return {columns > 0 ? x.elements() / columns : 0, columns};
}

/// Operands dz, x, weight, mean, variance.
template <bool of_batch, class Statistic>
void gradient(const Call& call, const Statistic* mean, const Statistic* variance) {
  const float *dz = call.in[0].f32(), *x = call.in[1].f32(), *weight = call.in[2].f32();
  float *dx = call.out[0].f32(), *dweight = call.out[1].f32(), *dbias = call.out[2].f32();
  double* partial = call.out[3].f64();
  const double eps = call.as<BatchNorm>().eps;
  const NormCut cut = cut_of(call.in[1], call.in[2]);
  const std::int64_t columns = cut.columns;
  for_each_panel(call, cut, partial, [&](const Panel& panel) {
    sum_panel(panel, GradientTerms<Statistic>{dz, x, columns, mean});
  });
  const FactorRows factors(partial + 2 * cut.row_blocks * columns, columns);
  for_each_row(call, columns, 2 * cut.row_blocks + 16, [=](std::int64_t c) {
    const Sums sums = sums_of(cut, partial, c);
    const auto m = static_cast<double>(mean[c]), v = static_cast<double>(variance[c]);
    dbias[c] = static_cast<float>(sums.sum);
    dweight[c] = static_cast<float>(sums.products / std::sqrt(v + eps));
    factors.set(c, norm_gradient_factors(m, v, eps, weight[c], sums.sum, sums.products,
                                         of_batch ? static_cast<double>(cut.rows) : 0.));
  });
  for_each_row(call, cut.rows, columns, [=](std::int64_t row) {
    const float *m = factors[0], *rest = factors[1], *of_dz = factors[2], *of_x = factors[3], *constant = factors[4];
    const float *given = dz + row * columns, *from = x + row * columns;
    float* to = dx + row * columns;
    DEEPOBS_INDEPENDENT
    for (std::int64_t c = 0; c < columns; ++c)
      to[c] = multiply_add(of_dz[c], given[c], multiply_add(of_x[c], (from[c] - m[c]) - rest[c], constant[c]));
  });
}

}  // namespace

void batch_norm(const Call& call) {
  const float *x = call.in[0].f32(), *weight = call.in[1].f32(), *bias = call.in[2].f32();
  double *mean = call.out[1].f64(), *variance = call.out[2].f64(), *partial = call.out[3].f64();
  const double eps = call.as<BatchNorm>().eps;
  const NormCut cut = cut_of(call.in[0], call.in[1]);
  for_each_panel(call, cut, partial, [&](const Panel& panel) { sum_panel(panel, Distances{x, cut.columns}); });
  const FactorRows factors(partial + 2 * cut.row_blocks * cut.columns, cut.columns);
  for_each_row(call, cut.columns, 2 * cut.row_blocks + 16, [=](std::int64_t c) {
    const Sums sums = sums_of(cut, partial, c);
    const auto elements = static_cast<double>(cut.rows);
    const double shift = sums.sum / elements, square = sums.products / elements - shift * shift;
    mean[c] = static_cast<double>(x[c]) + shift;
    variance[c] = square < 0. ? 0. : square;  // rounding may leave less than nothing; a NaN stays one
    factors.set(c, norm_factors(mean[c], variance[c], eps, weight[c], bias[c]));
  });
  normalise(call, cut, factors);
}

void batch_norm_by(const Call& call) {
  const float *weight = call.in[1].f32(), *bias = call.in[2].f32();
  const float *mean = call.in[3].f32(), *variance = call.in[4].f32();
  const double eps = call.as<BatchNorm>().eps;
  const NormCut cut = cut_of(call.in[0], call.in[1]);
  const FactorRows factors(call.out[1].f64(), cut.columns);
  for (std::int64_t c = 0; c < cut.columns; ++c)
    factors.set(c,
                norm_factors(static_cast<double>(mean[c]), static_cast<double>(variance[c]), eps, weight[c], bias[c]));
  normalise(call, cut, factors);
}

void batch_norm_gradient(const Call& call) { gradient<true>(call, call.in[3].f64(), call.in[4].f64()); }

void batch_norm_by_gradient(const Call& call) { gradient<false>(call, call.in[3].f32(), call.in[4].f32()); }

void track_statistics(const Call& call) {
  const double *mean = call.in[0].f64(), *variance = call.in[1].f64();
  float *running_mean = call.in[2].f32(), *running_variance = call.in[3].f32();
  const auto& tracked = call.as<RunningStatistics>();
  const auto taken = [&](float running, double now) {
    return static_cast<float>((1. - tracked.momentum) * static_cast<double>(running) + tracked.momentum * now);
  };
  for (std::int64_t c = 0; c < call.in[0].elements(); ++c) {
    running_mean[c] = taken(running_mean[c], mean[c]);
    running_variance[c] = taken(running_variance[c], variance[c] * tracked.unbiased);
  }
}

}  // namespace deepobs::DEEPOBS_ISA
