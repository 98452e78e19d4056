#!/bin/sh
# Prints which folder includes which, and fails when an include points up
#   tools -> runner -> problems -> kernels -> engine
# or when a header of ours includes one of a third party: those belong into .cpp files.
#
#   include_layers.sh SOURCE_FOLDER

cd "$1" || exit 1
list=$(mktemp) || exit 1
trap 'rm -f "$list"' EXIT
find tools runner problems kernels engine -name '*.h' -o -name '*.cpp' -o -name '*.cu' | sort |
  xargs grep -nE '^[[:space:]]*#[[:space:]]*include' > "$list"
awk '
  BEGIN {
    split("engine kernels problems runner tools", layers, " ")
    for (i in layers) height[layers[i]] = i
  }
  {
    split($0, part, ":")
    file = part[1]
    from = file
    sub(/\/.*/, "", from)
    name = $0
    sub(/^[^"<]*["<]/, "", name)
    sub(/[">].*/, "", name)
    to = name
    sub(/\/.*/, "", to)
    if (to in height) {
      ++edges[from " " to]
      if (height[to] > height[from]) upward = upward "  " file ":" part[2] " includes " name "\n"
    } else if (index($0, "\"") && name !~ /\// && name != "deepobs_revision.h") {  # that one the build makes
      local = local "  " file ":" part[2] " includes " name "\n"
    }
    if (file ~ /\.h$/ && name ~ /^(nlohmann|CLI|tbb|oneapi|zlib|zconf|Eigen|cuda|cudnn|cublas|doctest)/)
      foreign = foreign "  " file ":" part[2] " includes " name "\n"
    ++includes
  }
  END {
    printf "%-10s", ""
    for (i = 1; i <= 5; ++i) printf "%10s", layers[i]
    print ""
    for (i = 5; i >= 1; --i) {
      printf "%-10s", layers[i]
      for (j = 1; j <= 5; ++j) printf "%10s", (layers[i] " " layers[j]) in edges ? edges[layers[i] " " layers[j]] : "."
      print ""
    }
    if (upward) printf "FAILED: includes that point up\n%s", upward
    if (foreign) printf "FAILED: headers of third parties in our headers\n%s", foreign
    if (local) printf "FAILED: includes that do not start at the root\n%s", local
    if (includes < 100) printf "FAILED: only %d includes were found\n", includes
    exit (upward || foreign || local || includes < 100)
  }' "$list"
