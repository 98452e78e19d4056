#!/bin/sh
# Every public header compiles alone, without a warning of those that careful projects ask for and without our flags, by
# g++ and, where there is one, clang++; all lie in a folder of the library's name, and none is of its insides.
#
#   public_headers_test.sh FOLDER    with deepobs/engine.h

set -eu
cd "$1"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
[ "$(find deepobs -name '*.h' | wc -l)" -gt 50 ] || { echo "FAILED: hardly any header was found"; exit 1; }
inside=$(find deepobs -type f | grep -E 'winograd|gemm|simd|harness|graph_editor|passes/rewrite|cuda/(choices|capture|convolution)|\.(cpp|cu)$' || true)
[ -z "$inside" ] || { echo "$inside"; echo "FAILED: these are the library's insides"; exit 1; }
if grep -rnE '#include "' deepobs; then echo "FAILED: these includes need a path of their own"; exit 1; fi
if grep -rnE '#include <(nlohmann|CLI|tbb|oneapi|zlib|Eigen|boost|cuda)' deepobs; then
  echo "FAILED: these need headers of others"
  exit 1
fi

flags='-std=c++20 -Wall -Wextra -Wconversion -Wsign-conversion -Wshadow -Wpedantic -Werror -I.'
headers() { find deepobs -name '*.h' | grep -vE '/cuda/|cuda_op\.h' | sort; }  # the others are for CUDA's compiler

# All in one program, by each compiler.
headers | sed 's/.*/#include <&>/' > "$work/all.cpp"
compilers='g++'
if command -v clang++ > /dev/null; then compilers='g++ clang++'; fi
for compiler in $compilers; do
  # shellcheck disable=SC2086
  $compiler $flags -fsyntax-only "$work/all.cpp" || { echo "FAILED: $compiler"; exit 1; }
done

# Each alone, and twice. The standard's headers, which take the time, are parsed once; that our sources name those that
# they use, builds without precompiled headers show.
grep -rhoE '#include <[a-z_]+>' deepobs | sort -u > "$work/standard.h"
# shellcheck disable=SC2086
g++ $flags -x c++-header "$work/standard.h" -o "$work/standard.h.gch"
export flags work
# shellcheck disable=SC2016
headers | xargs -P "$(nproc)" -n 1 sh -c '
  printf "#include <%s>\n#include <%s>\n" "$1" "$1" | g++ $flags -include "$work/standard.h" -fsyntax-only -x c++ -' alone ||
  { echo "FAILED: a header does not compile alone"; exit 1; }
echo "$(headers | wc -l) headers"
