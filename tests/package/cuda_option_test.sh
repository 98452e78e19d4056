#!/bin/sh
# -DDEEPOBS_CUDA=ON without a toolkit is an error that says what was looked for; AUTO and OFF build without. Where there
# is a toolkit: cuDNN may be missing, ON makes that an error, and cuBLASLt and cuDNN are found as Python packages too.
#
#   cuda_option_test.sh SOURCE_FOLDER

set -eu
source=$(cd "$1" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

blas='' dnn=''  # what the environment names
# configure OPTION...: into a new folder, with nothing but what the options name.
configure() {
  rm -rf "$work/build"
  env -u CUDACXX -u CUDA_PATH PYTHONPATH="$work/site" CUBLAS_PATH="$blas" CUDNN_PATH="$dnn" cmake -S "$source" -B "$work/build" \
    -G Ninja -DCMAKE_BUILD_TYPE=Release -DDEEPOBS_TESTS=OFF "$@" > "$work/log" 2>&1
}
wanted() {
  tr '\n' ' ' < "$work/log" | tr -s ' ' | grep -q -- "$1" || { cat "$work/log"; echo "FAILED: it should say: $1"; exit 1; }
}
accepted() { configure "$@" || { cat "$work/log"; echo "FAILED: $* was refused"; exit 1; }; }
refused() { if configure "$@"; then echo "FAILED: $* was accepted"; exit 1; fi; }

# Without a toolkit. No nvcc, wherever this machine may have one: CMake's own names for what must not be looked at.
nvcc='' nvcc_folders=''
for folder in $(echo "$PATH" | tr ':' ' ') /usr/local/cuda/bin /usr/local/cuda-*/bin /opt/cuda/bin; do
  [ -x "$folder/nvcc" ] || continue
  nvcc=${nvcc:-$folder/nvcc}
  nvcc_folders="$nvcc_folders$folder;"
done
without() { echo "-DDEEPOBS_CUDA=$1 -DDEEPOBS_NVCC=DEEPOBS_NVCC-NOTFOUND -DCMAKE_IGNORE_PATH=$nvcc_folders"; }
# shellcheck disable=SC2046
{
  refused $(without ON)
  wanted 'DEEPOBS_CUDA is ON, but there is no nvcc: looked in CUDACXX, CUDA_PATH, PATH and'
  accepted $(without AUTO)
  wanted 'GPUs: none, there is no nvcc'
  accepted $(without OFF)
  wanted 'GPUs: none, DEEPOBS_CUDA is OFF'
  refused $(without MAYBE)
  wanted 'must be ON, OFF or AUTO, not MAYBE'
  refused $(without AUTO) -DDEEPOBS_CUDNN=PERHAPS
  wanted 'DEEPOBS_CUDNN must be ON, OFF or AUTO, not PERHAPS'
}
if [ -z "$nvcc" ]; then
  echo "said; there is no toolkit to look at the rest with"
  exit 0
fi

# With one, of which cuBLASLt and cuDNN are hidden: the folders of its headers and libraries are not looked at.
toolkit=$(dirname "$(dirname "$nvcc")")
real=$(cd "$toolkit" && pwd -P)
hidden=''
for folder in "$toolkit" "$real" /usr/local /usr/local/cuda /usr/local/cuda-*; do
  for below in include lib lib64 targets/x86_64-linux/include targets/x86_64-linux/lib; do
    hidden="$hidden$folder/$below;"
  done
done
if [ -e /usr/include/cudnn.h ] || [ -e /usr/include/cublasLt.h ]; then
  echo "said; cuDNN or cuBLASLt lie among the system's own headers, which cannot be hidden"
  exit 0
fi
with() { echo "-DDEEPOBS_NVCC=$nvcc -DCMAKE_IGNORE_PATH=$hidden"; }
# shellcheck disable=SC2046
{
  refused -DDEEPOBS_CUDA=ON $(with)
  wanted 'DEEPOBS_CUDA is ON, but there is no cuBLASLt [0-9]* (cublasLt.h and libcublasLt.so): looked beside the toolkit, in CUBLAS_PATH'
  accepted $(with)
  wanted 'GPUs: none, there is no cuBLASLt'

  # As Python packages have them: no plain names.
  major=$("$nvcc" --version | sed -n 's/.*release \([0-9]*\).*/\1/p')
  packages=$work/site/nvidia
  mkdir -p "$packages/cu$major/include" "$packages/cu$major/lib" "$packages/cudnn/include" "$packages/cudnn/lib"
  touch "$packages/cu$major/include/cublasLt.h" "$packages/cu$major/lib/libcublasLt.so.$major" \
    "$packages/cu$major/lib/libcudart_static.a"
  if command -v python3 > /dev/null; then
    accepted -DDEEPOBS_CUDA=ON $(with)
    wanted "cuBLASLt in $packages/cu$major/lib/libcublasLt.so.$major"
    wanted "GPUs: convolutions by slow loops of deepobs' own, there is no cuDNN 9 (cudnn.h and libcudnn.so): looked"
    refused -DDEEPOBS_CUDNN=ON $(with)
    wanted 'DEEPOBS_CUDNN is ON, but there is no cuDNN 9'
    touch "$packages/cudnn/include/cudnn.h" "$packages/cudnn/lib/libcudnn.so.9"
    accepted -DDEEPOBS_CUDA=ON -DDEEPOBS_CUDNN=ON $(with)
    wanted "GPUs: convolutions by cuDNN in $packages/cudnn/lib/libcudnn.so.9"
    accepted -DDEEPOBS_CUDNN=OFF $(with)
    wanted "GPUs: convolutions by slow loops of deepobs' own, DEEPOBS_CUDNN is OFF"
  fi

  # And in folders that are named.
  mkdir "$work/named"
  mv "$packages/cu$major" "$work/named/blas"
  mv "$packages/cudnn" "$work/named/dnn"
  blas=$work/named/blas dnn=$work/named/dnn
  accepted -DDEEPOBS_CUDA=ON -DDEEPOBS_CUDNN=ON $(with)
  wanted "cuBLASLt in $blas/lib/libcublasLt.so.$major"
  wanted "GPUs: convolutions by cuDNN in $dnn/lib/libcudnn.so.9"
}
echo "said"
