"""Training steps per second of deepobs and its peers, in turns."""

import sys

from . import deepobs_bench, machine, rounds, torch_names
from .augmentation_check import TOLERANCE as AUGMENTATION_TOLERANCE
from .turns import Worker, WorkerError

# Of losses, those above 1 relatively, after 0, 1 and 3 steps, float32 against float64. Adam's first steps move an element by the whole learning rate, however
# small its gradient is: there rounding alone makes 1.1e-3 of the loss of 3c3d (torch.compile) and 3e-5 of its squares.
LOSS_TOLERANCE = {"SGD": (1e-4, 1e-4, 1e-4), "Momentum": (1e-4, 1e-4, 1e-4), "Adam": (1e-4, 1e-4, 2e-3)}
# Relatively. An L2 regulariser of 0.002 that is forgotten takes 4 * 2 * 0.01 * 0.002 = 1.6e-4 of the weights' share in
# four steps of SGD, and hardly touches the loss.
SQUARES_TOLERANCE = {"SGD": 2e-5, "Momentum": 2e-5, "Adam": 1e-4}
ROUNDED = {"fp32": 1, "tf32": 10, "bf16": 100}  # by so much more may products of rounded numbers be off
LOSS_MUST_MOVE = 1e-3  # a peer that does not train would pass every comparison
DEEPOBS_FACTS = ("program", "gflops", "peak_gflops", "percent_of_peak", "step_us")
ENVIRONMENTS = {"cpu": {"JAX_PLATFORMS": "cpu", "CUDA_VISIBLE_DEVICES": ""}, "cuda": {"JAX_PLATFORMS": "cuda"}}


def note(text):
    print(text, file=sys.stderr, flush=True)


def worker_names(peers, problem, device):
    """The variants that the names of --peers stand for: torch is all of PyTorch's."""
    known = torch_names.variants(problem, device) + ["jax"] * ("jax" in torch_names.families(problem))
    return [v for v in known if v in peers or v.split("-")[0] in peers]


