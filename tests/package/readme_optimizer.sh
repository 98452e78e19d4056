#!/bin/sh
# Prints the block of C++ in README.md that defines `Optimizer NAME()`.
#
#   readme_optimizer.sh README.md NAME

set -eu
block=$(awk -v wanted="Optimizer $2\\\\(\\\\)" '
  /^```cpp$/ { block = ""; inside = 1; next }
  /^```$/    { if (inside && block ~ wanted) printf "%s", block; inside = 0 }
  inside     { block = block $0 "\n" }' "$1")
[ -n "$block" ] || { echo "FAILED: $1 shows no optimizer $2()" >&2; exit 1; }
printf '%s\n' "$block"
