"""Whole processes: `deepobs run` against torch_script.py, one epoch with both evaluations, from start to end."""

import os
import subprocess
import sys
import tempfile
import time

from . import compare_steps, data, machine, rounds
from .problem import PROBLEMS

DEFAULT_PROBLEMS = ["fmnist_logreg", "fmnist_mlp", "fmnist_2c2d"]
WORKERS = (0, 2)  # of the DataLoader; the better counts


def timed(command, processors, limit, **options):
    """-> seconds, peak memory of the process in bytes, other load, the last line that it printed."""
    load = machine.OtherLoad(machine.children_seconds)
    with tempfile.TemporaryFile() as said:
        begin = time.perf_counter()
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=lambda: os.sched_setaffinity(0, processors),
            **options,
        )
        try:
            while True:
                pid, status, used = os.wait4(process.pid, os.WNOHANG)
                if pid:
                    break
                if time.perf_counter() - begin > limit:
                    raise SystemExit(f"{' '.join(command)}: not finished after {limit:g} s")
                time.sleep(0.001)
            seconds = time.perf_counter() - begin
            process.returncode = os.waitstatus_to_exitcode(status)
        finally:
            if process.returncode is None:
                os.killpg(process.pid, 9)
                process.wait()
        said.seek(0)
        text = said.read().decode(errors="replace").strip()
    if process.returncode != 0:
        raise SystemExit(f"{' '.join(command)} ended with status {process.returncode}:\n{text[-2000:]}")
    return seconds, used.ru_maxrss * 1024, load.share(), (text.splitlines() or [""])[-1]


def commands(arguments, problem, folder):
    batch, threads = str(arguments.batch_size or problem.batch_size), str(arguments.threads)
    ours = [arguments.deepobs, "run", problem.name, "--optimizer", "SGD", "--lr", "0.01", "-N", "1"]
    ours += ["--batch_size", batch, "--threads", threads, "--data_dir", str(folder.parent), "--no_logs", "--quiet"]
    result = {"deepobs": ours}
    for workers in WORKERS:
        script = [sys.executable, "-m", "peers.torch_script", problem.name, "--data_dir", str(folder)]
        script += ["--threads", threads, "--batch_size", batch, "--workers", str(workers)]
        result[f"PyTorch, {workers} workers"] = script
    return result


def compare(arguments, processors, problem):
    folder = data.find(problem.data_set, arguments.data_dir)
    if folder is None:
        raise SystemExit(f"{problem.name}: --whole-process needs the data set {problem.data_set}; give --data_dir")
    seconds, peak, last, other = {}, {}, {}, []
    environment = {**os.environ, **compare_steps.ENVIRONMENTS["cpu"], "OMP_NUM_THREADS": str(arguments.threads)}
    for k in range(arguments.rounds):
        for name, command in commands(arguments, problem, folder).items():
            options = {} if name == "deepobs" else {"cwd": data.ROOT / "tools", "env": environment}
            took, memory, load, line = timed(command, processors, arguments.limit, **options)
            seconds.setdefault(name, []).append(took)
            peak[name] = max(memory, peak.get(name, 0))
            last[name] = line
            other.append(load)
        compare_steps.note(f"    round {k + 1}: " + ", ".join(f"{n} {s[-1]:.2f} s" for n, s in seconds.items()))
    spreads = {name: rounds.spread(values) for name, values in seconds.items()}
    best = min((n for n in spreads if n != "deepobs"), key=lambda n: spreads[n]["median"])
    return {
        "problem": problem.name,
        "batch_size": arguments.batch_size or problem.batch_size,
        "threads": arguments.threads,
        "data": str(folder),
        "seconds": spreads,
        "deepobs": {"seconds": spreads["deepobs"], "peak_rss": peak["deepobs"]},
        "best": {"workers": int(best.split()[1]), "seconds": spreads[best], "peak_rss": peak[best]},
        "ratio": rounds.ratios(seconds[best], seconds["deepobs"]),
        "last_line": last,
        "other_load": other,
    }


def run(arguments, processors, publish):
    results = []
    for problem in arguments.problems:
        if problem.data_set != "fmnist" or problem.name not in PROBLEMS:
            raise SystemExit(f"--whole-process compares {', '.join(DEFAULT_PROBLEMS)}, not {problem.name}")
        compare_steps.note(f"{problem.name}, whole processes")
        results.append(compare(arguments, processors, problem))
        publish(results)
    return results
