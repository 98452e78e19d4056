#!/bin/sh
# A project that has deepobs among its sources, by add_subdirectory or FetchContent, finds the targets that
# find_package gives, and neither deepobs' tests nor its settings. A host's file that includes its headers is compiled.
#
#   embedding_test.sh SOURCE_FOLDER

set -eu
here=$(cd "$(dirname "$0")" && pwd)
source=$(cd "$1" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

for how in add_subdirectory FetchContent; do
  cmake -S "$here/embedded" -B "$work/$how" -G Ninja "-DDEEPOBS=$source" -DHOW=$how -DDEEPOBS_CUDA=OFF > "$work/log" 2>&1 ||
    { cat "$work/log"; echo "FAILED: $how"; exit 1; }
  targets=$(ninja -C "$work/$how" -t targets all)
  if echo "$targets" | grep -q 'engine_tests'; then echo "FAILED: $how builds the tests"; exit 1; fi
  object=$(echo "$targets" | sed -n 's/: CXX_COMPILER.*//p' | grep 'own_network\.cpp\.o$')
  ninja -C "$work/$how" "$object" > "$work/log" 2>&1 || { cat "$work/log"; exit 1; }
  ninja -C "$work/$how" -t commands "$object" | grep -q -- '-ffp-contract=off' ||
    { echo "FAILED: the host's files lack the flags that give the same bits"; exit 1; }
  if grep -rq deepobs_engine --include=cmake_install.cmake "$work/$how"; then
    echo "FAILED: installing the host installs deepobs"
    exit 1
  fi
done
echo "embedded"
