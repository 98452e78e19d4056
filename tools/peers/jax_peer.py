"""A test problem trained by JAX on the CPU or a GPU, as a good user of it would write it.

Every step is one jitted function on donated buffers: rows picked by a permutation, loss, gradient, update, entry in the
loss log. Data stay in memory as floats, preprocessed once; images that are augmented stay bytes. The L2 regulariser is
added to the gradient. What is fastest is tried out before the measurement: the forms of jax_network.py, then many steps
in one lax.scan against one call each (XLA's convolutions are much slower inside a loop on a CPU).

Products are IEEE float32 (fp32), rounded to TF32 (tf32), or those of bfloat16 numbers, to which images and parameters
are rounded in every step (bf16).
"""

import functools
import math
import time

import jax
import jax.numpy as jnp
import numpy as np

from . import jax_augment, jax_network, jax_synthetic
from . import problem as problems
from .data import Synthetic, TrainingSet

CHUNK_SECONDS = 0.25  # about how long to go on between two looks at the clock, in a scan or step by step
PRODUCTS = {"fp32": "float32", "tf32": "tensorfloat32", "bf16": "bfloat16"}  # JAX's names
LOSING = 3  # a scan whose steps take so many times longer than single ones is not looked at any further


class Peer:
    def __init__(self, setting):
        self.problem, self.optimizer, self.batch = setting.problem, setting.optimizer, setting.batch_size
        self.augmented, self.shuffled = setting.augment, setting.shuffle
        self.mixed = setting.precision == "bf16"
        jax.config.update("jax_default_matmul_precision", PRODUCTS[setting.precision])
        if self.problem.kind == "synthetic":
            data, self.epochs = Synthetic(self.problem), problems.EPOCHS_AT_ONCE
            self.tensors = tuple(map(jnp.asarray, data.columns))
        else:
            data, self.epochs = TrainingSet(self.problem, setting.data_dir), 1
            images = data.padded(True) if self.augmented else data.preprocessed(self.problem, True)
            self.tensors = jax.device_put(images), jnp.asarray(data.labels, jnp.int32)
            data.release()
            del images
        self.data = data.origin
        self.steps_per_epoch = len(self.tensors[-1]) // self.batch * self.epochs
        if self.steps_per_epoch == 0:
            raise ValueError(f"batch size {self.batch}: {self.data} are too few for it")
        self.key = jax.random.key(0)
        self.functions = {}  # compiled, by form and length of the scan
        self._choose(setting.trial_seconds)

    def _choose(self, seconds):
        trials = {}
        for form in jax_network.forms(self.problem):
            self._use(form)
            self.steps(2)
            trials[form] = self._rate(seconds)
        form = max(trials, key=trials.get)
        scan = min(int(CHUNK_SECONDS * trials[form]), self.steps_per_epoch)
        if scan >= 2 and self.problem.convolutions:  # a short one first: a long one might take minutes
            self._use(form, 2)
            self.steps(2)
            trials[f"{form}, scan of 2"] = self._rate(seconds)
        if scan > 2 and trials.get(f"{form}, scan of 2", math.inf) * LOSING > trials[form]:
            self._use(form, scan)
            self.steps(scan)
            trials[f"{form}, scan of {scan}"] = self._rate(seconds)
        best = max(trials, key=trials.get)
        self._use(form, int(best.rpartition(" ")[2]) if "scan" in best else 1)
        if self.scan == 1:
            self.chunk = max(1, int(CHUNK_SECONDS * trials[best]))
        self.chosen = {"form": best, "steps_per_second": trials}

    def _rate(self, seconds):
        begin, count = time.perf_counter(), 0
        while count == 0 or time.perf_counter() - begin < seconds:
            self.steps(self.chunk)
            count += self.chunk
        return count / (time.perf_counter() - begin)

    def _use(self, form, scan=1):
        self.form, self.scan = form, scan
        self.chunk = scan
        if (form, scan) not in self.functions:
            step = functools.partial(_step, self.problem, self.optimizer, form, self.mixed)
            self.functions[form, scan] = jax.jit(functools.partial(_steps, step, scan), donate_argnums=0)
        self.function = self.functions[form, scan]
        self.reset()

    def reset(self):
        start = jax_network.parameters(self.problem, self.form)
        slots = {"SGD": 0, "Momentum": 1, "Adam": 2}[self.optimizer]
        self.state = {
            "parameters": start,
            "slots": [{n: jnp.zeros_like(p) for n, p in start.items()} for _ in range(slots)],
            "steps": jnp.zeros((), jnp.int32),
            "log": jnp.zeros(self.steps_per_epoch),
        }
        self.position = self.steps_per_epoch

    def begin_epoch(self):
        self.key, order_key, draw_key = jax.random.split(self.key, 3)
        count = len(self.tensors[-1])
        used = self.steps_per_epoch // self.epochs * self.batch
        if self.shuffled:
            keys = jax.random.split(order_key, self.epochs)
            order = jax.vmap(lambda key: jax.random.permutation(key, count))(keys)[:, :used]
        else:
            order = jnp.tile(jnp.arange(used), (self.epochs, 1))
        self.rows = order.reshape(-1, self.batch)
        self.draws = ()
        if self.augmented:
            self.draws = jax_augment.random_draws(draw_key, *self.rows.shape, self.problem.flips)
        self.position = 0

    def steps(self, count):
        """Trains on by `count` steps, a multiple of the scan's length; returns when the work is done."""
        for _ in range(count // self.scan):
            if self.position + self.scan > self.steps_per_epoch:  # an epoch is a whole number of scans
                self.begin_epoch()
            self.state = self.function(self.state, self.tensors, self.rows, self.draws, self.position)
            self.position += self.scan
        jax.block_until_ready(self.state)

    def check(self, count):
        """`count` steps from the common start, all on the data set's first rows, not augmented: the losses before each,
        and the sum of squares of all parameters after the last."""
        used, chunk = self.scan, self.chunk
        self._use(self.form, count if used > 1 else 1)
        self.rows = jnp.tile(jnp.arange(self.batch), (self.steps_per_epoch, 1))
        self.draws = jax_augment.neutral_draws(*self.rows.shape) if self.augmented else ()
        self.position = 0
        self.steps(count)
        losses = [float(v) for v in self.state["log"][:count]]
        squares = sum(float((np.asarray(p, np.float64) ** 2).sum()) for p in self.state["parameters"].values())
        self._use(self.form, used)
        self.chunk = chunk
        return {"losses": losses, "sum_of_squares": squares}

    def augment_images(self, draws):
        """The first images under the given draws (numpy), as numpy [n, H, W, C]: for comparison."""
        rows = jnp.arange(len(draws[0]))
        return np.asarray(jax_augment.augment(self.tensors[0], rows, tuple(jnp.asarray(d) for d in draws)))


def _steps(step, scan, state, tensors, rows, draws, position):
    """`scan` steps from entry `position` of the epoch's rows."""
    if scan == 1:
        return step(state, tensors, rows[position], tuple(d[position] for d in draws), position)

    def one(state, k):
        return step(state, tensors, rows[k], tuple(d[k] for d in draws), k), None

    return jax.lax.scan(one, state, position + jnp.arange(scan))[0]


def _step(problem, optimizer, form, mixed, state, tensors, rows, draws, k):
    if problem.kind == "synthetic":
        columns = [column[rows] for column in tensors]
    else:
        images, labels = tensors
        x = jax_augment.augment(images, rows, draws) if draws else images[rows]
        y = labels[rows]

    def loss_of(parameters):
        if problem.kind == "synthetic":
            return jax_synthetic.losses(problem, parameters, *columns).mean()
        rounded = jax.tree.map(lambda v: v.astype(jnp.bfloat16) if mixed else v, (parameters, x))
        logits = jax_network.logits(problem, form, *rounded).astype(jnp.float32)
        picked = jnp.take_along_axis(logits, y[:, None], 1)[:, 0]
        return (jax.nn.logsumexp(logits, 1) - picked).mean()

    loss, gradients = jax.value_and_grad(loss_of)(state["parameters"])
    if problem.weight_decay:
        for name in gradients:
            if name.endswith(".weight"):
                gradients[name] += problem.weight_decay * state["parameters"][name]
    steps = state["steps"] + 1
    before = state["parameters"], gradients, state["slots"]
    parameters, slots = _update(problem, optimizer, *before, steps.astype(jnp.float32))
    return {"parameters": parameters, "slots": slots, "steps": steps, "log": state["log"].at[k].set(loss)}


def _update(problem, optimizer, parameters, gradients, slots, t):
    rate, map_ = problem.rate(optimizer), jax.tree.map
    if optimizer == "SGD":
        return map_(lambda p, g: p - rate * g, parameters, gradients), slots
    if optimizer == "Momentum":
        m = map_(lambda m, g: problems.MOMENTUM * m + g, slots[0], gradients)
        return map_(lambda p, m: p - rate * m, parameters, m), [m]
    beta1, beta2 = problems.BETAS
    m = map_(lambda m, g: beta1 * m + (1 - beta1) * g, slots[0], gradients)
    v = map_(lambda v, g: beta2 * v + (1 - beta2) * g * g, slots[1], gradients)
    rest1, rest2 = (-jnp.expm1(t * math.log(beta)) for beta in problems.BETAS)  # 1 - beta^t without cancellation
    size, root = rate / rest1, jnp.sqrt(rest2)
    return map_(lambda p, m, v: p - size * m / (jnp.sqrt(v) / root + problems.EPS), parameters, m, v), [m, v]


def make(variant, setting):
    """Compiled and warm. `setting` is worker.Setting; the number of threads follows from the process's processors."""
    if variant != "jax":
        raise ValueError(f"there is no variant {variant!r}; there is jax")
    return Peer(setting)
