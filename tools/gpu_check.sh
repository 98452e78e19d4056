#!/usr/bin/env bash
# Builds, tests and measures on a machine with an NVIDIA GPU, in stages of less than ten minutes:
#
#   tools/gpu_check.sh 1 [REPORT]   builds; one step of every network; the same bits twice; trajectories and ops
#   tools/gpu_check.sh 2 [REPORT]   speed: chosen algorithms, launches, steps, the time of every op and kernel, PyTorch
#   tools/gpu_check.sh 3 [REPORT]   many runs at once, too little memory, compute-sanitizer
#   tools/gpu_check.sh 4 [REPORT]   PyTorch once more, and nothing else: in every precision
#
# Each stage builds what it needs and is not built, in build/gpu, and writes a report of its own (gpu_report_STAGE.txt):
# first what this machine lacks and what that costs, then a line for every part, then all that the parts printed. A part
# that is cut off by its limit or by the end of the stage says how far it came; if the script itself is killed,
# REPORT.running has what was printed until then. The status is 0 if all parts passed.
#
# The machine needs a C++20 compiler, CMake 3.25, the CUDA toolkit with cuBLASLt, and a driver; no package registry.
# cuBLASLt and cuDNN 9 may be Python packages. The other dependencies come from .gpu-bundle, which tools/gpu_bundle.sh
# fills beforehand on another machine; without that folder, from the system.
#
# DEEPOBS_GPU_SECONDS=570    how long a stage may take, in all
# DEEPOBS_GPU_BUILD=FOLDER   a folder that is configured already, with tests: it is built there
# DEEPOBS_GPU=emulated       on any machine: the emulated GPU of the tests stands in, with fewer and smaller runs; for
#                            work on this script. It has no speed worth a word, no sanitizer and no profiler.
set -uo pipefail
cd "$(dirname "$0")/.." || exit
stage=${1:-}
case $stage in
  1 | 2 | 3 | 4) ;;
  *) sed -n '2,/^set/{/^#/p}' tools/gpu_check.sh | cut -c3- >&2; exit 2 ;;
esac
report=$(realpath -m "${2:-gpu_report_$stage.txt}")
mkdir -p "$(dirname "$report")" 2> /dev/null
if [ -d "$report" ] || ! { : > "$report.new"; } 2> /dev/null; then
  echo "the report cannot be written: $report; give the name of another file" >&2
  exit 2
fi
limit=${DEEPOBS_GPU_SECONDS:-570}
case $limit in
  '' | *[!0-9]*) echo "DEEPOBS_GPU_SECONDS must be a whole number of seconds, not '$limit'" >&2; exit 2 ;;
esac
gpu=${DEEPOBS_GPU:-real}
case $gpu in
  real | emulated) ;;
  *) echo "DEEPOBS_GPU must be real or emulated, not '$gpu'" >&2; exit 2 ;;
esac
emulated=$([ "$gpu" = emulated ] && echo yes || true)
bundle=$PWD/.gpu-bundle
build=$(realpath -m "${DEEPOBS_GPU_BUILD:-build/gpu}")
home=$build/home data=$build/data program=$build/deepobs
sets=$bundle/usr/share/datasets
[ -d "$sets" ] || sets=''
work=$(mktemp -d)
if [ -n "${DEEPOBS_GPU_BUILD:-}" ] && [ ! -e "$build/CMakeCache.txt" ]; then
  echo "DEEPOBS_GPU_BUILD: $build is not configured (cmake --preset tests configures build/release-tests)" >&2
  exit 2
fi
mkdir -p "$home" "$data"
export DEEPOBS_TESTED_GPUS=$gpu DEEPOBS_CUDA_LIBRARY=$build/libdeepobs_cuda.so
[ "$emulated" ] && DEEPOBS_CUDA_LIBRARY=$build/tests/cuda_emulation/libdeepobs_cuda_emulated.so
# Float32 is IEEE's for every library here, and a part of a step runs as deepobs decides.
unset CUBLAS_EMULATION_STRATEGY CUBLAS_EMULATE_SINGLE_PRECISION NVIDIA_TF32_OVERRIDE DEEPOBS_CUDA_OVERLAP