class Comparison:
    """One problem, optimizer and batch size: workers built and checked, then rounds."""

    def __init__(self, arguments, deepobs, processors, problem, optimizer, augment):
        self.arguments, self.deepobs, self.processors = arguments, deepobs, processors
        self.problem, self.optimizer, self.augment = problem, optimizer, augment
        self.batch_size = arguments.batch_size or problem.batch_size
        self.skipped = []

    def result(self):
        self.workers = []
        try:
            self._start()
            return self._rounds()
        except WorkerError as error:
            raise SystemExit(f"{self.problem.name} {self.optimizer}: {error}") from None
        finally:
            for worker in self.workers:
                worker.end()

    def _worker(self, variant):
        given = self.arguments
        # Where deepobs cannot leave the augmentation out it shuffles, too.
        shuffle = self.augment or not self.problem.augmented or not self.deepobs.can_leave_augmentation_out
        spec = {
            "variant": variant,
            "problem": self.problem.name,
            "optimizer": self.optimizer,
            "batch_size": self.batch_size,
            "threads": given.threads,
            "device": given.device,
            "precision": given.precision,
            "data_dir": given.data_dir,
            "augment": self.augment,
            "shuffle": shuffle,
            "trial_seconds": min(given.seconds, 0.5),
        }
        environment = {
            **ENVIRONMENTS[given.device],
            "OMP_NUM_THREADS": str(given.threads),
            **self.deepobs.environment,
        }
        return Worker(spec, self.processors, environment, given.limit)

    def _start(self):
        self.expected = None
        if "torch" in self.arguments.versions:
            reference = self._worker("reference")
            self.expected = reference.ready["check"]
            reference.end()
        for variant in worker_names(self.arguments.usable, self.problem, self.arguments.device):
            try:
                worker = self._worker(variant)
            except WorkerError as error:
                self._skip(variant, str(error), wrong=False)
                continue
            wrong = self._wrong(worker)
            if wrong:
                worker.end()
                self._skip(variant, f"{variant} does not compute what it should: {wrong}", wrong=True)
                continue
            self.workers.append(worker)
            note(f"    {variant}: ready after {worker.ready['setup_seconds']:.0f} s, {self._check_text(worker)}")

    def _skip(self, variant, why, wrong):
        note(f"    SKIPPED: {why}")
        self.skipped.append({"variant": variant, "why": why, "wrong": wrong})

    def _wrong(self, worker):
        """What is wrong with what a peer computes, or "": then its speed would mean nothing."""
        check = worker.ready["check"]
        wrong = []
        if not abs(check["losses"][3] - check["losses"][0]) >= LOSS_MUST_MOVE:
            wrong.append(f"three steps move its loss from {check['losses'][0]:.7f} to {check['losses'][3]:.7f} only")
        if self.expected is not None:
            losses, squares = self._deviation(check)
            more = ROUNDED[self.arguments.precision]
            bounds = [more * bound for bound in LOSS_TOLERANCE[self.optimizer]]
            if not all(loss <= bound for loss, bound in zip(losses, bounds, strict=True)):
                wrong.append(f"losses {check['losses']}, the reference has {self.expected['losses']}")
            if not squares <= more * SQUARES_TOLERANCE[self.optimizer]:
                wrong.append(f"the parameters' sum of squares is off by {squares:.1e} of itself")
        error = worker.ready.get("augmentation_error", 0)
        if not error <= AUGMENTATION_TOLERANCE:
            wrong.append(f"its augmentation is off by {error:.1e}")
        return "; ".join(wrong)

    def _deviation(self, check):
        """From the reference: losses after 0, 1 and 3 steps, relatively where they are large, and the sum of squares."""
        pairs = list(zip(check["losses"], self.expected["losses"], strict=True))
        losses = [abs(got - wanted) / max(1, abs(wanted)) for got, wanted in (pairs[0], pairs[1], pairs[3])]
        return losses, abs(check["sum_of_squares"] / self.expected["sum_of_squares"] - 1)

    def _check_text(self, worker):
        if self.expected is None:
            return "not compared with the reference (that needs PyTorch)"
        losses, squares = self._deviation(worker.ready["check"])
        text = f"losses after 0, 1, 3 steps within {max(losses):.0e} of float64, sum of squares within {squares:.0e}"
        if "augmentation_error" in worker.ready:
            text += f", augmentation within {worker.ready['augmentation_error']:.0e}"
        return text

    def _rounds(self):
        given = self.arguments
        rates = {"deepobs": [], **{w.name: [] for w in self.workers}}
        other_load, memory = {name: [] for name in rates}, {}
        for k in range(given.rounds):
            row = self.deepobs.measure(
                self.problem, self.optimizer, self.batch_size, self.augment, given.warmup, given.seconds
            )
            rates["deepobs"].append(row["steps_per_second"]["median"])
            other_load["deepobs"].append(row["other_load"])
            memory["deepobs"] = {"peak_rss": row["peak_rss_bytes"], "plan": row.get("plan_bytes")}
            for worker in self.workers:
                load = machine.OtherLoad(lambda pid=worker.process.pid: machine.seconds_of(pid))
                measured = worker.measure(given.warmup, given.seconds)
                other_load[worker.name].append(load.share())
                rates[worker.name].append(measured["steps_per_second"])
                imported = worker.ready["import_memory"]["peak_rss"]
                memory[worker.name] = {
                    "peak_rss": measured["peak_rss"],
                    "import_rss": imported,
                    "without_import": measured["peak_rss"] - imported,
                }
            note(f"    round {k + 1}: " + ", ".join(f"{name} {values[-1]:.4g}" for name, values in rates.items()))
        return self._report(rates, other_load, memory, row)

    def _report(self, rates, other_load, memory, row):
        spreads = {name: rounds.spread(values) for name, values in rates.items()}
        result = {
            "problem": self.problem.name,
            "optimizer": self.optimizer,
            "batch_size": self.batch_size,
            "threads": self.arguments.threads,
            "precision": self.arguments.precision,
            "augmentation": self._augmentation(),
            "alike": self.augment or not self.problem.augmented or self.deepobs.can_leave_augmentation_out,
            "data": {"deepobs": row.get("data"), **{w.name: w.ready["data"] for w in self.workers}},
            "deepobs": {key: row.get(key) for key in DEEPOBS_FACTS},
            "steps_per_second": spreads,
            "ratios": {w.name: rounds.ratios(rates["deepobs"], rates[w.name]) for w in self.workers},
            "best": {},
            "memory": memory,
            "other_load": other_load,
            "setup_seconds": {w.name: w.ready["setup_seconds"] for w in self.workers},
            "chosen": {w.name: w.ready["chosen"] for w in self.workers},
            "check": {"reference": self.expected, **{w.name: w.ready["check"] for w in self.workers}},
            "skipped": self.skipped,
        }
        for family, label in (("torch", "PyTorch"), ("jax", "JAX"), ("", "all")):
            name = rounds.best({n: s for n, s in spreads.items() if n != "deepobs" and n.startswith(family)})
            if name:
                result["best"][label] = name
        return result

    def _augmentation(self):
        if not self.problem.augmented:
            return "none"
        if self.augment:
            return "on"
        return "off" if self.deepobs.can_leave_augmentation_out else "off for the peers, on for deepobs"


def cases(arguments):
    """(problem, optimizer, augment) in order."""
    for problem in arguments.problems:
        for optimizer in arguments.optimizers:
            for augment in arguments.augmentation if problem.augmented else [False]:
                yield problem, optimizer, augment


def run(arguments, processors, publish):
    """Publishes the list of results after every comparison, so that a long run that is stopped leaves something."""
    _folder, environment = machine.processor_clock() if arguments.processor_time else (None, {})
    deepobs = deepobs_bench.Deepobs(
        arguments.deepobs,
        arguments.threads,
        processors,
        arguments.data_dir,
        arguments.device,
        arguments.precision,
        environment,
    )
    results = []
    for problem, optimizer, augment in cases(arguments):
        which = f", augmentation {'on' if augment else 'off'}" if problem.augmented else ""
        note(f"{problem.name} {optimizer}{which}")
        results.append(Comparison(arguments, deepobs, processors, problem, optimizer, augment).result())
        publish(results)
    return results
