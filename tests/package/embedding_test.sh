#!/bin/sh
# A project that has deepobs among its sources, by add_subdirectory or FetchContent, in a Debug or a Release build, finds
# the targets that find_package gives, and neither deepobs' tests nor its settings. Its programs compute the bits that
# those of the project's own build compute.
#
#   embedding_test.sh SOURCE_FOLDER BUILD_FOLDER
#
# The host's files are compiled as they are there, and linked to the libraries of BUILD_FOLDER, which take minutes.
# DEEPOBS_EMBED_WHOLE=1 builds those anew as well.

set -eu
here=$(cd "$(dirname "$0")" && pwd)
source=$(cd "$1" && pwd)
build=$(cd "$2" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# results PROGRAMS_FOLDER: runs the programs there, in a folder of their own, and leaves what they computed.
results() {
  mkdir "$1/results"
  (cd "$1/results" && ../two_layers && ../own_op && ../long_way && ../own_problem) > "$1/printed" ||
    { cat "$1/printed"; exit 1; }
  cat "$1/printed" "$1/results/rings.safetensors" > "$1/computed"
}
mkdir "$work/own"
for program in two_layers own_op long_way own_problem; do ln -s "$build/tests/$program" "$work/own/$program"; done
results "$work/own"

for host in add_subdirectory:Debug FetchContent:Release; do
  how=${host%:*} type=${host#*:} built=$work/${host%:*}
  cmake -S "$here/embedded" -B "$built" -G Ninja "-DDEEPOBS=$source" -DHOW=$how -DCMAKE_BUILD_TYPE=$type -DHOST_TYPE=$type \
    -DDEEPOBS_CUDA=OFF > "$work/log" 2>&1 || { cat "$work/log"; echo "FAILED: $how"; exit 1; }
  targets=$(ninja -C "$built" -t targets all)
  if echo "$targets" | grep -q 'engine_tests'; then echo "FAILED: $how builds the tests"; exit 1; fi
  if grep -rq deepobs_engine --include=cmake_install.cmake "$built"; then
    echo "FAILED: installing the host installs deepobs"
    exit 1
  fi
  if [ -n "${DEEPOBS_EMBED_WHOLE:-}" ]; then
    ninja -C "$built" two_layers own_op long_way own_problem > "$work/log" 2>&1 || { cat "$work/log"; exit 1; }
  else
    for program in two_layers own_op long_way own_problem; do
      objects=$(echo "$targets" | sed -n 's/: CXX_COMPILER.*//p' | grep -E "CMakeFiles/${program}(_bodies_[a-z0-9]*)?\.dir/")
      # shellcheck disable=SC2086
      ninja -C "$built" $objects > "$work/log" 2>&1 || { cat "$work/log"; exit 1; }
      # shellcheck disable=SC2086
      (cd "$built" && c++ -o $program $objects -Wl,--start-group "$build"/libdeepobs_*.a -Wl,--end-group -ltbb -lz -lsimdjson -ldl -pthread)
    done
  fi
  results "$built"
  cmp "$built/computed" "$work/own/computed" || { cat "$built/printed" "$work/own/printed"; echo "FAILED: $how, $type: other bits"; exit 1; }
done
echo "embedded"
