#include <algorithm>
#include <array>
#include <cstring>

#include "engine/base/check.h"
#include "tests/engine/run/executors.h"
#include "tests/kernels/product/matrix.h"

namespace deepobs::testing {
namespace {

void run(const DenseKernels& kernels, Executor& executor, const Gemm& product) {
  Guarded workspace(gemm_workspace_floats(product.m, product.n, product.k));
  kernels.gemm(executor, product, workspace.data());
  CHECK(workspace.guards_hold());
}

using Extents = std::array<std::int64_t, 3>;  // m, n, k

// Edges of every register tile, batch 1, one column, chains of one and of several chunks, several blocks, slices.
constexpr Extents awkward[] = {{1, 1, 1},      {1, 17, 3},    {3, 1, 17},     {17, 33, 1},    {33, 3, 33},
                               {14, 32, 256},  {15, 31, 257}, {29, 65, 513},  {128, 10, 100}, {100, 10, 128},
                               {1, 1001, 33},  {1001, 1, 17}, {57, 130, 300}, {600, 40, 20},  {5, 7, 9001},
                               {25, 32, 5000}, {3, 512, 512}, {70, 70, 1024}};

TEST_CASE("gemm: error within 24 u sum|a||b|, for every way an operand can lie") {
  const auto executor = std_thread_executor(2);
  for (const DenseKernels& kernels : checked_kernels())
    for (const auto [m, n, k] : awkward)
      for (const Lie lie_a : {Lie::rows, Lie::columns, Lie::spread})
        for (const Lie lie_b : {Lie::rows, Lie::columns, Lie::spread}) {
          const Filling filling = lie_a == lie_b ? Filling::positive : Filling::normal;
          const Matrix a(m, k, lie_a, filling, 1), b(k, n, lie_b, filling, 2);
          Guarded c(m * n);
          run(kernels, *executor, product_of(a, b, c.data()));
          CAPTURE(text(name_of(kernels.isa), " ", m, " ", n, " ", k, " ", static_cast<int>(lie_a), " ",
                       static_cast<int>(lie_b)));
          CHECK(worst_error(a, b, c) <= error_bound);
          CHECK(c.guards_hold());
        }
}

TEST_CASE("gemm: integers give the exact integers") {
  const auto executor = std_thread_executor(2);
  for (const DenseKernels& kernels : checked_kernels())
    for (const auto [m, n, k] : awkward) {
      const Matrix a(m, k, Lie::rows, Filling::integer, 3), b(k, n, Lie::columns, Filling::integer, 4);
      Guarded c(m * n);
      run(kernels, *executor, product_of(a, b, c.data()));
      std::int64_t wrong = 0, zeros = 0;
      for (std::int64_t i = 0; i < m; ++i)
        for (std::int64_t j = 0; j < n; ++j) {
          std::int64_t sum = 0;
          for (std::int64_t t = 0; t < k; ++t)
            sum += static_cast<std::int64_t>(a.at(i, t)) * static_cast<std::int64_t>(b.at(t, j));
          wrong += c[i * n + j] != static_cast<float>(sum);
          zeros += sum == 0;
        }
      CAPTURE(text(name_of(kernels.isa), " ", m, " ", n, " ", k));
      CHECK(wrong == 0);
      CHECK((m * n < 100 || zeros * 10 <= m * n * 3));  // mostly zeros would prove nothing
    }
}

TEST_CASE("gemm: the same bits for any number of threads and either executor") {
  for (const DenseKernels& kernels : dense_kernels())
    for (const auto [m, n, k] : {Extents{200, 300, 400}, Extents{25, 32, 20000}, Extents{128, 1000, 100}}) {
      const Matrix a(m, k, Lie::columns, Filling::normal, 5), b(k, n, Lie::rows, Filling::normal, 6);
      REQUIRE(cut_gemm(m, n, k).tasks() >= 4);
      Guarded first(m * n);
      run(kernels, *std_thread_executor(1), product_of(a, b, first.data()));
      for (const int threads : thread_counts)
        for (const bool tbb : executor_kinds()) {
          Guarded c(m * n);
          run(kernels, tbb ? *tbb_executor(threads) : *std_thread_executor(threads), product_of(a, b, c.data()));
          CAPTURE(text(name_of(kernels.isa), " ", m, " ", threads));
          CHECK(c == first);
        }
    }
}

TEST_CASE("gemm: adds to C, then bias, relu and gate, in this order") {
  const auto executor = std_thread_executor(2);
  for (const DenseKernels& kernels : dense_kernels())
    for (const auto [m, n, k] : {Extents{1, 1, 1}, Extents{17, 33, 300}, Extents{3, 10, 9000}})
      for (int steps = 0; steps < 16; ++steps) {
        const Matrix a(m, k, Lie::rows, Filling::integer, 7), b(k, n, Lie::rows, Filling::integer, 8);
        const Matrix before(m, n, Lie::rows, Filling::integer, 9), gate(m, n, Lie::rows, Filling::integer, 10);
        const std::vector<float> bias = filled(n, Filling::integer, 11);
        const bool add = steps & 1, biased = steps & 2, relu = steps & 4, gated = steps & 8;
        Guarded c(m * n);
        if (add) std::copy(before.values.begin(), before.values.end(), c.data());
        Gemm product = product_of(a, b, c.data());
        product.accumulate = add;
        product.epilogue = {biased ? bias.data() : nullptr, relu, gated ? gate.values.data() : nullptr};
        run(kernels, *executor, product);
        const Steps all{add ? &before : nullptr, biased ? &bias : nullptr, relu, gated ? &gate : nullptr};
        CAPTURE(text(name_of(kernels.isa), " ", m, " ", steps));
        CHECK(wrong_elements(a, b, all, c) == 0);
        CHECK(c.guards_hold());
      }
}

TEST_CASE("gemm: a NaN stays in its row and column, and passes the relu") {
  const auto executor = std_thread_executor(1);
  for (const DenseKernels& kernels : dense_kernels()) {
    Matrix a(20, 40, Lie::rows, Filling::normal, 12), b(40, 50, Lie::rows, Filling::normal, 13);
    a.values[7 * 40 + 3] = poison;
    b.values[5 * 50 + 49] = std::numeric_limits<float>::infinity();
    Guarded c(20 * 50);
    Gemm product = product_of(a, b, c.data());
    product.epilogue.relu = true;
    run(kernels, *executor, product);
    std::int64_t wrong = 0;
    for (std::int64_t i = 0; i < 20; ++i)
      for (std::int64_t j = 0; j < 50; ++j) {
        const bool is_nan = i == 7, is_infinite = !is_nan && j == 49 && a.at(i, 5) > 0.f;
        wrong += std::isnan(c[i * 50 + j]) != is_nan || std::isinf(c[i * 50 + j]) != is_infinite;
      }
    CAPTURE(text(name_of(kernels.isa)));
    CHECK(wrong == 0);
  }
}

TEST_CASE("gemm: rows of C apart, no terms, no rows") {
  const auto executor = std_thread_executor(2);
  for (const DenseKernels& kernels : dense_kernels()) {
    CAPTURE(text(name_of(kernels.isa)));
    const Matrix a(19, 21, Lie::rows, Filling::normal, 14), b(21, 35, Lie::rows, Filling::normal, 15);
    Guarded c(19 * 40);
    Gemm product = product_of(a, b, c.data());
    product.c_row = 40;
    run(kernels, *executor, product);
    double worst = 0.;
    std::int64_t touched = 0;
    for (std::int64_t i = 0; i < 19; ++i) {
      for (std::int64_t j = 0; j < 35; ++j) worst = std::max(worst, error_of(c[i * 40 + j], exact(a, b, i, j)));
      for (std::int64_t j = 35; j < 40; ++j) touched += !std::isnan(c[i * 40 + j]);
    }
    CHECK(worst <= error_bound);
    CHECK(touched == 0);

    const std::vector<float> bias = filled(35, Filling::normal, 16);
    product.k = 0;
    product.epilogue.bias = bias.data();
    run(kernels, *executor, product);
    for (std::int64_t j = 0; j < 35; ++j) CHECK(c[18 * 40 + j] == bias[static_cast<std::size_t>(j)]);

    Guarded untouched(8);
    product.m = 0;
    product.c = untouched.data();
    run(kernels, *executor, product);
    for (std::int64_t i = 0; i < 8; ++i) CHECK(std::isnan(untouched[i]));
  }
}

TEST_CASE("cut_gemm: the blocks of all tasks cover each product once") {
  for (const std::int64_t m : {1, 3, 33, 128, 784, 1001, 100352})
    for (const std::int64_t n : {1, 10, 100, 257, 1000, 3003})
      for (const std::int64_t k : {0, 1, 300, 5000, 100352}) {
        const GemmCut cut = cut_gemm(m, n, k);
        std::int64_t products = 0, cells = 0, outside = 0, empty = 0;
        for (std::int64_t task = 0; task < cut.tasks(); ++task) {
          const GemmBlock block = cut.block(task, m, n, k);
          products += block.rows * block.columns * block.depth;
          cells += block.rows * block.columns;
          empty += block.rows < 1 || block.columns < 1 || block.depth < 0;
          outside += block.row < 0 || block.row + block.rows > m || block.column + block.columns > n ||
                     block.columns > 256 || block.term + block.depth > k;
        }
        CAPTURE(text(m, " ", n, " ", k));
        CHECK(products == m * n * k);
        CHECK(cells == m * n * cut.slices);
        CHECK(outside + empty == 0);
        CHECK(gemm_workspace_floats(m, n, k) == (cut.slices > 1 ? cut.slices * m * n : 0));
      }
}

}  // namespace
}  // namespace deepobs::testing
