"""A test problem trained by PyTorch on the CPU or a GPU, as a good user of it would write it.

Variants: the name's parts say what is different.
    torch-eager          contiguous tensors, the fastest of PyTorch's implementations of the optimizer
    torch-compile        network and loss through torch.compile in its default mode, the rest as before
    torch-compile-step   the whole step, from picking the rows to the update, as one function through torch.compile
    torch-compile-ten-steps   ten of them in one such function (synthetic problems, whose steps are short)
    ...-graphs           the same with mode="reduce-overhead": CUDA graphs (on a GPU only)
    ...-autotune         the same with mode="max-autotune" (on a GPU only)
    ...-cl               the same with tensors in channels_last order (networks with convolutions only)

On a GPU the data stay in its memory, and steps() waits for the GPU at its end. Products are IEEE float32 (fp32), rounded
to TF32 (tf32), or those of torch.autocast with bfloat16 (bf16).

Data stay in memory as floats, preprocessed once; images that are augmented stay bytes. The objective of every step is
kept in a log on the device and read by nobody. The L2 regulariser is the optimizer's weight_decay, which is the same
gradient and less work than a term of the loss; so the log holds the loss without it.

What the problems differ in (data, network, loss of a step) are the sources of torch_sources.py.
"""

import math
import time

import torch

from . import problem as problems
from . import torch_sources
from .torch_names import variants


def make(variant, setting):
    """One variant, compiled and warm. `setting` is worker.Setting."""
    known = variants(setting.problem, setting.device)
    if variant not in known:
        raise ValueError(f"there is no variant {variant!r} of {setting.problem.name}: {known}")
    kind = SeparateStep
    if variant.startswith("torch-compile-step"):
        kind = WholeStep
    if variant.startswith("torch-compile-ten-steps"):
        kind = TenSteps
    return kind(variant, setting)


class Peer:
    """What all variants share: data, network, order of the examples."""

    inner = 1  # steps a call
    chunk = 1  # steps between two looks at the clock

    def __init__(self, variant, setting):
        torch.set_num_threads(setting.threads)
        self.device = torch.device(setting.device)
        if setting.device != "cpu":
            self.chunk = 50  # the clock is looked at when the GPU has done them
            tf32 = setting.precision == "tf32"
            torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = tf32
            torch.backends.cudnn.benchmark = True
        self.mode = (
            "reduce-overhead" if "graphs" in variant else "max-autotune" if "autotune" in variant else "default"
        )
        torch.manual_seed(0)
        self.problem, self.optimizer_name, self.batch = setting.problem, setting.optimizer, setting.batch_size
        self.channels_last = variant.endswith("-cl")
        self.rate = self.problem.rate(setting.optimizer)
        self.mixed = setting.precision == "bf16"

        self.source = torch_sources.make(setting, self.device, self.channels_last)
        self.augmented, self.data = setting.augment, self.source.origin
        self.steps_per_epoch = self.source.steps_per_epoch // self.inner * self.inner
        if self.steps_per_epoch == 0:
            raise ValueError(f"batch size {self.batch}: {self.data} are too few for it")
        layout = torch.channels_last if self.channels_last else torch.contiguous_format
        self.net = self.source.network().to(self.device, memory_format=layout)
        self.log = torch.zeros(self.steps_per_epoch, device=self.device).unbind()
        self.position = self.steps_per_epoch  # the first step begins an epoch
        self.chosen = {}
        self._stay_where_they_are(self.source.tensors)

    def _stay_where_they_are(self, tensors):
        """Tells CUDA graphs that these lie at one place in all steps; else they are copied, or no graph is used."""
        if self.mode != "default":
            for tensor in tensors:
                torch._dynamo.mark_static_address(tensor)

    def reset(self):
        """Back to the common start, in place."""
        self.source.reset(self.net)
        with torch.no_grad():
            for name, values in problems.initial_parameters(self.problem).items():
                self.net.get_parameter(name).copy_(torch.from_numpy(values))

    def begin_epoch(self):
        self.rows, self.draws = self.source.epoch(self.steps_per_epoch)
        self.position = 0

    def steps(self, count):
        """Trains on; returns when the work is done."""
        for _ in range(count):
            if self.position == self.steps_per_epoch:
                self.begin_epoch()
            self.step(self.rows[self.position], self.draws[self.position], self.log[self.position])
            self.position += 1
        if self.device.type != "cpu":
            torch.cuda.synchronize()

    def check(self, count):
        """`count` steps from the common start, all on the data set's first rows, not augmented: the losses before each,
        and the sum of squares of all parameters after the last."""
        self.reset()
        rows, draws = self.source.first_rows()
        self.source.random(self.net, False)
        losses = self._check_losses(rows, draws, count)
        squares = sum(p.detach().double().square().sum().item() for p in self._trained())
        self.source.random(self.net, True)
        self.reset()
        return {"losses": losses, "sum_of_squares": squares}

    def _check_losses(self, rows, draws, count):
        losses = []
        for _ in range(count):
            self.step(rows, draws, self.log[0])
            losses.append(self.log[0].item())
        return losses

    def _trained(self):
        return [p for p in self.net.parameters() if p.requires_grad]

    def augment_images(self, draws):
        """The first images under the given draws (numpy), as numpy [n, H, W, C]: for comparison."""
        return self.source.augmented_images(draws)

    def autocast(self):
        return torch.autocast(self.device.type, dtype=torch.bfloat16, enabled=self.mixed)


