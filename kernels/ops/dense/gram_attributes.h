#pragma once

namespace deepobs {

/// Whether the products are those of x's columns and not of its rows.
struct GramOptions {
  bool of_columns = false;
};

}  // namespace deepobs
