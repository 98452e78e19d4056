"""Workers that take turns: all but one are stopped (SIGSTOP), so that no waiting thread of theirs costs anything."""

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import time

from .data import ROOT


class WorkerError(Exception):
    """A worker that could not be built, died, or took too long; the text says which."""


class Worker:
    """One worker and the processes that it starts, as a process group of its own. It waits stopped between turns."""

    def __init__(self, spec, processors, environment, limit):
        self.name, self.limit = spec["variant"], limit
        self.errors = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "peers.worker", json.dumps(spec)],
            cwd=ROOT / "tools",
            env={**os.environ, **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.errors,
            start_new_session=True,
            preexec_fn=lambda: os.sched_setaffinity(0, processors),
        )
        try:
            self.ready = self._answer()
        except BaseException:
            self.end()
            raise
        self._signal(signal.SIGSTOP)

    def measure(self, warmup, seconds):
        self._signal(signal.SIGCONT)
        self.process.stdin.write(f"measure {warmup} {seconds}\n".encode())
        self.process.stdin.flush()
        result = self._answer()
        self._signal(signal.SIGSTOP)
        return result

    def end(self):
        self._signal(signal.SIGKILL)
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()
        self.errors.close()

    def _signal(self, number):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)

    def _answer(self):
        deadline, line = time.monotonic() + self.limit, b""
        while not line.endswith(b"\n"):
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self.process.stdout], [], [], left)[0]:
                raise WorkerError(f"{self.name}: no answer within {self.limit:g} s (--limit)")
            part = os.read(self.process.stdout.fileno(), 1 << 16)
            if not part:
                raise WorkerError(f"{self.name} ended with status {self.process.wait()}: {self._last_words()}")
            line += part
        answer = json.loads(line)
        if "error" in answer:
            raise WorkerError(f"{self.name}: {answer['error']}")
        return answer

    def _last_words(self):
        self.errors.seek(0)
        lines = self.errors.read().decode(errors="replace").strip().splitlines()
        return " / ".join(lines[-3:]) or "nothing on stderr"
