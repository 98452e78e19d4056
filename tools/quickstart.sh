#!/usr/bin/env bash
# From nothing to a first result: installs the packages, builds Release, trains a multi-layer perceptron on the complete
# Fashion-MNIST, and shows what came out. Options go to `deepobs run`: tools/quickstart.sh --threads 1
# The part for GPUs, which takes longer to build than all the rest, is built where a GPU is, or for --device cuda.
set -euo pipefail
cd "$(dirname "$0")/.."

tools/install_packages.sh
gpus=OFF
if compgen -G '/dev/nvidia[0-9]*' >/dev/null || { command -v nvidia-smi && nvidia-smi -L; } >/dev/null 2>&1; then gpus=AUTO; fi
case " $* " in *" cuda"* | *"=cuda"*) gpus=ON ;; esac
[ $gpus = OFF ] && echo "no GPU here: the part for GPUs is not built; it is with --device cuda, or by cmake -DDEEPOBS_CUDA=AUTO build/release"
# What is compiled once has nothing of a compiler's cache, which would cost a tenth of the time.
cmake --preset release -DDEEPOBS_CUDA=$gpus -DDEEPOBS_CCACHE=OFF >/dev/null
cmake --build build/release

echo
build/release/deepobs run fmnist_mlp --optimizer SGD --learning_rate 0.1 --momentum 0.9 --num_epochs 5 "$@"
echo
echo "next: build/release/deepobs --help, build/release/deepobs list, README.md"
