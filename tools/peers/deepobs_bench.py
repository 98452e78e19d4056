"""Runs `deepobs bench` and reads what it measured."""

import json
import os
import subprocess

from . import machine


class Deepobs:
    """The program. Errors: SystemExit with its own message."""

    def __init__(self, program, threads, processors, data_dir, device="cpu", precision="fp32", environment=None):
        self.device, self.precision, self.environment = device, precision, environment or {}
        self.program, self.threads, self.processors, self.data_dir = program, threads, processors, data_dir
        try:
            text = self._run(["bench", "--help"])
        except OSError as error:
            raise SystemExit(f"{program}: {error.strerror}; build it, or give --deepobs PATH") from None
        self.can_leave_augmentation_out = "--data_order" in text

    def _run(self, arguments):
        made = subprocess.run(
            [self.program, *arguments],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, **self.environment},
            preexec_fn=lambda: os.sched_setaffinity(0, self.processors),
        )
        if made.returncode != 0:
            said = made.stderr.strip() or made.stdout.strip()
            raise SystemExit(f"{self.program} {' '.join(arguments)} ended with status {made.returncode}:\n{said}")
        return made.stdout

    def measure(self, problem, optimizer, batch_size, augment, warmup, seconds):
        """One repetition: the row of deepobs's JSON, with what its head says about the program, and "other_load"."""
        arguments = ["bench", problem.name, "--optimizer", optimizer, "--batch_size", str(batch_size), "--json"]
        arguments += ["--threads", str(self.threads), "--repetitions", "1"]
        arguments += ["--seconds", str(seconds), "--warmup", str(warmup)]
        if self.device != "cpu":
            arguments += ["--device", self.device, "--precision", self.precision]
        if self.data_dir:
            arguments += ["--data_dir", self.data_dir]
        if problem.augmented and not augment and self.can_leave_augmentation_out:
            arguments += ["--data_order", "sequential"]
        load = machine.OtherLoad(machine.children_seconds)
        text = self._run(arguments)
        other = load.share()
        try:
            document = json.loads(text)
            (row,) = document["rows"]
            asked = (problem.name, optimizer, batch_size, self.threads)
            got = tuple(row[key] for key in ("problem", "optimizer", "batch_size", "threads"))
            row["steps_per_second"]["median"], row["peak_rss_bytes"]
        except (ValueError, KeyError, TypeError) as error:
            raise SystemExit(f"{self.program} bench --json: not the JSON that was expected ({error!r})") from None
        if got != asked:
            raise SystemExit(f"{self.program} bench measured {got}, asked was {asked}")
        facts = ("version", "revision", "simd", "precision", "libraries", "device_versions", "device_algorithms")
        head = {key: document[key] for key in facts if key in document}
        return {**row, "program": head, "other_load": other}