class SeparateStep(Peer):
    """Forward, backward and update one after the other; the optimizer is one of torch.optim."""

    def __init__(self, variant, setting):
        super().__init__(variant, setting)
        self.loss = torch.compile(self._loss, mode=self.mode) if "compile" in variant else self._loss
        trials = {}
        for how in ("fused", "foreach", "plain loop"):
            self.optimizer = self._optimizer(how)
            self.reset()
            self.steps(3)
            begin, count = time.perf_counter(), 0
            while time.perf_counter() - begin < setting.trial_seconds:
                self.steps(self.chunk)
                count += self.chunk
            trials[how] = count / (time.perf_counter() - begin)
        best = max(trials, key=trials.get)
        self.chosen = {"optimizer": best, "steps_per_second": trials}
        self.optimizer = self._optimizer(best)
        self.reset()

    def reset(self):
        super().reset()
        self.optimizer.state.clear()

    def _loss(self, tensors, rows, draws):
        with self.autocast():
            return self.source.loss(self.net, tensors, rows, draws)

    def _optimizer(self, how):
        trained = self._trained()
        groups = [{"params": trained}]
        if self.problem.weight_decay:
            weights = [p for p in trained if p.dim() > 1]
            others = [p for p in trained if p.dim() <= 1]
            groups = [{"params": weights, "weight_decay": self.problem.weight_decay}, {"params": others}]
        options = {"fused": {"fused": True}, "foreach": {"foreach": True}, "plain loop": {"foreach": False}}[how]
        if self.optimizer_name == "Adam":
            return torch.optim.Adam(groups, lr=self.rate, betas=problems.BETAS, eps=problems.EPS, **options)
        momentum = problems.MOMENTUM if self.optimizer_name == "Momentum" else 0
        return torch.optim.SGD(groups, lr=self.rate, momentum=momentum, **options)

    def step(self, rows, draws, log):
        self.optimizer.zero_grad(set_to_none=True)
        loss = self.loss(self.source.tensors, rows, draws)
        loss.backward()
        self.optimizer.step()
        log.copy_(loss.detach())


class WholeStep(Peer):
    """One compiled function from the rows to the update: nothing is left to Python within a step."""

    def __init__(self, variant, setting):
        super().__init__(variant, setting)
        self.parameters = {n: p.detach() for n, p in self.net.named_parameters()}
        slots = {"SGD": 0, "Momentum": 1, "Adam": 2}[self.optimizer_name]
        self.slots = {n: [torch.zeros_like(p) for _ in range(slots)] for n, p in self.parameters.items()}
        self.step_count = torch.zeros((), device=self.device)
        self._stay_where_they_are([*self.parameters.values(), *sum(self.slots.values(), []), self.step_count])
        self.function = torch.compile(self._function, mode=self.mode)
        self.steps(3 * self.inner)
        self.reset()

    def reset(self):
        super().reset()
        for slots in self.slots.values():
            for slot in slots:
                slot.zero_()
        self.step_count.zero_()

    def step(self, rows, draws, log):
        state = self.parameters, self.slots, self.step_count, self.source.tensors
        if self.mode == "default":
            self.function(*state, rows, draws, log)
        else:  # a CUDA graph may only write to what stays at its place
            log.copy_(self.function(*state, rows, draws, None))

    def _function(self, parameters, slots, step_count, tensors, rows, draws, log):
        def loss_of(values):
            with self.autocast():
                return self.source.loss(
                    lambda *given: torch.func.functional_call(self.net, values, given), tensors, rows, draws
                )

        gradients, loss = torch.func.grad_and_value(loss_of)(parameters)
        with torch.no_grad():
            if log is not None:
                log.copy_(loss)
            step_count += 1
            for name, p in parameters.items():
                g = gradients[name]
                if self.problem.weight_decay and p.dim() > 1:
                    g = g + self.problem.weight_decay * p
                self._update(p, g, slots[name], step_count)
        return loss

    def _update(self, p, g, slots, t):
        if self.optimizer_name == "SGD":
            p.sub_(self.rate * g)
        elif self.optimizer_name == "Momentum":
            (m,) = slots
            m.copy_(problems.MOMENTUM * m + g)
            p.sub_(self.rate * m)
        else:
            m, v = slots
            beta1, beta2 = problems.BETAS
            m.copy_(beta1 * m + (1 - beta1) * g)
            v.copy_(beta2 * v + (1 - beta2) * g * g)
            rest1, rest2 = (-torch.expm1(t * math.log(beta)) for beta in problems.BETAS)  # 1 - beta^t, no cancellation
            p.sub_(self.rate / rest1 * m / (v.sqrt() / rest2.sqrt() + problems.EPS))


class TenSteps(WholeStep):
    """Ten steps a call, one after the other in one compiled function."""

    inner = chunk = 10

    def begin_epoch(self):
        super().begin_epoch()
        self.rows = torch.stack(self.rows).split(self.inner)

    def steps(self, count):
        for _ in range(count // self.inner):
            if self.position == self.steps_per_epoch:
                self.begin_epoch()
            k = self.position // self.inner
            self._several(self.rows[k], self.log[self.position : self.position + self.inner])
            self.position += self.inner
        if self.device.type != "cpu":
            torch.cuda.synchronize()

    def _several(self, rows, log):
        self.function(self.parameters, self.slots, self.step_count, self.source.tensors, rows, None, log)

    def _check_losses(self, rows, draws, count):
        log = [torch.zeros(()) for _ in range(count)]
        self._several(rows.repeat(count, 1), log)
        return [loss.item() for loss in log]

    def _function(self, parameters, slots, step_count, tensors, rows, draws, log):
        for k in range(len(rows)):
            super()._function(parameters, slots, step_count, tensors, rows[k], draws, log[k])
