#include <algorithm>
#include <array>

#include "engine/base/check.h"
#include "tests/engine/run/executors.h"
#include "tests/kernels/product/matrix.h"

// Like the kernels of dense_kernels.h, it exists once per instruction set.
namespace deepobs::portable {
bool narrow_product(Executor&, const Gemm&);
}
#if defined(__x86_64__)
namespace deepobs::avx2 {
bool narrow_product(Executor&, const Gemm&);
}
namespace deepobs::avx512 {
bool narrow_product(Executor&, const Gemm&);
}
#endif

namespace deepobs::testing {
namespace {

bool narrow_product(Isa isa, Executor& executor, const Gemm& product) {
#if defined(__x86_64__)
  if (isa == Isa::avx512) return avx512::narrow_product(executor, product);
  if (isa == Isa::avx2) return avx2::narrow_product(executor, product);
#endif
  return portable::narrow_product(executor, product);
}

/// A product and how its operands lie.
struct Shape3 {
  std::int64_t m, n, k;
  Lie a = Lie::rows, b = Lie::rows;
};

/// One shape for each way, with edges on every instruction set and several chunks of terms where there can be more.
constexpr Shape3 few_terms{70, 37, 3}, few_rows{7, 21, 2100}, dots{5, 75, 1301, Lie::rows, Lie::columns},
    transposed_dots{71, 17, 1101}, transposed{83, 21, 300, Lie::columns, Lie::rows};
constexpr Shape3 ways[] = {few_terms, few_rows, dots, transposed_dots, transposed};

/// Counts the tasks that go to another executor.
class Counting final : public Executor {
 public:
  explicit Counting(Executor& to) : to_(to) {}
  int threads() const override { return to_.threads(); }
  void run(std::int64_t count, Task task) override {
    tasks += count;
    to_.run(count, task);
  }
  std::int64_t tasks = 0;