# The report.

body=$report.running lacking=() summary=() failures=0 reader='' running=''
: > "$body"

lacks() { lacking+=("$1"); }

write_report() {
  {
    echo "stage $stage of tools/gpu_check.sh, $SECONDS s${emulated:+, on the emulated GPU: its times mean nothing}"
    printf '\n==== missing on this machine\n'
    [ ${#lacking[@]} -ne 0 ] || echo "nothing"
    [ ${#lacking[@]} -eq 0 ] || printf '%s\n' "${lacking[@]}"
    printf '\n==== parts\n'
    [ ${#summary[@]} -eq 0 ] || printf '%s\n' "${summary[@]}"
    [ -z "$running" ] || echo "CUT OFF    $running: the stage was stopped; its last line: $(tail -1 "$body")"
    cat "$body"
  } > "$report.new" && mv "$report.new" "$report"
}
at_exit() {
  write_report
  [ -z "$reader" ] || kill "$reader" 2> /dev/null
  rm -rf "$work" "$body"
}
trap at_exit EXIT
child=''
stop() {  # at once: not when the part is over
  [ -z "$child" ] || { kill "$child" && wait "$child"; } 2> /dev/null
  exit 143
}
trap stop TERM INT HUP

# part NAME SECONDS COMMAND...: its output goes into the report, its result into the summary. Status 77: it could not be
# done here, and its last line says why.
part() {
  local name=$1 seconds=$2 begin=$SECONDS status=0 left=$((limit - SECONDS)) said
  shift 2
  if [ "$left" -lt 10 ]; then
    summary+=("NOT RUN            $name: the $limit s of the stage were over")
    failures=1
    echo "${summary[-1]}"
    return 1
  fi
  [ "$seconds" -gt "$left" ] && seconds=$left
  printf '\n==== %s\n' "$name" >> "$body"
  running=$name
  write_report
  # timeout runs programs, so a function goes through a shell that knows it.
  timeout --kill-after=5 "$seconds" bash -uo pipefail -c '"$@"' bash "$@" < /dev/null >> "$body" 2>&1 &
  child=$!
  wait "$child" || status=$?
  child='' running=''
  said=$(tail -1 "$body" | cut -c1-150)
  case $status in
    0) said="passed   " ;;
    77) said="skipped  "; name+=": $(tail -1 "$body")" ;;
    124 | 137) failures=1 name+=", after its $seconds s; its last line: $said" said="CUT OFF  " ;;
    *) failures=1 name+=" (status $status): $said" said="FAILED   " ;;
  esac
  summary+=("$said $(printf '%4d' $((SECONDS - begin))) s  $name")
  echo "${summary[-1]}"
  write_report
  return $status
}

# What the machine has.

look_around() {
  [ -d "$bundle" ] || [ "$emulated" ] ||
    lacks "no .gpu-bundle (tools/gpu_bundle.sh): libraries and data come from the system, if it has them"
  [ "$emulated" ] && lacks "a GPU: an emulated one stands in; no sanitizers, no profiler, no PyTorch, few runs"
  [ "$emulated" ] || nvidia-smi -L > /dev/null 2>&1 ||
    lacks "no GPU that nvidia-smi can see: whatever runs on one will fail"
  command -v nvcc > /dev/null || compgen -G '/usr/local/cuda*/bin/nvcc' > /dev/null ||
    lacks "no nvcc: nothing can be built"
  command -v ninja > /dev/null || lacks "no ninja: make builds, more slowly"
  command -v python3 > /dev/null ||
    lacks "no python3: no comparison with PyTorch, no libraries out of Python packages, times of kernels not added up"
  [ "$emulated" ] && return
  case $stage in
    2) command -v ncu > /dev/null || lacks "no ncu: no times of single kernels, only those of ops" ;;
    3) command -v compute-sanitizer > /dev/null || lacks "no compute-sanitizer: memory and races are not checked" ;;
  esac
  case $stage in
    2 | 4) python3 -c 'import torch' > /dev/null 2>&1 || lacks "no PyTorch for python3: no comparison" ;;
  esac
}

