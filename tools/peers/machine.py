"""What the comparison runs on: processors, versions of the peers, and what else keeps the machine busy."""

import json
import os
import pathlib
import platform
import resource
import subprocess
import sys
import tempfile
import time

TORCH = """
import json, re, torch
config = torch.__config__.show()
def found(pattern):
    match = re.search(pattern, config)
    return match.group(1) if match else "unknown"
print(json.dumps({"PyTorch": torch.__version__, "oneDNN": found(r"MKL-DNN (v[0-9.]+)"),
                  "BLAS": found(r"BLAS_INFO=(\\w+)"), "MKL": found(r"Math Kernel Library Version (\\S+)"),
                  "instruction set": torch.backends.cpu.get_cpu_capability()}))
"""
JAX = """
import json, jax, jaxlib
jax.devices()
print(json.dumps({"JAX": jax.__version__, "jaxlib": jaxlib.__version__}))
"""


def peer_versions(peer, environment):
    """(versions, None), or (None, why it cannot be used). In a process of its own: this one imports no framework."""
    code = "import numpy\n" + {"torch": TORCH, "jax": JAX}[peer]
    made = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )
    if made.returncode != 0:
        return None, (made.stderr.strip().splitlines() or [f"status {made.returncode}"])[-1]
    return json.loads(made.stdout.splitlines()[-1]), None


def processors(threads):
    """`threads` of the processors that this process may use, on different cores as far as there are enough."""
    usable = sorted(os.sched_getaffinity(0))
    if threads > len(usable):
        raise ValueError(f"--threads {threads}: this process may use {len(usable)} processors")
    first_of_core, others, seen = [], [], set()
    for cpu in usable:
        path = pathlib.Path(f"/sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list")
        core = path.read_text() if path.exists() else str(cpu)
        (others if core in seen else first_of_core).append(cpu)
        seen.add(core)
    return set((first_of_core + others)[:threads])


def describe():
    name = platform.processor()
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            name = line.split(":", 1)[1].strip()
            break
    return {
        "processor": name,
        "processors": len(os.sched_getaffinity(0)),
        "system": f"{platform.system()} {platform.release()}",
        "Python": platform.python_version(),
        "load average": list(os.getloadavg()),
    }


def seconds_of(pid):
    """Processor seconds that a process has used."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def children_seconds():
    """Processor seconds of all processes that this one has started and seen end."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


CLOCK = """
#define _GNU_SOURCE
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
int clock_gettime(clockid_t clock, struct timespec* time) {
  return (int)syscall(SYS_clock_gettime, clock == CLOCK_MONOTONIC ? CLOCK_PROCESS_CPUTIME_ID : clock, time);
}
"""


def processor_clock():
    """(folder to keep, environment): programs that start in it measure the seconds of the processor that they have used
    in place of those that have passed."""
    folder = tempfile.TemporaryDirectory()
    library = pathlib.Path(folder.name) / "clock.so"
    subprocess.run(
        ["cc", "-O2", "-shared", "-fPIC", "-x", "c", "-", "-o", library], input=CLOCK, text=True, check=True
    )
    return folder, {"LD_PRELOAD": str(library)}


class OtherLoad:
    """How much of the machine's processors went to others during a measurement; `own` gives one's own seconds."""

    def __init__(self, own):
        self.own, self.begin = own, (time.monotonic(), self._busy(), own())

    def share(self):
        passed = time.monotonic() - self.begin[0]
        others = self._busy() - self.begin[1] - (self.own() - self.begin[2])
        return max(0.0, others / (passed * os.cpu_count()))

    @staticmethod
    def _busy():
        fields = pathlib.Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]
        idle = int(fields[3]) + int(fields[4])
        return (sum(map(int, fields)) - idle) / os.sysconf("SC_CLK_TCK")
