#!/usr/bin/env bash
# Builds, tests and measures on a machine with an NVIDIA GPU, in less than ten minutes, and writes one report:
#
#   tools/gpu_check.sh [REPORT]       default: gpu_report.txt
#
# The machine needs a C++20 compiler, CMake 3.25, the CUDA toolkit with cuDNN 9, and a driver; no package registry. The
# other dependencies come from .gpu-bundle, which tools/gpu_bundle.sh fills beforehand on another machine; without that
# folder, from the system. Every part has a time of its own and a line in the summary at the end of the report; the
# status is that of the parts: 0 if all passed.
set -uo pipefail
cd "$(dirname "$0")/.."
report=$(realpath -m "${1:-gpu_report.txt}")
bundle=$PWD/.gpu-bundle
build=$PWD/build/gpu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
: > "$report"
summary=() failures=0
export CTEST_OUTPUT_ON_FAILURE=1 DEEPOBS_CUDA_LIBRARY=$build/libdeepobs_cuda.so HOME=$work
# Float32 is IEEE's for every library here.
unset CUBLAS_EMULATION_STRATEGY CUBLAS_EMULATE_SINGLE_PRECISION NVIDIA_TF32_OVERRIDE
# cuDNN may be there as a Python package only.
if [ -z "${CUDNN_PATH:-}" ] && ! compgen -G '/usr/local/cuda*/include/cudnn.h' > /dev/null; then
  cudnn=$(python3 -c 'import nvidia.cudnn as n; print(list(n.__path__)[0])' 2> /dev/null) && export CUDNN_PATH=$cudnn
fi
[ -d "$bundle" ] && export LD_LIBRARY_PATH=$bundle/usr/lib/x86_64-linux-gnu:${LD_LIBRARY_PATH:-}

# part NAME SECONDS COMMAND...: its output goes into the report, its result into the summary.
part() {
  local name=$1 seconds=$2 begin=$SECONDS status=0 left=$((590 - SECONDS))
  shift 2
  if [ "$left" -lt 10 ]; then
    summary+=("NO TIME LEFT  $name") failures=1
    return
  fi
  [ "$seconds" -gt "$left" ] && seconds=$left
  printf '\n==== %s\n' "$name" >> "$report"
  timeout --kill-after=5 "$seconds" "$@" >> "$report" 2>&1 || status=$?
  case $status in
    0) summary+=("passed   $((SECONDS - begin)) s  $name") ;;
    77) summary+=("skipped  $((SECONDS - begin)) s  $name") ;;
    124 | 137) summary+=("TIMEOUT  $((SECONDS - begin)) s  $name") failures=1 ;;
    *) summary+=("FAILED   $((SECONDS - begin)) s  $name (status $status)") failures=1 ;;
  esac
  echo "${summary[-1]}"
}

machine() {
  nvidia-smi --query-gpu=index,name,driver_version,memory.total,clocks.max.sm --format=csv
  nvcc --version | tail -2
  "${CXX:-c++}" --version | head -1
  cmake --version | head -1
  nproc
  ls -d /usr/local/cuda*/include/{cudnn,cublasLt}.h /usr/local/cuda*/lib64/lib{cudnn.so,cudart_static.a} 2>/dev/null
  echo "CUDNN_PATH=${CUDNN_PATH:-}"
  git describe --always --dirty 2>/dev/null || true
}

configure() {
  local generator=()
  command -v ninja > /dev/null && generator=(-G Ninja)
  local prefix=()
  [ -d "$bundle" ] && prefix=("-DCMAKE_PREFIX_PATH=$bundle/usr" "-DZLIB_ROOT=$bundle/usr")
  cmake -S . -B "$build" "${generator[@]}" "${prefix[@]}" -DCMAKE_BUILD_TYPE=Release -DDEEPOBS_TESTS=ON -DDEEPOBS_CUDA=ON
}

compile() {
  cmake --build "$build" --parallel "$(nproc)" --target deepobs deepobs_cuda engine_tests kernels_tests runner_tests
}

run=("$build/deepobs" run --device cuda --data_dir "$bundle/usr/share/datasets" --quiet --no_logs)

devices() { "$build/deepobs" info --devices; }

# The GPU's rows of these tests: every op, every optimizer, every problem, against double precision and PyTorch. In
# processes of their own: after an access to a wrong address a GPU answers nothing more.
tests() { cd "$build/tests" && "./$1_tests" --test-case="$2"; }