# What configuring found, which decides what the library can do.
look_at_configuration() {
  local log=$work/configure said
  said=$(sed -n '/GPUs: none/,/^--/p; /DEEPOBS_CUDA is ON, but/,/^$/p' "$log" | tr -s ' \n' ' ' | cut -c1-300)
  [ -z "$said" ] || lacks "no library for GPUs: $said"
  said=$(grep "deepobs' own" "$log" | tail -1 | cut -c1-300)
  [ -z "$said" ] || lacks "no cuDNN: ${said#-- GPUs: }"
  grep -q doctest "$log" && grep -q '^without tests' "$log" && lacks "no doctest: no tests of ops, trajectories, engine"
}

machine() {
  uname -srm
  [ "$emulated" ] || nvidia-smi --format=csv \
    --query-gpu=index,name,driver_version,memory.total,memory.used,clocks.sm,clocks.max.sm
  nvcc --version | tail -2
  "${CXX:-c++}" --version | head -1
  cmake --version | head -1
  echo "$(nproc) processors"
  git describe --always --dirty 2> /dev/null || true
}

# Building.

configure() {
  local generator=() prefix=() log=$work/configure
  command -v ninja > /dev/null && generator=(-G Ninja)
  [ -d "$bundle" ] && prefix=("-DCMAKE_PREFIX_PATH=$bundle/usr" "-DZLIB_ROOT=$bundle/usr"
    "-DCMAKE_BUILD_RPATH=$bundle/usr/lib/x86_64-linux-gnu")
  attempt() {
    cmake -S . -B "$build" "${generator[@]}" "${prefix[@]}" -DCMAKE_BUILD_TYPE=Release -DDEEPOBS_CUDA=ON \
      "-DDEEPOBS_EMULATED_GPU=$([ "$emulated" ] && echo ON || echo OFF)" "-DDEEPOBS_TESTS=$1" 2>&1 | tee -a "$log"
  }
  attempt ON && return
  echo "without tests, once more:" | tee -a "$log"
  attempt OFF
}

build_targets() { cmake --build "$build" --parallel "$(nproc)" --target "$@"; }

build_tests() {
  if ! grep -q '^DEEPOBS_TESTS:BOOL=ON' "$build/CMakeCache.txt"; then
    echo "there is no doctest"
    return 77
  fi
  build_targets engine_tests runner_tests kernels_tests
}

# The first load of the vendor's libraries, a gigabyte from a disk that may be slow, is done while the compiler works.
read_libraries() {
  local entry
  for entry in DEEPOBS_CUBLASLT_LIBRARY DEEPOBS_CUDNN_LIBRARY; do
    entry=$(sed -n "s/^$entry:FILEPATH=//p" "$build/CMakeCache.txt")
    [ -f "$entry" ] && cat "$(dirname "$entry")"/lib{cublasLt,cudnn}*.so*
  done > /dev/null 2>&1
}

# Programs. deepobs keeps its choices of algorithms from stage to stage in a home of the build folder.

deepobs() { HOME=$home "$program" "$@"; }
run() { deepobs run --device cuda --data_dir "$data" --no_logs "$@"; }
bench() { deepobs bench "$@" --device cuda ${sets:+--data_dir "$sets"}; }

