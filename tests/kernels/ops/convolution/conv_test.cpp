#include <algorithm>
#include <vector>

#include "engine/base/check.h"
#include "tests/engine/run/executors.h"
#include "tests/kernels/ops/dense/dense_kernels.h"

namespace deepobs::testing {
namespace {

/// Kernel and images with their extents in both directions: what a test case differs in.
struct Case {
  std::int64_t n, h, w, c_in, kh, kw, c_out;
  std::int64_t stride_h = 1, stride_w = 1;
  std::int64_t top = 0, bottom = 0, left = 0, right = 0;

  ConvGeometry geometry() const {
    return {.n = n,
            .h = h,
            .w = w,
            .c_in = c_in,
            .kh = kh,
            .kw = kw,
            .c_out = c_out,
            .stride_h = stride_h,
            .stride_w = stride_w,
            .pad_top = top,
            .pad_bottom = bottom,
            .pad_left = left,
            .pad_right = right,
            .out_h = (h + top + bottom - kh) / stride_h + 1,
            .out_w = (w + left + right - kw) / stride_w + 1};
  }
};

const std::vector<Case> cases = {
    {1, 1, 1, 1, 1, 1, 1},                        // nothing but one product
    {2, 9, 9, 1, 5, 5, 32, 1, 1, 2, 2, 2, 2},     // one channel, as MNIST
    {3, 12, 11, 3, 5, 5, 17},                     // three, runs of 15
    {2, 7, 33, 17, 3, 3, 33, 1, 1, 1, 1, 1, 1},   // wide rows, odd channels
    {2, 6, 6, 40, 3, 3, 10, 1, 1, 1, 1, 1, 1},    // chains of several chunks
    {1, 8, 8, 33, 3, 3, 3, 2, 2, 1, 1, 1, 1},     // stride 2
    {2, 9, 10, 5, 4, 4, 6, 2, 2, 0, 1, 1, 2},     // asymmetric padding
    {1, 11, 13, 2, 3, 2, 5, 3, 3, 1, 0, 0, 2},    // stride 3 > kernel width: pixels that no window reads
    {2, 9, 8, 3, 3, 5, 4, 1, 3, 0, 0, 2, 2},      // strides that differ
    {2, 3, 2, 4, 7, 5, 6, 1, 1, 3, 3, 2, 2},      // kernel larger than the image
    {3, 2, 3, 3, 5, 4, 2, 2, 3, 4, 5, 3, 3},      // windows wholly in the padding
    {4, 6, 5, 33, 1, 1, 34},                      // 1 x 1
    {2, 7, 9, 16, 1, 1, 32, 2, 2},                // 1 x 1 with stride: phases without a tap
    {1, 5, 1001, 1, 3, 3, 2, 1, 1, 1, 1, 1, 1},   // a long row
    {8, 26, 26, 2, 5, 5, 33, 1, 1, 2, 2, 2, 2},   // enough pixels for slices of the weight gradient
    {2, 4, 4, 300, 1, 1, 300},                    // several blocks of terms and of channels
    {1, 2, 2, 130, 3, 3, 270, 1, 1, 1, 1, 1, 1},  // large kernels on tiny images
    {2, 3, 700, 9, 3, 3, 5, 1, 1, 1, 1, 1, 1},    // rows that are taken in parts, tap by tap
    {2, 5, 300, 12, 2, 3, 34, 1, 2, 1, 0, 2, 1},  // the same with a stride
    {1, 3, 20000, 7, 3, 3, 2, 1, 1, 1, 1, 1, 1},  // padded copies of rows that are too long for a worker's memory
};

/// Calls f(x index, w index, y index) for each product of the convolution: the definition, term by term.
template <class F>
void each_product(const ConvGeometry& g, F f) {
  for (std::int64_t n = 0; n < g.n; ++n)
    for (std::int64_t i = 0; i < g.out_h; ++i)
      for (std::int64_t j = 0; j < g.out_w; ++j)
        for (std::int64_t u = 0; u < g.kh; ++u)
          for (std::int64_t v = 0; v < g.kw; ++v) {
            const std::int64_t y = i * g.stride_h - g.pad_top + u, x = j * g.stride_w - g.pad_left + v;
            if (y < 0 || y >= g.h || x < 0 || x >= g.w) continue;
            for (std::int64_t c = 0; c < g.c_in; ++c)
              for (std::int64_t o = 0; o < g.c_out; ++o)
                f(((n * g.h + y) * g.w + x) * g.c_in + c, ((u * g.kw + v) * g.c_in + c) * g.c_out + o,
                  ((n * g.out_h + i) * g.out_w + j) * g.c_out + o);
          }
}

struct Operands {
  ConvGeometry g;
  std::vector<float> x, w, dy;

