#!/bin/sh
# Compiles every source file with clang, without a warning, and makes no objects of them: bodies for the widest
# instruction set. `tools/test.sh --clang` builds and tests with it.
#
#   clang_compiles.sh SOURCE_FOLDER REVISION_HEADER_FOLDER

set -eu
command -v clang++ > /dev/null || { echo "SKIPPED: there is no clang++"; exit 0; }
cd "$1"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
flags="-std=c++20 -fsyntax-only -Wall -Wextra -Wshadow -Wpedantic -Werror -I. -I$2 -isystem /usr/include/eigen3"
case $(uname -m) in
  x86_64) body='-DDEEPOBS_ISA=avx512 -mavx512f -mavx512vl -mavx512bw -mavx512dq -mfma -mprfchw -Wno-psabi' ;;
  *) body=-DDEEPOBS_ISA=portable ;;
esac

# What most files include, parsed once. Bodies have flags of their own, and include little.
for header in algorithm filesystem functional map memory optional span sstream string vector; do
  echo "#include <$header>"
done > "$work/common.h"
clang++ -std=c++20 -x c++-header "$work/common.h" -o "$work/common.pch"

export flags body work
# shellcheck disable=SC2016
find engine kernels problems runner -name '*.cpp' -not -path '*/cuda/*' -print0 | xargs -0 -n 1 -P "$(nproc)" sh -c '
  case $1 in
    *_cpu.cpp) clang++ $flags $body "$1" ;;
    *) clang++ $flags -include-pch "$work/common.pch" "$1" ;;
  esac' clang
echo "clang compiles all"
