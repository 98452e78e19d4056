#!/usr/bin/env bash
# From nothing to a first result: installs the packages, builds Release, trains a multi-layer perceptron on the complete
# Fashion-MNIST, and shows what came out. Options go to `deepobs run`: tools/quickstart.sh --threads 1
set -euo pipefail
cd "$(dirname "$0")/.."

# Compiled objects can be shared between checkouts, wherever they lie.
export CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=1
tools/install_packages.sh
cmake --preset release >/dev/null
cmake --build build/release

echo
build/release/deepobs run fmnist_mlp --optimizer SGD --learning_rate 0.1 --momentum 0.9 --num_epochs 5 "$@"
echo
echo "next: build/release/deepobs --help, build/release/deepobs list, README.md"