# A small CIFAR-10 in the official format, 2560 and 512 images of hashed bytes that depend on the class, beside
# Fashion-MNIST.
make_data() {
  local set
  for set in "$sets"/*; do
    [ -d "$set" ] && [ "$sets" ] && ln -sfn "$set" "$data/$(basename "$set")"
  done
  [ -s "$data/cifar10/test_batch.bin" ] && return
  mkdir -p "$data/cifar10"
  records() {
    LC_ALL=C awk -v count="$1" -v x="$2" 'BEGIN {
      for (image = 0; image < count; ++image) {
        class = image % 10
        printf "%c", class
        for (pixel = 0; pixel < 3072; ++pixel) {
          x = x * 16807 % 2147483647
          printf "%c", int(x / 65536) % 128 + class * 12
        }
      }
    }'
  }
  records 2560 1 > "$work/train" && records 512 2 > "$work/test" || return 1
  if [ "$(cat "$work/train" "$work/test" | wc -c)" -ne $((3072 * 3073)) ]; then
    echo "this awk cannot write bytes"
    return 1
  fi
  mv "$work/train" "$data/cifar10/data_batch_1.bin" && mv "$work/test" "$data/cifar10/test_batch.bin" &&
    echo "cifar10: 2560 and 512 images"
}

devices() {
  deepobs info --devices | tee "$work/devices" && grep -Eq '^cuda +[0-9]+:' "$work/devices"
}

# each WHAT HOW ONE...: also behind one that failed.
each() {
  local what=$1 how=$2 failed=0 one
  shift 2
  for one in "$@"; do
    "$what" "$one" "$how" || { echo "FAILED: $what $one $how"; failed=1; }
  done
  return $failed
}

one_step() {
  run "$1" --precision "$2" --optimizer SGD --lr 0.01 -N 1 --bs "$batch" --max_steps_per_epoch 1 --eval_batches 1 &&
    echo "$1 $2: one step done"
}

# Three times the same bits, once of them with one part of a step behind the other.
repeatable() {
  local problem=$1 precision=$2 file=$work/$1-$2
  local common=("$problem" --precision "$precision" --optimizer SGD --lr 0.01 --momentum 0.9 --bs "$batch" --quiet)
  # shellcheck disable=SC2206
  common+=($repeats)
  run "${common[@]}" --save_params "$file-1" && run "${common[@]}" --save_params "$file-2" &&
    DEEPOBS_CUDA_OVERLAP=0 run "${common[@]}" --save_params "$file-3" && cmp "$file-1" "$file-2" &&
    cmp "$file-1" "$file-3" &&
    echo "$problem $precision: the same bits twice, and with one part of a step after the other"
}

# The test cases of a program whose names match, some of them in each of several processes at the same time: after an
# access to a wrong address a process gets no answer from a GPU any more.
tests() {
  local tests=$build/tests/$1_tests cases=$2 at_once=$3 size=$4 count
  [ -x "$tests" ] || { echo "$1_tests is not built"; return 77; }
  cd "$build/tests" || return 1
  count=$("$tests" --count --test-case="$cases" | sed -n 's/.*: *\([0-9][0-9]*\)$/\1/p')
  [ "${count:-0}" -gt 0 ] || { echo "no test case of $1_tests matches $cases"; return 1; }
  chunk() {
    local from=$1 to=$(($1 + $4 - 1)) said status
    echo "begins: test cases $from to $to"
    said=$("$2" --test-case="$3" --first="$from" --last="$to" --duration 2>&1)
    status=$?
    # xargs gives up on a command that ends with 255.
    printf 'ended with status %d: test cases %d to %d\n%s\n' "$status" "$from" "$to" "$said"
    return $((status != 0))
  }
  export -f chunk
  seq 1 "$size" "$count" | xargs -P "$at_once" -I '{}' bash -c 'chunk "$@"' bash '{}' "$tests" "$cases" "$size"
}

# Chosen by measuring, anew; all later programs of this stage take the same.
choices() {
  [ "$1" = fp32 ] && rm -f "$home/.cache/deepobs/gpu_algorithms.txt"
  # shellcheck disable=SC2086
  bench $networks --precision "$1" --launches --algorithms --batch_size "$batch"
}

steps() {
  local precision=$1 overlap=$2
  echo "$precision, DEEPOBS_CUDA_OVERLAP=$overlap"
  # shellcheck disable=SC2086
  DEEPOBS_CUDA_OVERLAP=$overlap bench $timed --precision "$precision" --optimizer SGD Adam --batch_size "$batch" \
    --seconds "$measured" --warmup "$measured" --repetitions 3
}

profile() {
  # shellcheck disable=SC2086
  bench $networks --precision "$1" --profile --batch_size "$batch" --seconds "$measured" \
    --warmup "$measured" --repetitions 2
}

# Every kernel of some replays, out of the profiler; the complete list lies beside the report.
kernels() {
  local problem=$1 precision=$2 csv=${report%.txt}_$1_$2.csv
  command -v ncu > /dev/null || { echo "there is no ncu"; return 77; }
  HOME=$home ncu --clock-control none --graph-profiling node --metrics gpu__time_duration.sum,launch__grid_size -c 400 \
    --csv --print-units base --log-file "$work/ncu" "$program" bench "$problem" --device cuda --precision "$precision" \
    --seconds 0.01 --warmup 0 --repetitions 1 > "$work/ncu.out" 2>&1
  local status=$?
  grep '^"' "$work/ncu" > "$csv"
  [ $status -eq 0 ] && [ -s "$csv" ] || { cat "$work/ncu.out"; grep -v '^"' "$work/ncu"; return 1; }
  echo "$problem $precision; all of it: $csv"
  command -v python3 > /dev/null || return 0
  python3 - "$csv" << 'END'
import collections, csv, sys
times, grids = collections.defaultdict(list), {}
for row in csv.DictReader(open(sys.argv[1])):
    key = (row["ID"], row["Kernel Name"])
    if row["Metric Name"] == "launch__grid_size":
        grids[key] = row["Metric Value"]
for row in csv.DictReader(open(sys.argv[1])):
    if row["Metric Name"] == "gpu__time_duration.sum":
        name = row["Kernel Name"]
        times[name, grids.get((row["ID"], name))].append(float(row["Metric Value"].replace(",", "")) / 1e3)
print("     us  least  times  blocks  kernel")
for (name, grid), all_of_it in sorted(times.items(), key=lambda item: -sum(item[1])):
    print(f"{sum(all_of_it):7.1f} {min(all_of_it):6.1f} {len(all_of_it):6d} {grid or '?':>7}  {name[:150]}")
END
}

peers() {
  local problem=$1 precision=$2 variants=torch-eager,torch-compile-graphs,torch-compile-step-graphs
  python3 -c 'import torch' > /dev/null 2>&1 || { echo "there is no PyTorch for python3"; return 77; }
  case $problem in *2c2d | *3c3d) variants+=,torch-eager-cl,torch-compile-step-graphs-cl ;; esac
  export PYTHONUSERBASE=${PYTHONUSERBASE:-$HOME/.local} PYTHONUNBUFFERED=1  # deepobs alone has another home
  HOME=$home python3 tools/compare_peers.py \
    --deepobs "$program" --device cuda --precision "$precision" --problems "$problem" --optimizers SGD \
    --augmentation on --peers "$variants" ${sets:+--data_dir "$sets"} --rounds 3 --seconds 1 --warmup 0.3 --limit 150 \
    --json "$build/peers-$problem-$precision.json"
}

# Sixteen runs, eight at once; one of them alone computes the same bits.
sweep() {
  local problem=fmnist_mlp rates=(0.1 0.03 0.01 0.003) trial=() jobs=8
  [ "$emulated" ] && problem=fmnist_logreg rates=(0.1 0.03) trial=(--max_steps_per_epoch 2 --eval_batches 1) jobs=3
  local common=("$problem" --optimizer SGD -N 1 --bs "$batch" "${trial[@]}")
  run "${common[@]}" --lr "${rates[@]}" --random_seed 1 2 3 4 --jobs $jobs --save_params "$work/end-{lr}-{seed}" ||
    return 1
  run "${common[@]}" --lr 0.03 --random_seed 2 --save_params "$work/alone" || return 1
  cmp "$work/alone" "$work"/end-0.03-2 && echo "a run of the sweep and the same run alone: the same bits"
}

# Of four runs at once three cannot fit, and end with 71; the small one, and another program's, go on.
too_little_memory() {
  local hog='' beside status status_beside
  local small=(--optimizer SGD --lr 0.01 -N 1 --max_steps_per_epoch 2 --eval_batches 1)
  if [ -z "$emulated" ]; then
    local nvcc
    nvcc=$(sed -n 's/^DEEPOBS_NVCC:FILEPATH=//p' "$build/CMakeCache.txt")
    "$nvcc" -o "$work/fill" tests/fill_gpu_memory.cu || return 1
    "$work/fill" 2560 > "$work/filled" &
    hog=$!
    for _ in $(seq 60); do [ -s "$work/filled" ] || sleep 0.5; done
    cat "$work/filled"
    [ -s "$work/filled" ] || return 1
  fi
  run fmnist_logreg "${small[@]}" --bs "$batch" > "$work/beside" 2>&1 &
  beside=$!
  run fmnist_2c2d "${small[@]}" --bs "$batch" 10000 9900 9800 --jobs 4 --save_params "$work/memory-{batch_size}" \
    > "$work/all" 2>&1
  status=$?
  wait $beside
  status_beside=$?
  [ -z "$hog" ] || kill "$hog"
  cat "$work/all" "$work/beside"
  echo "status $status of four runs of which three cannot fit, $status_beside of a program beside"
  [ $status -eq 71 ] && [ $status_beside -eq 0 ] && grep -q 'bytes of memory left' "$work/all" &&
    [ -s "$work/memory-$batch" ] && echo "the small one ended as if it were alone"
}

# Our kernels, or with "all" those of the libraries too: initcheck must see who writes.
sanitizer() {
  local tool=$1 whose=$2 only=() option options
  shift 2
  command -v compute-sanitizer > /dev/null || { echo "there is no compute-sanitizer"; return 77; }
  if [ "$whose" = ours ]; then
    options=$(compute-sanitizer --help 2>&1)
    for option in --kernel-regex --kernel-name --filter; do
      case $options in *"$option"*) only=("$option" kns=deepobs); break ;; esac
    done
  fi
  HOME=$home compute-sanitizer --tool "$tool" "${only[@]}" --error-exitcode 3 --print-limit 20 "$@"
}
sanitized_run() {
  sanitizer "$1" "$2" "$program" run "$3" --precision "$4" --device cuda --data_dir "$data" --no_logs --quiet \
    --optimizer Adam --lr 1e-3 -N 1 --bs 16 --max_steps_per_epoch 2 --eval_batches 1
}
sanitized_tests() {
  [ -x "$build/tests/kernels_tests" ] || { echo "kernels_tests is not built: stage 1 does that"; return 77; }
  cd "$build/tests" && sanitizer memcheck ours ./kernels_tests --duration --test-case="$1"
}

# What the stages do. The emulated GPU does the least of it that shows that a part works.

networks='mnist_logreg mnist_mlp mnist_2c2d cifar10_3c3d' trained='fmnist_logreg fmnist_mlp fmnist_2c2d cifar10_3c3d'
timed=$networks batch=128 measured=0.3 repeats='-N 4 --max_steps_per_epoch 50 --eval_batches 4'
if [ "$emulated" ]; then
  networks='mnist_logreg mnist_mlp' timed=mnist_logreg trained='fmnist_logreg fmnist_mlp cifar10_3c3d'
  batch=4 measured=0.01
  repeats='-N 1 --max_steps_per_epoch 2 --eval_batches 1'
fi
export build bundle home data sets program work report emulated networks timed batch measured repeats
for name in $(compgen -A function); do export -f "${name?}"; done  # parts run in shells of their own

prepare() {
  look_around
  part "machine" 30 machine
  if [ -z "$emulated" ] && ! nvidia-smi -L > /dev/null 2>&1 && ! compgen -G '/dev/nvidia[0-9]*' > /dev/null; then
    summary+=("FAILED             there is no GPU: nothing was built or run")
    echo "${summary[-1]} (DEEPOBS_GPU=emulated tries the script without one)"
    failures=1
    return 1
  fi
  if [ -z "${DEEPOBS_GPU_BUILD:-}" ]; then
    part "configure" 120 configure
    look_at_configuration
  fi
  [ "$emulated" ] || { read_libraries & reader=$!; }
  part "build: program and library" "$limit" build_targets deepobs "deepobs_cuda${emulated:+_emulated}" &&
    part "data" 60 make_data && part "devices" 120 devices
}

stage_1() {
  local precision problem
  for precision in fp32 tf32 bf16; do
    # shellcheck disable=SC2086
    part "one step, $precision" 120 each one_step $precision $trained
  done
  for precision in fp32 tf32 bf16; do
    for problem in fmnist_2c2d cifar10_3c3d; do
      [ "$emulated$precision$problem" = yesfp32cifar10_3c3d ] || [ -z "$emulated" ] || continue
      part "the same bits, $problem $precision" 60 repeatable $problem $precision
    done
  done
  part "build: tests" "$limit" build_tests
  if [ "$emulated" ]; then
    part "tests: bodies" 120 tests runner 'gpu bodies*' 1 1
    part "tests: ops" 120 tests kernels 'relu*,sigmoid*' 2 2
    part "tests: engine" 120 tests engine 'gpu device: launches*,gpu device: every call*,gpu device: a captured*' 1 1
  else
    part "tests: trajectories" 200 tests runner 'gpu bodies*,trajectory*' 2 1
    part "tests: ops" 240 tests kernels '*' 4 6
    part "tests: engine" 60 tests engine 'gpu device*,gpus under test*,cuda library*,hazards*,step counter*' 2 6
    part "tests: runs at once" 60 tests runner 'run_all: runs at once*' 1 1
  fi
}

stage_2() {
  local precision overlap problem
  for precision in fp32 tf32 bf16; do part "algorithms and launches, $precision" 60 choices $precision; done
  for precision in fp32 tf32 bf16; do
    for overlap in 1 0; do part "steps, $precision, overlap $overlap" 60 steps $precision $overlap; done
  done
  for precision in fp32 tf32 bf16; do part "time of every op, $precision" 60 profile $precision; done
  [ "$emulated" ] && return
  part "PyTorch, cifar10_3c3d fp32" 200 peers cifar10_3c3d fp32
  for problem in cifar10_3c3d mnist_mlp; do
    for precision in fp32 bf16; do
      part "time of every kernel, $problem $precision" 60 kernels $problem $precision
    done
  done
  part "PyTorch, mnist_mlp fp32" 120 peers mnist_mlp fp32
}

stage_3() {
  part "many runs at once" 120 sweep
  part "too little memory" 120 too_little_memory
  [ "$emulated" ] && return
  part "initcheck of everything, fmnist_logreg" 90 sanitized_run initcheck all fmnist_logreg fp32
  part "memcheck, fmnist_2c2d fp32" 90 sanitized_run memcheck ours fmnist_2c2d fp32
  part "racecheck, fmnist_2c2d fp32" 90 sanitized_run racecheck ours fmnist_2c2d fp32
  part "memcheck, cifar10_3c3d bf16" 90 sanitized_run memcheck ours cifar10_3c3d bf16
  part "racecheck, cifar10_3c3d bf16" 90 sanitized_run racecheck ours cifar10_3c3d bf16
  part "memcheck, tests of ops" 240 sanitized_tests '*pool*,*xent*,*columns*,*reduce*,*linear*,*gather*,*bf16*'
}

stage_4() {
  local precision problem
  [ "$emulated" ] && return
  for precision in bf16 fp32 tf32; do
    for problem in mnist_mlp cifar10_3c3d mnist_2c2d mnist_logreg; do
      part "PyTorch, $problem $precision" 200 peers $problem $precision
    done
  done
}

prepare && "stage_$stage"
echo "$SECONDS s; report: $report"
exit $failures
