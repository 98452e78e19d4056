#!/usr/bin/env bash
# From nothing to a first result: installs the packages, builds Release, trains a convolutional network on the complete
# Fashion-MNIST, and shows what came out. Options go to `deepobs run`: tools/quickstart.sh --threads 1
set -euo pipefail
cd "$(dirname "$0")/.."

tools/install_packages.sh
cmake -S . -B build/release -G Ninja -DDEEPOBS_TESTS=OFF -DCMAKE_BUILD_TYPE=Release >/dev/null
cmake --build build/release

echo
build/release/deepobs run fmnist_mlp --optimizer SGD --learning_rate 0.1 --momentum 0.9 --num_epochs 3 "$@"
echo
echo "next: build/release/deepobs --help, build/release/deepobs list, README.md"