  Operands(const Case& c, Filling filling)
      : g(c.geometry()),
        x(filled(g.n * g.h * g.w * g.c_in, filling, 1)),
        w(filled(g.window() * g.c_out, filling, 2)),
        dy(filled(g.out_pixels() * g.c_out, filling, 3)) {}
};

struct Results {
  Guarded y, dx, dw, db;

  explicit Results(const ConvGeometry& g)
      : y(g.out_pixels() * g.c_out), dx(g.n * g.h * g.w * g.c_in), dw(g.window() * g.c_out), db(g.c_out) {}

  bool guards_hold() const { return y.guards_hold() && dx.guards_hold() && dw.guards_hold() && db.guards_hold(); }
  bool operator==(const Results&) const = default;
};

/// All three directions. With `add`, both gradients are added to what the results hold.
void run(const DenseKernels& kernels, Executor& executor, const Operands& o, Results& r, bool add = false) {
  Guarded workspace(conv_weight_gradient_workspace_floats(o.g));
  kernels.conv_forward(executor, o.g, o.x.data(), o.w.data(), r.y.data(), {});
  kernels.conv_data_gradient(executor, o.g, o.dy.data(), o.w.data(), r.dx.data(), add, {});
  kernels.conv_weight_gradient(executor, o.g, o.x.data(), o.dy.data(), r.dw.data(), r.db.data(), add, workspace.data());
  CHECK(workspace.guards_hold());
  CHECK(r.guards_hold());
}

struct Exact {
  std::vector<Sum> y, dx, dw, db;

