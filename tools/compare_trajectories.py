#!/usr/bin/env python3
"""Compares the mini-batch losses of short trainings in deepobs with those of PyTorch in double precision.

    tools/compare_trajectories.py --problems fmnist_2c2d,cifar10_3c3d --optimizers Adam,RMSprop --data_dir data

All start from the same parameters (tests/golden/scripts/make_init.py) and take the same mini-batches of 128 in file order,
without augmentation; PyTorch's side is tests/golden/scripts/reference_train.py. Printed are the largest relative deviations
from float64 PyTorch, over the first 5 steps and over all: of PyTorch in float32 (what rounding alone makes), and of
deepobs with --conv_algorithm auto and direct. Data sets are looked for where deepobs looks. It needs PyTorch and numpy.

Exit status: 0 done, 1 something failed, 2 wrong arguments.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

TOOLS = pathlib.Path(__file__).resolve().parent
GOLDEN = TOOLS.parent / "tests" / "golden" / "scripts"
sys.path.insert(0, str(TOOLS))
try:
    from peers import data, problem
except ImportError as error:
    raise SystemExit(f"compare_trajectories.py: {error}; it needs numpy and PyTorch") from None

OPTIMIZERS = {"SGD": ["--lr", 0.02, "--momentum", 0.9], "Adam": ["--lr", 5e-4], "RMSprop": ["--lr", 2e-4]}
CONVOLUTIONS = [name for name, facts in problem.PROBLEMS.items() if facts.convolutions]
FIRST = 5


def call(*command):
    try:
        return subprocess.run([str(w) for w in command], check=True, capture_output=True, text=True).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        what = getattr(error, "stderr", None) or str(error)
        raise SystemExit(f"compare_trajectories.py: {command[0]} {command[1]}: {what.strip()[-500:]}") from None


def in_pytorch(dtype, steps, name, init, folder, words):
    words = ["--problem", name, "--init", init, "--data_dir", folder, "--steps", steps, "--dtype", dtype, *words]
    return json.loads(call(sys.executable, GOLDEN / "reference_train.py", *words))["minibatch_losses"]


def in_deepobs(program, algorithm, steps, name, init, words):
    words = ["--init_from", init, "--data_order", "sequential", "--conv_algorithm", algorithm, "--quiet", *words]
    words += ["--num_epochs", 1, "--max_steps_per_epoch", steps, "--train_log_interval", 1, "--eval_batches", 1]
    with tempfile.TemporaryDirectory() as results:
        call(program, "run", name, "--output_dir", results, *words)
        losses = json.loads(next(pathlib.Path(results).rglob("*.json")).read_text())["minibatch_train_losses"]
    if len(losses) < steps:
        raise SystemExit(f"compare_trajectories.py: --steps {steps}, but an epoch has {len(losses)} only")
    return losses


def deviation(losses, wanted):
    each = [abs(a - b) / abs(b) for a, b in zip(losses, wanted, strict=True)]
    return f"{max(each[:FIRST]):9.1e} {max(each):8.1e}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--deepobs", default=TOOLS.parent / "build/release/deepobs", help="the program")
    names = {"type": lambda text: text.split(","), "metavar": "NAME[,NAME]"}
    parser.add_argument("--problems", default=CONVOLUTIONS, help="default: those with convolutions", **names)
    parser.add_argument("--optimizers", default=list(OPTIMIZERS), help="default: all three", **names)
    parser.add_argument("--data_dir", help="where to look for data first, as in deepobs")
    parser.add_argument("--steps", type=int, default=50, help="up to an epoch (50)")
    parser.add_argument("--seed", type=int, default=7, help="of the initial parameters (7)")
    parser.add_argument("--threads", type=int, default=1, help="of each program, one after the other (1)")
    given = parser.parse_args()
    for name, known in [(n, problem.PROBLEMS) for n in given.problems] + [(n, OPTIMIZERS) for n in given.optimizers]:
        if name not in known:
            parser.error(f"{name}: there are {', '.join(known)}")
    if min(given.steps, given.threads) < 1:
        parser.error("--steps and --threads are whole numbers above 0")
    print(f"{'':24} {'PyTorch float32':>18} {'deepobs auto':>18} {'deepobs direct':>18}")
    print(f"{'problem':14} {'optimizer':9}" + f" {f'first {FIRST}':>9} {'all':>8}" * 3, flush=True)
    same = ["--batch_size", 128, "--threads", given.threads]
    place = ["--data_dir", given.data_dir] if given.data_dir else []
    for name in given.problems:
        folder = data.find(problem.PROBLEMS[name].data_set, given.data_dir)
        if folder is None:
            raise SystemExit(f"compare_trajectories.py: no data for {name}; `deepobs data list` tells how to get them")
        with tempfile.NamedTemporaryFile(suffix=".safetensors") as init:
            call(sys.executable, GOLDEN / "make_init.py", "--problem", name, "--seed", given.seed, "--out", init.name)
            for optimizer in given.optimizers:
                words = ["--optimizer", optimizer, *OPTIMIZERS[optimizer], *same]
                wanted = in_pytorch("float64", given.steps, name, init.name, folder, words)
                others = [in_pytorch("float32", given.steps, name, init.name, folder, words)]
                for algorithm in ("auto", "direct"):
                    others.append(in_deepobs(given.deepobs, algorithm, given.steps, name, init.name, words + place))
                print(f"{name:14} {optimizer:9}", *(deviation(losses, wanted) for losses in others), flush=True)


if __name__ == "__main__":
    main()
