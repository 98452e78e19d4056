#!/usr/bin/env python3
"""Reads a tree of DeepOBS results as DeepOBS's analyzers do, with Python's standard library alone.

    read_results.py RESULTS [--convergence FILE]

Prints the state of the tree (check_output of DeepOBS 1.2), then a table: for every setting the number of runs, mean and
standard deviation of the final metric over the seeds, the best value of the mean curve and its epoch, and the speed.
Accepts the keys of DeepOBS 1.1 and of its PyTorch port as well as those of 1.2, and the bare tokens NaN and Infinity.
Exit status: 0, or 1 when check_output complained.
"""

import argparse
import json
import math
import os
import statistics
import sys

LOSS_PROBLEMS = ("quadratic_deep", "mnist_vae", "fmnist_vae")
LISTS = ("train_losses", "valid_losses", "test_losses", "train_accuracies", "valid_accuracies", "test_accuracies")


def normalised(run):
    """One run with the names of DeepOBS 1.2, whichever version wrote it."""
    out = {key: run[key] for key in ("testproblem", "batch_size", "num_epochs", "random_seed")}
    out["optimizer_name"] = run.get("optimizer_name", run.get("optimizer"))
    if "optimizer_hyperparams" in run:
        out["optimizer_hyperparams"] = run["optimizer_hyperparams"]
        out["training_params"] = run.get("training_params", {})
    else:
        out["optimizer_hyperparams"] = dict(run["hyperparams"], lr=run["learning_rate"])
        schedule = {key: run[key] for key in ("lr_sched_epochs", "lr_sched_factors") if run.get(key) is not None}
        out["training_params"] = schedule
    for key in LISTS:
        if run.get(key) is not None:
            out[key] = run[key]
    return out


def read_run(path):
    with open(path, encoding="utf-8") as file:
        return normalised(json.load(file))  # Python's json knows NaN, Infinity and -Infinity


def folders(path):
    """The folders in a folder. A file there would end DeepOBS's analyzers with NotADirectoryError; here too."""
    for name in sorted(os.listdir(path)):
        if not os.path.isdir(os.path.join(path, name)):
            raise NotADirectoryError(os.path.join(path, name))
        yield name


def settings_of(results):
    """(problem, optimizer, setting, sorted files) of every setting folder."""
    for problem in sorted(os.listdir(results)):
        if not os.path.isdir(os.path.join(results, problem)):
            continue  # passed over by the analyzers at the top only
        for optimizer in folders(os.path.join(results, problem)):
            for setting in folders(os.path.join(results, problem, optimizer)):
                folder = os.path.join(results, problem, optimizer, setting)
                files = sorted(name for name in os.listdir(folder) if name.endswith(".json"))
                yield problem, optimizer, setting, [os.path.join(folder, name) for name in files]


def run_problems(path):
    """What is wrong with one file, in words; nothing for a good one."""
    try:
        run = read_run(path)
    except (OSError, ValueError, KeyError) as error:
        return [f"{type(error).__name__}: {error}"]
    problems = []
    for key in ("train_losses", "test_losses"):
        if key not in run:
            problems.append(f"no {key}")
    for key in LISTS:  # ragged lists end the 1.1 analyzer with a ValueError, null ends it with a TypeError
        if key not in run:
            continue
        if len(run[key]) != run["num_epochs"] + 1:
            problems.append(f"{key} has {len(run[key])} values, not num_epochs + 1 = {run['num_epochs'] + 1}")
        if not all(isinstance(value, (int, float)) for value in run[key]):
            problems.append(f"{key} holds something that is no number")
    if "test_accuracies" not in run and run["testproblem"] not in LOSS_PROBLEMS:
        problems.append("no accuracies, which the 1.1 analyzer expects for this problem")
    return problems


def check_output(results):
    """DeepOBS 1.2's check: lines about what is wrong, and lines that count settings and seeds."""
    complaints, seeds = [], {}
    for problem, optimizer, setting, files in settings_of(results):
        if not files:
            complaints.append(f"{problem}/{optimizer}/{setting}: empty")
        for path in files:
            complaints += [f"{path}: {text}" for text in run_problems(path)]
        seeds.setdefault((problem, optimizer), []).append(len(files))
    counts = []
    for (problem, optimizer), numbers in seeds.items():
        for number in sorted(set(numbers)):
            counts.append(f"{problem} | {optimizer}: {numbers.count(number)} setting(s) with {number} seed(s).")
    return complaints, counts


def metric_of(runs):
    """Test accuracy if every run has it, else test loss."""
    return "test_accuracies" if all("test_accuracies" in run for run in runs) else "test_losses"


def reached(curve, metric, target):
    """The first epoch at which a run reaches the target; the length of its list if it never does. NaN never does."""
    for epoch, value in enumerate(curve):
        if value >= target if metric.endswith("accuracies") else value <= target:
            return epoch
    return len(curve)


def aggregate(runs, target=None):
    """A setting over its seeds: mean and population deviation per epoch, final and best value, speed."""
    metric = metric_of(runs)
    columns = list(zip(*(run[metric] for run in runs), strict=True))
    mean = [math.fsum(column) / len(column) for column in columns]
    better = max if metric.endswith("accuracies") else min
    finite = [value for value in mean if not math.isnan(value)]
    best = better(finite) if finite else math.nan
    return {
        "metric": metric,
        "runs": len(runs),
        "mean": mean,
        "std": [statistics.pstdev(column) for column in columns],
        "final": mean[-1],
        "best": best,
        "best_epoch": mean.index(best) if finite else None,
        "speed": None if target is None else math.fsum(reached(run[metric], metric, target) for run in runs) / len(runs),
    }


def summary(results, convergence):
    """{(problem, optimizer, setting): aggregate} of everything in a tree."""
    return {
        (problem, optimizer, setting): aggregate([read_run(path) for path in files], convergence.get(problem))
        for problem, optimizer, setting, files in settings_of(results)
        if files
    }


def main():
    parser = argparse.ArgumentParser(description="Reads a tree of DeepOBS results.")
    parser.add_argument("results")
    parser.add_argument("--convergence", help="a JSON file {problem: value of the metric that counts as converged}")
    arguments = parser.parse_args()
    convergence = {}
    if arguments.convergence:
        with open(arguments.convergence, encoding="utf-8") as file:
            convergence = json.load(file)

    complaints, counts = check_output(arguments.results)
    for line in complaints + counts:
        print(line)
    for (problem, optimizer, setting), found in summary(arguments.results, convergence).items():
        speed = "N.A." if found["speed"] is None else f"{found['speed']:.1f}"
        print(
            f"{problem} | {optimizer} | {setting}\n    {found['runs']} run(s), {found['metric']}: final "
            f"{found['final']:.4f} +- {found['std'][-1]:.4f}, best {found['best']:.4f} (epoch {found['best_epoch']}), "
            f"speed {speed}"
        )
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