  explicit Exact(const Operands& o)
      : y(o.dy.size()), dx(o.x.size()), dw(o.w.size()), db(static_cast<std::size_t>(o.g.c_out)) {
    each_product(o.g, [&](std::int64_t i, std::int64_t j, std::int64_t k) {
      const auto x = static_cast<std::size_t>(i), w = static_cast<std::size_t>(j), out = static_cast<std::size_t>(k);
      y[out].add(o.x[x], o.w[w]);
      dx[x].add(o.dy[out], o.w[w]);
      dw[w].add(o.dy[out], o.x[x]);
    });
    for (std::size_t i = 0; i < o.dy.size(); ++i) db[i % db.size()].add(o.dy[i]);
  }
};

double worst_error(const Guarded& got, const std::vector<Sum>& exact) {
  double worst = 0.;
  for (std::size_t i = 0; i < exact.size(); ++i)
    worst = std::max(worst, error_of(got[static_cast<std::int64_t>(i)], exact[i]));
  return worst;
}

std::int64_t differing(const Guarded& got, const std::vector<Sum>& exact) {
  std::int64_t count = 0;
  for (std::size_t i = 0; i < exact.size(); ++i)
    count += static_cast<double>(got[static_cast<std::int64_t>(i)]) != exact[i].value;
  return count;
}

std::string name_of(const DenseKernels& kernels, const ConvGeometry& g) {
  return text(name_of(kernels.isa), " ", g.n, "x", g.h, "x", g.w, "x", g.c_in, " * ", g.kh, "x", g.kw, "x", g.c_out,
              " / ", g.stride_h, "x", g.stride_w);
}

TEST_CASE("conv: error of all directions within 24 u sum|a||b|") {
  const auto executor = std_thread_executor(2);
  for (const Case& c : cases)
    for (const Filling filling : {Filling::normal, Filling::positive}) {
      const Operands operands(c, filling);
      const Exact exact(operands);
      for (const DenseKernels& kernels : checked_kernels()) {
        Results got(operands.g);
        run(kernels, *executor, operands, got);
        CAPTURE(name_of(kernels, operands.g));
        CHECK(worst_error(got.y, exact.y) <= error_bound);
        CHECK(worst_error(got.dx, exact.dx) <= error_bound);
        CHECK(worst_error(got.dw, exact.dw) <= error_bound);
        CHECK(worst_error(got.db, exact.db) <= error_bound);
      }
    }
}

TEST_CASE("conv: integers give the exact integers, and the directions are adjoint") {
  const auto executor = std_thread_executor(2);
  for (const Case& c : cases) {
    const Operands operands(c, Filling::integer);
    const Exact exact(operands);
    const auto zeros = std::count_if(exact.y.begin(), exact.y.end(), [](const Sum& s) { return s.value == 0.; });
    for (const DenseKernels& kernels : checked_kernels()) {
      Results got(operands.g);
      run(kernels, *executor, operands, got);
      CAPTURE(name_of(kernels, operands.g));
      CHECK(differing(got.y, exact.y) == 0);
      CHECK(differing(got.dx, exact.dx) == 0);
      CHECK(differing(got.dw, exact.dw) == 0);
      CHECK(differing(got.db, exact.db) == 0);
      if (exact.y.size() >= 100 && c.top < 3) CHECK(zeros * 10 <= static_cast<std::int64_t>(exact.y.size()) * 3);

      // <conv(x, w), dy> = <x, dx> = <w, dw>, in exact arithmetic.
      double forward = 0., data = 0., weight = 0.;
      for (std::size_t i = 0; i < operands.dy.size(); ++i)
        forward += static_cast<double>(got.y[static_cast<std::int64_t>(i)]) * operands.dy[i];
      for (std::size_t i = 0; i < operands.x.size(); ++i)
        data += static_cast<double>(got.dx[static_cast<std::int64_t>(i)]) * operands.x[i];
      for (std::size_t i = 0; i < operands.w.size(); ++i)
        weight += static_cast<double>(got.dw[static_cast<std::int64_t>(i)]) * operands.w[i];
      CHECK(forward == data);
      CHECK(forward == weight);
    }
  }
}

TEST_CASE("conv: the same bits for any number of threads") {
  for (const Case& c : {cases[1], cases[3], cases[6], Case{8, 26, 26, 2, 5, 5, 33, 1, 1, 2, 2, 2, 2}}) {
    const Operands operands(c, Filling::normal);
    for (const DenseKernels& kernels : dense_kernels()) {
      Results first(operands.g);
      run(kernels, *std_thread_executor(1), operands, first);
      for (const int threads : thread_counts)
        for (const bool tbb : executor_kinds()) {
          Results got(operands.g);
          run(kernels, tbb ? *tbb_executor(threads) : *std_thread_executor(threads), operands, got);
          CAPTURE(name_of(kernels, operands.g));
          CAPTURE(threads);
          CHECK(got == first);
        }
    }
  }
}

TEST_CASE("conv: epilogue of the forward direction, gate of the data gradient, adding to gradients") {
  const auto executor = std_thread_executor(3);
  for (const Case& c : {cases[1], cases[4], cases[5], cases[12], cases[14]}) {
    const Operands o(c, Filling::integer);
    const Exact exact(o);
    const std::vector<float> bias = filled(o.g.c_out, Filling::integer, 4);
    for (const DenseKernels& kernels : dense_kernels()) {
      Results got(o.g);
      run(kernels, *executor, o, got);
      run(kernels, *executor, o, got, true);
      std::int64_t wrong = 0;
      const auto compare = [&](const Guarded& values, const std::vector<Sum>& sums, auto expected) {
        for (std::size_t i = 0; i < sums.size(); ++i)
          wrong += static_cast<double>(values[static_cast<std::int64_t>(i)]) != expected(sums[i].value, i);
      };
      const auto doubled = [](double sum, std::size_t) { return 2. * sum; };
      compare(got.dx, exact.dx, doubled);
      compare(got.dw, exact.dw, doubled);
      compare(got.db, exact.db, doubled);

      kernels.conv_forward(*executor, o.g, o.x.data(), o.w.data(), got.y.data(), {.bias = bias.data(), .relu = true});
      compare(got.y, exact.y, [&](double sum, std::size_t i) {
        return std::max(sum + static_cast<double>(bias[i % bias.size()]), 0.);
      });
      kernels.conv_data_gradient(*executor, o.g, o.dy.data(), o.w.data(), got.dx.data(), false, {.gate = o.x.data()});
      compare(got.dx, exact.dx, [&](double sum, std::size_t i) { return o.x[i] > 0.f ? sum : 0.; });
      Guarded workspace(conv_weight_gradient_workspace_floats(o.g));
      kernels.conv_weight_gradient(*executor, o.g, o.x.data(), o.dy.data(), got.dw.data(), nullptr, false,
                                   workspace.data());
      compare(got.dw, exact.dw, [](double sum, std::size_t) { return sum; });
      CAPTURE(name_of(kernels, o.g));
      CHECK(wrong == 0);
      CHECK(got.guards_hold());
    }
  }
}

TEST_CASE("conv: the blocks of all tasks cover each product once") {
  for (const Case& c : cases) {
    const ConvGeometry g = c.geometry();
    const auto check = [&](const GemmCut& cut, std::int64_t m, std::int64_t n, std::int64_t k) {
      std::int64_t products = 0;
      for (std::int64_t task = 0; task < cut.tasks(); ++task) {
        const GemmBlock block = cut.block(task, m, n, k);
        CHECK((block.rows > 0 && block.columns > 0 && block.columns <= 256));
        products += block.rows * block.columns * block.depth;
      }
      CHECK(products == m * n * k);
    };
    check(cut_windows(g.out_pixels(), g.c_out, g.window()), g.out_pixels(), g.c_out, g.window());
  }
}

TEST_CASE("conv: blocks whose output stays in the worker's memory are whole images that fit") {
  std::int64_t fitting = 0;
  for (const std::int64_t images : {1, 16, 128})
    for (Case c : cases) {
      c.n = images;
      const ConvGeometry g = c.geometry();
      const std::int64_t m = g.out_pixels(), n = g.c_out, k = g.window(), pixels = g.out_h * g.out_w;
      const auto cut = cut_into_images(g);
      if (!cut) continue;
      ++fitting;
      std::int64_t products = 0;
      for (std::int64_t task = 0; task < cut->tasks(); ++task) {
        const GemmBlock block = cut->block(task, m, n, k);
        CHECK((block.row % pixels == 0 && block.rows % pixels == 0 && block.depth == k && block.columns <= 256));
        CHECK(block.rows * block.columns <= output_scratch_floats);
        products += block.rows * block.columns * block.depth;
      }
      CHECK(products == m * n * k);
    }
  CHECK(fitting >= 2 * static_cast<std::int64_t>(cases.size()));
}

TEST_CASE("conv: the bunches of a weight gradient take each pixel once, in order") {
  for (const Case& c : cases) {
    const ConvGeometry g = c.geometry();
    const WeightGradientCut cut = cut_weight_gradient(g);
    CAPTURE(cut.bunches());
    CHECK(cut.slices <= cut.bunches());
    std::int64_t pixels = 0;
    for (std::int64_t b = 0; b < cut.bunches(); ++b) {
      const auto bunch = cut.bunch(b);
      CHECK(pixels == (bunch.image * g.out_h + bunch.row) * g.out_w + bunch.column);
      CHECK(bunch.pixels() <= WeightGradientCut::most_pixels);
      CHECK((bunch.images <= cut.images_in_bunch() && bunch.rows <= cut.rows_in_bunch()));
      pixels += bunch.pixels();
    }
    CHECK(pixels == g.out_pixels());
  }
}

}  // namespace
}  // namespace deepobs::testing