# Three times the same bits.
repeatable() {
  local problem=$1
  shift
  local common=(--optimizer SGD --lr 0.05 --momentum 0.9 -N 1 --bs 128 --max_steps_per_epoch 200 --eval_batches 10 "$@")
  "${run[@]}" "$problem" "${common[@]}" --save_params "$work/a.safetensors" || return 1
  "${run[@]}" "$problem" "${common[@]}" --save_params "$work/b.safetensors" || return 1
  DEEPOBS_CUDA_OVERLAP=0 "${run[@]}" "$problem" "${common[@]}" --save_params "$work/c.safetensors" || return 1
  cmp "$work/a.safetensors" "$work/b.safetensors" && cmp "$work/a.safetensors" "$work/c.safetensors" &&
    echo "$problem: the same bits twice, and with one part of a step after the other"
}

# What was chosen for products and convolutions; a convolution that the library has nothing for is slow.
algorithms() {
  cat "$HOME/.cache/deepobs/gpu_algorithms.txt" || return 1
  ! grep 'loop of deepobs' "$HOME/.cache/deepobs/gpu_algorithms.txt"
}

sanitizer() {
  local tool=$1 problem=$2 only=() option
  command -v compute-sanitizer > /dev/null || return 77
  # Our kernels; the libraries' own would take minutes.
  for option in --kernel-regex --kernel-name --filter; do
    if compute-sanitizer --help 2>&1 | grep -q -- "$option"; then
      only=("$option" kns=deepobs)
      break
    fi
  done
  compute-sanitizer --tool "$tool" "${only[@]}" --error-exitcode 3 --print-limit 20 "${run[@]}" "$problem" \
    --optimizer Adam --lr 1e-3 -N 1 --bs 16 --max_steps_per_epoch 2 --eval_batches 1
}

bench() {
  "$build/deepobs" bench --device cuda --data_dir "$bundle/usr/share/datasets" --optimizer SGD Adam --seconds 0.5 \
    --repetitions 3 "$@"
}
profile() {
  local each
  for each in mnist_logreg mnist_mlp mnist_2c2d cifar10_3c3d; do
    "$build/deepobs" bench "$each" --device cuda --profile --seconds 0.3 --repetitions 2 || return $?
  done
}
sweep() {
  "${run[@]}" fmnist_mlp --optimizer SGD --lr 0.1 0.03 0.01 0.003 --random_seed 1 2 3 4 -N 1 --bs 128 --jobs 8
}

export -f machine configure compile devices tests repeatable algorithms sanitizer bench profile sweep
export bundle build work
# timeout runs programs, so a function goes through a shell that knows it.
shell() { part "$1" "$2" bash -c "$(declare -p run); \"\$@\"" bash "${@:3}"; }

shell "machine" 20 machine
shell "configure" 60 configure
shell "compile" 240 compile
shell "devices" 20 devices
shell "one step" 30 "${run[@]}" fmnist_logreg --optimizer SGD --lr 0.1 -N 1 --bs 128 --max_steps_per_epoch 1
shell "tests: engine" 40 tests engine 'gpu device*,cuda library*,hazards*,step counter*'
shell "tests: kernels" 90 tests kernels '*'
shell "tests: runner" 90 tests runner 'gpu bodies*,trajectory*,run_all: runs at once*'
shell "same bits: fmnist_mlp" 25 repeatable fmnist_mlp
shell "same bits: fmnist_2c2d" 25 repeatable fmnist_2c2d
shell "same bits: fmnist_2c2d, bf16" 25 repeatable fmnist_2c2d --precision bf16
shell "bench fp32" 110 bench
shell "bench tf32" 40 bench mnist_mlp cifar10_3c3d --precision tf32
shell "bench bf16" 40 bench mnist_mlp cifar10_3c3d --precision bf16
shell "algorithms" 5 algorithms
shell "profile" 20 profile
shell "sweep of 16 runs, 8 at once" 30 sweep
for problem in fmnist_logreg fmnist_2c2d; do
  for tool in memcheck racecheck initcheck; do shell "compute-sanitizer $tool $problem" 60 sanitizer $tool $problem; done
done

{
  printf '\n==== summary, %d s\n' "$SECONDS"
  printf '%s\n' "${summary[@]}"
} >> "$report"
echo "$SECONDS s; report: $report"
exit $failures
