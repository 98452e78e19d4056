"""A process that holds one variant of a peer: it builds it, checks it, and trains when told to.

    python -m peers.worker '{"variant": "torch-eager", ...}'     (from the folder tools/)

It answers in JSON lines on the stream that was its stdout; whatever the libraries print goes to stderr. After the first
answer it reads commands from stdin, one a line: `measure WARMUP SECONDS`, `quit`.
"""

import dataclasses
import json
import os
import sys
import time

from . import problem as problems

CHECK_STEPS = 4  # so there are losses after 0, 1, 2 and 3 updates


@dataclasses.dataclass(frozen=True)
class Setting:
    problem: problems.Problem
    optimizer: str
    batch_size: int
    threads: int
    device: str
    precision: str
    data_dir: str | None
    augment: bool
    shuffle: bool
    trial_seconds: float  # for each way that a variant tries out before it chooses one


def memory():
    """Bytes: the peak and the present resident memory of this process."""
    with open("/proc/self/status", encoding="ascii") as status:
        fields = dict(line.split(":", 1) for line in status)
    return {key: int(fields[name].split()[0]) * 1024 for key, name in (("peak_rss", "VmHWM"), ("rss", "VmRSS"))}


def measure(peer, warmup, seconds):
    for limit in (warmup, seconds):
        begin, steps, passed = time.perf_counter(), 0, 0.0
        while steps == 0 or passed < limit:
            peer.steps(peer.chunk)
            steps += peer.chunk
            passed = time.perf_counter() - begin
    return {"steps": steps, "seconds": passed, "steps_per_second": steps / passed}


def augmentation_error(peer, setting):
    from . import augmentation_check

    images = peer.augment_images(augmentation_check.draws())
    return augmentation_check.worst_error(setting.problem, setting.data_dir, images)


def build(variant, setting):
    begin = time.perf_counter()
    if variant == "reference":
        from . import reference

        args = (setting.problem, setting.optimizer, setting.batch_size, setting.data_dir)
        return None, {"check": reference.check(*args, CHECK_STEPS)}
    if variant.startswith("torch"):
        from . import torch_peer as framework
    else:
        from . import jax_peer as framework

        framework.jax.devices()  # starts the backend, which a bare import leaves for later
    imported = memory()
    peer = framework.make(variant, setting)
    ready = {
        "setup_seconds": time.perf_counter() - begin,
        "import_memory": imported,
        "chosen": peer.chosen,
        "data": peer.data,
        "check": peer.check(CHECK_STEPS),
    }
    if setting.augment:
        ready["augmentation_error"] = augmentation_error(peer, setting)
    return peer, ready


def main():
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)

    def answer(message):
        print(json.dumps(message), file=answers, flush=True)

    spec = json.loads(sys.argv[1])
    variant = spec.pop("variant")
    setting = Setting(**{**spec, "problem": problems.PROBLEMS[spec["problem"]]})
    try:
        peer, ready = build(variant, setting)
    except Exception as error:  # the parent shows it and goes on with the others
        answer({"error": f"{type(error).__name__}: {error}"})
        raise
    answer(ready)
    if peer is None:
        return
    for line in sys.stdin:
        command, *numbers = line.split()
        if command == "quit":
            break
        answer({**measure(peer, *map(float, numbers)), **memory()})


if __name__ == "__main__":
    main()
