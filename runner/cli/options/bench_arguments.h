#pragma once

#include "runner/bench/bench_options.h"

namespace CLI {
class App;
}

namespace deepobs {

/// Adds the command `deepobs bench` to the command line. Parsing fills `options`, which must outlive `app`.
CLI::App* add_bench(CLI::App& app, BenchOptions& options);

}  // namespace deepobs
