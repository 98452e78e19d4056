#!/bin/sh
# Installs the build into a prefix whose name has a space, builds a project of somebody else against it, and runs that.
#
#   install_test.sh BUILD_FOLDER

set -eu
here=$(cd "$(dirname "$0")" && pwd)
build=$(cd "$1" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
prefix="$work/a prefix"

cmake --install "$build" --prefix "$prefix" > "$work/install.log" || { cat "$work/install.log"; exit 1; }
# No path of the build or of the sources may be left in what others read.
if grep -rl -e "$build" -e "$(cd "$here/../.." && pwd)" "$prefix"/lib*/cmake "$prefix"/lib*/*/cmake 2>/dev/null; then
  echo "FAILED: these files name the build folder"
  exit 1
fi

# Headers lie in one folder, of the library's own name: those that public_headers_test.sh looks at.
[ "$(ls "$prefix/include")" = deepobs ] || { ls "$prefix/include"; echo "FAILED: headers beside those in deepobs"; exit 1; }
diff -r "$prefix/include/deepobs" "$build/public_headers/deepobs"

nvcc=$(command -v nvcc || ls /usr/local/cuda/bin/nvcc 2> /dev/null || true)

for type in Release Debug; do
  built="$work/$type"
  cuda=''
  if [ -n "$nvcc" ] && [ $type = Release ]; then
    cuda="-DWITH_CUDA=ON -DCMAKE_CUDA_COMPILER=$nvcc -DCMAKE_CUDA_ARCHITECTURES=80"
  fi
  # shellcheck disable=SC2086
  cmake -S "$here" -B "$built" -G Ninja -DCMAKE_BUILD_TYPE=$type "-DCMAKE_PREFIX_PATH=$prefix" $cuda > "$work/log" ||
    { cat "$work/log"; exit 1; }
  cmake --build "$built" > "$work/log" || { cat "$work/log"; exit 1; }
  if grep -q 'warning:' "$work/log"; then
    cat "$work/log"
    echo "FAILED: the installed headers give warnings"
    exit 1
  fi

  mkdir "$built/results"
  (cd "$built/results" && ../two_layers && ../own_op && ../long_way && ../own_problem) > "$built/printed" ||
    { cat "$built/printed"; exit 1; }
  cat "$built/printed" "$built/results/rings.safetensors" > "$built/computed"

  place="$work/some where, $type"
  "$built/own_optimizer" "$place"
  "$built/own_optimizer" run fmnist_logreg --optimizer Halving --period 20 --lr 0.01 --bs 16 -N 1 \
    --data_dir "$place/data" --output_dir "$place/results" --quiet 2> "$work/warnings"
  "$built/own_optimizer" list optimizers | grep -q Halving
  "$built/own_problem" info spirals_mlp | grep -q 'Points on two spirals, 512 + 512'
  "$built/own_problem" run spirals_mlp --optimizer SGD --lr 0.5 -N 1 --output_dir "$work/spirals, $type" --quiet
  count=$(find "$place/results" -name '*.json' | wc -l)
  [ "$count" = 4 ] || { echo "FAILED: $count results instead of 4"; exit 1; }

  "$built/read_result" "$(find "$place/results" -path '*Halving*' -name '*.json' -print -quit)" | grep -q '^fmnist_logreg Halving '
  "$built/analyze_results" "$place/results" | grep -q '^fmnist_logreg Halving: 1.0000, 1 runs'
  for program in read_result analyze_results; do
    if nm -C "$built/$program" | grep -E ' [TtWw] deepobs::(Graph|Storage|Program|Device)::'; then
      echo "FAILED: a program that only reads results links the engine"
      exit 1
    fi
  done
done
cmp "$work/Release/computed" "$work/Debug/computed" ||
  { cat "$work/Release/printed" "$work/Debug/printed"; echo "FAILED: a Debug build computes other bits"; exit 1; }
"$prefix/bin/deepobs" list problems | grep -q mnist_mlp
echo "installed, found, built and run"
