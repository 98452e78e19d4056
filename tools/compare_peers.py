#!/usr/bin/env python3
"""Compares the training speed of deepobs with PyTorch and JAX on this machine, in one go and in turns.

    tools/compare_peers.py --deepobs build/release/deepobs --json peers.json          # everything; hours
    tools/compare_peers.py --problems fmnist_mlp --optimizers SGD,Adam --threads 1 --rounds 3 --seconds 1
    tools/compare_peers.py --peers torch-eager,jax --problems mnist_logreg            # some of the peers
    tools/compare_peers.py --whole-process                                            # programs from start to end

The peers are whatever this Python can import (`import torch`, `import jax`; numpy is needed); one that is missing is
reported and left out, and nothing is installed. Each variant of a peer lives in a process of its own, is built and
warmed up there, and is stopped while others are measured. A round measures deepobs (`deepobs bench`), then every
variant; ratios are taken round by round. All run on the same processors, one for each thread, with the same number of
threads. The machine must be quiet: PyTorch's threads wait for each other by spinning, and another program on one of
their processors can cost them a factor of 50, others less. What other programs used is measured and told. On a machine
that is not quiet, --threads 1 --processor-time counts the seconds of the processor that each program used.

What the peers are given:
    PyTorch   eager, torch.compile of network and loss, torch.compile of the whole step (not of svhn_wrn164 and
              tolstoi_char_rnn; of the synthetic problems also of ten steps); with convolutions also channels_last.
              Of the optimizer's fused, foreach and plain implementations the fastest, tried out before.
    JAX       one jitted function a step on donated buffers, or many steps in one lax.scan; convolutions in NHWC, in
              NCHW or as a product with shifted images: the fastest, tried out before. Pooling without reduce_window,
              whose gradient is slow. svhn_wrn164 and tolstoi_char_rnn are compared with PyTorch alone.
Both keep the data in memory as floats, preprocessed once, while deepobs converts bytes in every step. The 3c3d problems
are compared with the same augmentation arithmetic on both sides, and once more without it; where `deepobs bench` cannot
leave it out, deepobs still augments there, which favours the peers and is left out of the geometric means. The L2
regulariser is added to the gradient by the peers and not part of their logged loss, which is less work too.

Before the rounds each variant takes a few steps on one mini-batch from one common start: its losses after 0, 1 and 3
steps must be within 1e-4 (Adam after 3: 2e-3) of a float64 reference made from the models of the golden references,
without dropout, its parameters' sum of squares within 2e-5 (1e-4) of itself, and its augmentation must be that of the
golden references; in tf32 ten times and in bf16 a hundred times as far. A variant that fails this is left out.

--device cuda --precision bf16: deepobs in mixed precision, PyTorch under autocast, JAX on rounded numbers.

--whole-process compares `deepobs run` of one epoch, with the evaluations before and after it, with a PyTorch script of
the usual kind (Dataset, DataLoader with 0 or 2 workers, the better counts), data loading and process start included.

Exit status: 0 done, 1 something failed (also when a variant had to be left out), 2 wrong arguments.
"""

import argparse
import json
import math
import os
import pathlib
import shlex
import signal
import sys

TOOLS = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(TOOLS))
try:
    from peers import compare_steps, machine, problem, report, torch_names, whole_process
except ImportError as error:
    raise SystemExit(f"compare_peers.py: {error}; it needs numpy, and PyTorch or JAX") from None

PEERS = ["torch", "jax", *torch_names.variants()]


def words(known, what):
    """Reads "a,b": names of `known`."""

    def read(text):
        given = [w for w in text.split(",") if w]
        for word in given:
            if word not in known:
                raise argparse.ArgumentTypeError(f"there is no {what} {word!r}; there are {', '.join(known)}")
        return given

    return read


def positive(kind):
    def read(text):
        try:
            value = kind(text)
        except ValueError:
            value = 0
        if not (value > 0 and math.isfinite(value)):
            raise argparse.ArgumentTypeError(f"{text!r}: wanted a {'whole ' if kind is int else ''}number above 0")
        return value

    return read


