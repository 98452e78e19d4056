#!/bin/sh
# -DDEEPOBS_CUDA=ON without a toolkit is an error that says what was looked for; AUTO and OFF build without.
#
#   cuda_option_test.sh SOURCE_FOLDER

set -eu
source=$(cd "$1" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

configure() {
  rm -rf "$work/build"
  # No nvcc, wherever this machine may have one: CMake's own names for what must not be looked at.
  env -u CUDACXX -u CUDA_PATH cmake -S "$source" -B "$work/build" -G Ninja -DCMAKE_BUILD_TYPE=Release \
    -DDEEPOBS_TESTS=OFF "-DDEEPOBS_CUDA=$1" -DDEEPOBS_NVCC=DEEPOBS_NVCC-NOTFOUND -DCMAKE_IGNORE_PATH="$nvcc_folders" \
    > "$work/log" 2>&1
}
nvcc_folders=
for folder in $(echo "$PATH" | tr ':' ' ') /usr/local/cuda/bin /usr/local/cuda-*/bin /opt/cuda/bin; do
  [ -x "$folder/nvcc" ] && nvcc_folders="$nvcc_folders$folder;"
done

if configure ON; then echo "FAILED: ON was accepted without a toolkit"; exit 1; fi
tr '\n' ' ' < "$work/log" | tr -s ' ' | grep -q 'DEEPOBS_CUDA is ON, but there is no nvcc: looked in CUDACXX, CUDA_PATH, PATH and' ||
  { cat "$work/log"; exit 1; }
configure AUTO || { cat "$work/log"; exit 1; }
grep -q 'GPUs: none, there is no nvcc' "$work/log" || { cat "$work/log"; exit 1; }
configure OFF || { cat "$work/log"; exit 1; }
grep -q 'GPUs: none, DEEPOBS_CUDA is OFF' "$work/log" || { cat "$work/log"; exit 1; }
if configure MAYBE; then echo "FAILED: MAYBE was accepted"; exit 1; fi
grep -q 'must be ON, OFF or AUTO, not MAYBE' "$work/log" || { cat "$work/log"; exit 1; }
echo "said"