 private:
  Executor& to_;
};

TEST_CASE("narrow product: all widths, depths and heights at the edges of vectors and tiles") {
  const auto executor = std_thread_executor(1);
  const std::array<std::int64_t, 6> heights{0, 1, 2, 3, 127, 128}, depths{0, 1, 15, 16, 17, 784};
  std::vector<std::int64_t> widths{31, 33};
  for (std::int64_t n = 1; n <= 17; ++n) widths.push_back(n);
  const std::vector<DenseKernels> all = checked_kernels();
  constexpr std::array<Lie, 2> lies[] = {{Lie::rows, Lie::rows}, {Lie::columns, Lie::rows}, {Lie::rows, Lie::columns}};
  for (const auto [lie_a, lie_b] : lies)
    for (const std::int64_t m : heights)
      for (const std::int64_t n : widths)
        for (const std::int64_t k : depths) {
          const Filling filling = n % 2 == 0 ? Filling::positive : Filling::normal;
          const Matrix a(m, k, lie_a, filling, 1), b(k, n, lie_b, filling, 2);
          std::vector<Sum> sums;
          for (std::int64_t i = 0; i < m; ++i)
            for (std::int64_t j = 0; j < n; ++j) sums.push_back(exact(a, b, i, j));
          for (const DenseKernels& kernels : all) {
            Guarded c(m * n), workspace(gemm_workspace_floats(m, n, k));
            kernels.gemm(*executor, product_of(a, b, c.data()), workspace.data());
            double worst = 0.;
            for (std::int64_t i = 0; i < m * n; ++i)
              worst = std::max(worst, error_of(c[i], sums[static_cast<std::size_t>(i)]));
            CAPTURE(text(name_of(kernels.isa), " ", m, " ", n, " ", k, " ", static_cast<int>(lie_a), " ",
                         static_cast<int>(lie_b)));
            CHECK(worst <= error_bound);
            CHECK(c.guards_hold());
          }
        }
}

TEST_CASE("narrow product: each way, within 24 u sum|a||b|, and nothing else is written") {
  const auto executor = std_thread_executor(2);
  for (const DenseKernels& kernels : checked_kernels())
    for (const auto [m, n, k, lie_a, lie_b] : ways)
      for (const Filling filling : {Filling::positive, Filling::normal}) {
        const Matrix a(m, k, lie_a, filling, 3), b(k, n, lie_b, filling, 4);
        const std::int64_t c_row = n + 5;
        Guarded c(m * c_row);
        Gemm product = product_of(a, b, c.data());
        product.c_row = c_row;
        CAPTURE(text(name_of(kernels.isa), " ", m, " ", n, " ", k));
        REQUIRE(narrow_product(kernels.isa, *executor, product));
        double worst = 0.;
        std::int64_t touched = 0;
        for (std::int64_t i = 0; i < m; ++i) {
          for (std::int64_t j = 0; j < n; ++j) worst = std::max(worst, error_of(c[i * c_row + j], exact(a, b, i, j)));
          for (std::int64_t j = n; j < c_row; ++j) touched += !std::isnan(c[i * c_row + j]);
        }
        CHECK(worst <= error_bound);
        CHECK(touched == 0);
        CHECK(c.guards_hold());
      }
}

TEST_CASE("narrow product: adds to C, then bias, relu and gate, in this order") {
  const auto executor = std_thread_executor(2);
  for (const DenseKernels& kernels : dense_kernels())
    for (const auto [m, n, k, lie_a, lie_b] : ways)
      for (int steps = 0; steps < 16; ++steps) {
        const Matrix a(m, k, lie_a, Filling::integer, 5), b(k, n, lie_b, Filling::integer, 6);
        const Matrix before(m, n, Lie::rows, Filling::integer, 7), gate(m, n, Lie::rows, Filling::integer, 8);
        const std::vector<float> bias = filled(n, Filling::integer, 9);
        const bool add = steps & 1, biased = steps & 2, relu = steps & 4, gated = steps & 8;
        Guarded c(m * n);
        if (add) std::copy(before.values.begin(), before.values.end(), c.data());
        Gemm product = product_of(a, b, c.data());
        product.accumulate = add;
        product.epilogue = {biased ? bias.data() : nullptr, relu, gated ? gate.values.data() : nullptr};
        CAPTURE(text(name_of(kernels.isa), " ", m, " ", n, " ", k, " ", steps));
        // Few terms are left to the general product when there is more to do.
        const bool taken = narrow_product(kernels.isa, *executor, product);
        CHECK(taken == (k > 8 || steps == 0));
        if (!taken) continue;
        const Steps all{add ? &before : nullptr, biased ? &bias : nullptr, relu, gated ? &gate : nullptr};
        CHECK(wrong_elements(a, b, all, c) == 0);
        CHECK(c.guards_hold());
      }
}

TEST_CASE("narrow product: a NaN stays in its row, an infinity in its column") {
  const auto executor = std_thread_executor(1);
  for (const DenseKernels& kernels : dense_kernels())
    for (const auto [m, n, k, lie_a, lie_b] : ways)
      for (const std::int64_t column : {std::int64_t{0}, n - 1}) {
        Matrix a(m, k, lie_a, Filling::normal, 10), b(k, n, lie_b, Filling::normal, 11);
        const std::int64_t row = m / 2, term = k - 1;
        a.values[static_cast<std::size_t>(row * a.row + term * a.column)] = poison;
        b.values[static_cast<std::size_t>(term * b.row + column * b.column)] = std::numeric_limits<float>::infinity();
        Guarded c(m * n);
        CAPTURE(text(name_of(kernels.isa), " ", m, " ", n, " ", k, " ", column));
        REQUIRE(narrow_product(kernels.isa, *executor, product_of(a, b, c.data())));
        std::int64_t wrong = 0;
        for (std::int64_t i = 0; i < m; ++i)
          for (std::int64_t j = 0; j < n; ++j) {
            const bool is_nan = i == row, is_infinite = !is_nan && j == column;
            wrong += std::isnan(c[i * n + j]) != is_nan || std::isinf(c[i * n + j]) != is_infinite;
          }
        CHECK(wrong == 0);
      }
}

TEST_CASE("narrow product: the same bits for any number of threads and either executor") {
  constexpr Shape3 large[] = {{900, 700, 3},
                              {3, 3000, 400, Lie::rows, Lie::columns},
                              {1500, 10, 784},
                              {3000, 10, 200, Lie::columns, Lie::rows}};
  for (const DenseKernels& kernels : dense_kernels())
    for (const auto [m, n, k, lie_a, lie_b] : large) {
      const Matrix a(m, k, lie_a, Filling::normal, 12), b(k, n, lie_b, Filling::normal, 13);
      CAPTURE(text(name_of(kernels.isa), " ", m, " ", n, " ", k));
      const auto one = std_thread_executor(1);
      Counting counting(*one);
      Guarded first(m * n);
      REQUIRE(narrow_product(kernels.isa, counting, product_of(a, b, first.data())));
      REQUIRE(counting.tasks >= 4);
      for (const int threads : thread_counts)
        for (const bool tbb : executor_kinds()) {
          Guarded c(m * n);
          CAPTURE(threads);
          REQUIRE(narrow_product(kernels.isa, tbb ? *tbb_executor(threads) : *std_thread_executor(threads),
                                 product_of(a, b, c.data())));
          CHECK(c == first);
        }
    }
}

TEST_CASE("narrow product: the products of logistic regression are one task, which costs less than to share it") {
  const auto executor = std_thread_executor(1);
  for (const DenseKernels& kernels : dense_kernels())
    for (const auto [m, n, k, lie_a, lie_b] : {Shape3{128, 10, 784}, Shape3{784, 10, 128, Lie::columns},
                                               Shape3{1, 10, 784}, Shape3{784, 10, 1, Lie::columns}}) {
      const Matrix a(m, k, lie_a, Filling::normal, 14), b(k, n, lie_b, Filling::normal, 15);
      Guarded c(m * n);
      Counting counting(*executor);
      CHECK(narrow_product(kernels.isa, counting, product_of(a, b, c.data())));
      CHECK(counting.tasks == 1);
    }
}

TEST_CASE("narrow product: leaves alone what is not narrow") {
  const auto executor = std_thread_executor(1);
  for (const DenseKernels& kernels : dense_kernels())
    for (const auto [m, n, k, lie_a, lie_b] :
         {Shape3{128, 100, 784}, Shape3{784, 100, 128, Lie::columns, Lie::rows}, Shape3{4, 10, 0},
          Shape3{3, 3, 100'000},                          // whose terms are shared among tasks
          Shape3{128, 784, 10, Lie::rows, Lie::columns},  // C is large
          Shape3{30, 10, 200, Lie::rows, Lie::spread}, Shape3{30, 10, 200, Lie::spread, Lie::rows}}) {
      const Matrix a(m, k, lie_a, Filling::normal, 16), b(k, n, lie_b, Filling::normal, 17);
      Guarded c(m * n);
      CAPTURE(text(name_of(kernels.isa), " ", m, " ", n, " ", k));
      CHECK_FALSE(narrow_product(kernels.isa, *executor, product_of(a, b, c.data())));
      CHECK(std::all_of(c.data(), c.data() + c.size(), [](float x) { return std::isnan(x); }));
      CHECK(c.guards_hold());
    }
}

}  // namespace
}  // namespace deepobs::testing