def read_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    lists = {"nargs": "+", "metavar": "NAME[,NAME]"}
    parser.add_argument("--deepobs", default=str(TOOLS.parent / "build/release/deepobs"), help="the program")
    parser.add_argument("--problems", type=words(problem.PROBLEMS, "problem"), help="default: all", **lists)
    parser.add_argument("--optimizers", type=words(problem.OPTIMIZERS, "optimizer"), help="default: all three", **lists)
    parser.add_argument("--peers", type=words(PEERS, "peer"), help=f"of {', '.join(PEERS)}; default: all", **lists)
    choices = words(["on", "off"], "such choice")
    parser.add_argument("--augmentation", type=choices, help="of 3c3d; default: on,off", **lists)
    parser.add_argument("--batch_size", type=positive(int), help="default: 128, the problems' own")
    parser.add_argument("--threads", type=positive(int), default=len(os.sched_getaffinity(0)), help="default: all")
    parser.add_argument("--device", default="cpu", choices=["cpu", "cuda"], help="cpu (the default) or cuda")
    parser.add_argument("--precision", default="fp32", choices=["fp32", "tf32", "bf16"], help="on a GPU; default: fp32")
    parser.add_argument("--data_dir", help="where to look for data first, as in deepobs; without data: random bytes")
    parser.add_argument("--rounds", type=positive(int), default=5)
    parser.add_argument("--seconds", type=positive(float), default=2.0, help="of each measurement")
    parser.add_argument("--warmup", type=positive(float), default=0.5, help="seconds before each measurement")
    parser.add_argument("--limit", type=positive(float), default=1200.0, help="seconds for a peer to answer")
    parser.add_argument(
        "--processor-time", "--processor_time", action="store_true", help="seconds of the processor; with --threads 1"
    )
    parser.add_argument("--whole-process", "--whole_process", action="store_true", help="see above")
    parser.add_argument("--json", help="write everything measured to this file", metavar="FILE")
    given = parser.parse_args()
    if given.device != "cpu" and given.whole_process:
        parser.error("--whole-process compares on a CPU only")
    if given.precision != "fp32" and given.device == "cpu":
        parser.error(f"--precision {given.precision} is one of a GPU: --device cuda")
    if given.processor_time and (given.threads > 1 or given.device != "cpu" or given.whole_process):
        parser.error("--processor-time is of training steps on the CPU, with --threads 1")
    problems = flat(given.problems) or (whole_process.DEFAULT_PROBLEMS if given.whole_process else problem.PROBLEMS)
    given.problems = [problem.PROBLEMS[name] for name in problems]
    given.optimizers = flat(given.optimizers) or list(problem.OPTIMIZERS)
    given.peers = flat(given.peers) or ["torch", "jax"]
    given.augmentation = [word == "on" for word in flat(given.augmentation) or ["on", "off"]]
    given.deepobs = str(pathlib.Path(given.deepobs).resolve())
    if given.data_dir is not None:
        if not pathlib.Path(given.data_dir).is_dir():
            parser.error(f"--data_dir {given.data_dir}: no such folder")
        given.data_dir = str(pathlib.Path(given.data_dir).resolve())
    if given.json and not pathlib.Path(given.json).resolve().parent.is_dir():
        parser.error(f"--json {given.json}: its folder does not exist")
    return given, parser


def flat(lists):
    return list(dict.fromkeys(name for names in lists or [] for name in names))


def find_peers(given):
    """Sets given.versions and given.usable; says what is missing."""
    wanted = ["torch"] if given.whole_process else [name.split("-")[0] for name in given.peers]
    given.versions, missing = {}, {}
    for family in dict.fromkeys([*wanted, "torch"]):  # PyTorch also makes the reference of the checks
        versions, why = machine.peer_versions(family, compare_steps.ENVIRONMENTS[given.device])
        if why is None:
            given.versions[family] = versions
        else:
            missing[family] = why
            compare_steps.note(f"SKIPPED: {family} cannot be used by {sys.executable}: {why}")
    if not set(given.versions) & set(wanted):
        raise SystemExit("compare_peers.py: no peer is there to compare with")
    given.usable = [name for name in given.peers if name.split("-")[0] in given.versions]
    return missing


def write_json(path, document):
    temporary = pathlib.Path(f"{path}.part")
    temporary.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    temporary.replace(path)


def main():
    given, parser = read_arguments()
    try:
        processors = machine.processors(given.threads)
    except ValueError as error:
        parser.error(str(error))
    missing = find_peers(given)
    here = machine.describe()
    document = {
        "command": shlex.join(sys.argv),
        "machine": here,
        "processors_used": sorted(processors),
        "versions": given.versions,
        "missing": missing,
        "rounds": given.rounds,
        "seconds": given.seconds,
        "warmup": given.warmup,
    }
    for title, facts in {"machine": here, **given.versions}.items():
        compare_steps.note(f"{title}: " + ", ".join(f"{k} {v}" for k, v in facts.items()))

    def publish(results):
        key = "whole_processes" if given.whole_process else "comparisons"
        document[key] = results
        if not given.whole_process:
            document["geometric_means"] = report.geometric_means(results)
        if given.json:
            write_json(given.json, document)

    if given.whole_process:
        print("\n".join(report.whole_process(whole_process.run(given, processors, publish))))
        return
    results = compare_steps.run(given, processors, publish)
    for result in results:
        print("\n".join(report.one_comparison(result)) + "\n")
    print("\n".join(report.summary(results)))
    failed = [s for result in results for s in result["skipped"]]
    if failed:
        raise SystemExit(f"compare_peers.py: {len(failed)} measurements are missing, see 'skipped' above")


def stop(_number, _frame):
    raise SystemExit("compare_peers.py: stopped")  # through the `finally`s that end the workers


if __name__ == "__main__":
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, stop)
    main()
