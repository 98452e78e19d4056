"""Writes matrix_optimizers.json: the parameters after every step of optimizers that know tensors from one another.

Tensors have the shapes and the order of elements that deepobs has: dense weights [in, out], kernels [kh, kw, in, out].
PyTorch gets them as [out, in] and [out, in, kh, kw]; what it makes of them comes back in deepobs' order. Initial
parameters and gradients are those of make_optimizers.py: streams t and 100 + tensors * step + t.

Muon is PyTorch's for weights ("matrix") and kernels, which it sees as [out, in * kh * kw]; all other tensors take the
steps of its AdamW, at a learning rate of their own (`adamw_learning_rate`; 0: the same), which falls with the other one.
PyTorch's Muon multiplies in bfloat16; here it is made to compute in the precision of the parameters.
`float32_error` is the largest distance of PyTorch's own float32 parameters from the float64 ones after a step.
"""

import contextlib
import pathlib

import numpy as np
import torch

import common

TENSORS = [
    ("matrix", [5, 3]), ("bias", [3]), ("kernel", [2, 3, 2, 4]), ("matrix", [2, 6]), ("norm", [4]), ("matrix", [4, 4]),
    ("embedding", [3, 2]), ("head", [6, 2]),
]  # fmt: skip
STEPS = 6
PLAIN_FACTORS = [1.0, 0.5, 2.0, 0.75, -1.5, 1.0]
ORTHOGONAL = ("matrix", "kernel")


def case(optimizer, label, lr, factors=PLAIN_FACTORS, zero_every=0, scale=1.0, other_lr=None, **hyperparameters):
    return {
        "name": f"{optimizer}_{label}", "optimizer": optimizer, "hyperparameters": hyperparameters, "lr": lr,
        "factors": [scale * f for f in factors], "zero_every": zero_every, "other_lr": other_lr,
    }  # fmt: skip


def all_cases():
    decay = {"optimizer_weight_decay": 0.3}
    yield case("Muon", "default", 0.02)
    yield case("Muon", "momentum", 0.02, momentum=0.6)
    yield case("Muon", "without_nesterov", 0.02, nesterov=False)
    yield case("Muon", "weight_decay", 0.02, **decay)
    yield case("Muon", "ns_steps", 0.02, ns_steps=2)
    yield case("Muon", "ns_coefficients", 0.02, ns_steps=3, ns_coefficients=[2.0, -1.5, 0.5])
    yield case("Muon", "eps", 0.02, eps=4.0)
    yield case("Muon", "match_rms_adamw", 0.02, adjust_lr_fn="match_rms_adamw")
    yield case("Muon", "spectral_unclamped", 0.02, adjust_lr_fn="spectral_unclamped")
    yield case("Muon", "adamw", 0.02, other_lr=0.004, adamw_betas=[0.8, 0.9], adamw_eps=0.01, **decay)
    yield case("Muon", "no_gradient_at_first", 0.02, factors=[0.0, 0.0, 1.0, -1.0, 0.0, 0.5])
    yield case("Muon", "tiny_gradients", 0.02, scale=2.0**-40)
    yield case("Muon", "zero_gradients", 0.02, zero_every=2)

    eps = {"eps": [2.0**-23, 1e-3]}  # PyTorch's default of the first one is another number in each precision
    yield case("Adafactor", "default", 0.01, **eps)
    yield case("Adafactor", "rate_above_the_bound", 2.0, **eps)
    yield case("Adafactor", "beta2_decay", 0.01, beta2_decay=-0.3, **eps)
    yield case("Adafactor", "eps", 0.01, eps=[0.25, 2.0])
    yield case("Adafactor", "d", 0.01, d=1.5, **eps)
    yield case("Adafactor", "weight_decay", 0.5, **decay, **eps)
    yield case("Adafactor", "all", 0.6, beta2_decay=-0.5, eps=[0.1, 0.7], d=1.25, **decay)
    yield case("Adafactor", "tiny_gradients", 0.01, scale=2.0**-40, **eps)
    yield case("Adafactor", "zero_gradients", 0.01, zero_every=2, **eps)


def to_torch(values, kind):
    """Weights and kernels with their outputs first, as PyTorch keeps them."""
    if kind in ("matrix", "head"):
        return values.T
    return values.transpose(3, 2, 0, 1) if kind == "kernel" else values


def from_torch(values, kind):
    return values.transpose(2, 3, 1, 0) if kind == "kernel" else to_torch(values, kind)


def gradient(spec, step, tensor):
    stream = 100 + len(TENSORS) * step + tensor
    return common.given_gradient(stream, TENSORS[tensor][1], spec["factors"][step], spec["zero_every"])


def prepared(values, kind, spec, dtype):
    x = np.ascontiguousarray(to_torch(values, kind))
    if spec["optimizer"] == "Muon" and kind == "kernel":
        x = x.reshape(x.shape[0], -1)
    return torch.tensor(x, dtype=dtype)


@contextlib.contextmanager
def bfloat16_is(dtype):
    narrow, method = torch.bfloat16, torch.Tensor.bfloat16
    torch.bfloat16, torch.Tensor.bfloat16 = dtype, lambda tensor: tensor.to(dtype)
    try:
        yield
    finally:
        torch.bfloat16, torch.Tensor.bfloat16 = narrow, method


def make(spec, params):
    """PyTorch's optimizers, those with the learning rate first, and the hyperparameters in use."""
    given = dict(spec["hyperparameters"])
    if spec["optimizer"] == "Adafactor":
        options = {"weight_decay" if k == "optimizer_weight_decay" else k: v for k, v in given.items()}
        optimizer = torch.optim.Adafactor(params, lr=spec["lr"], foreach=False, **options)
        group = optimizer.param_groups[0]
        used = {k: group[k] for k in ("beta2_decay", "eps", "d")}
        return [optimizer], used | {"optimizer_weight_decay": group["weight_decay"]}
    adamw = {"betas": given.pop("adamw_betas", [0.9, 0.999]), "eps": given.pop("adamw_eps", 1e-8)}
    options = {"weight_decay" if k == "optimizer_weight_decay" else k: v for k, v in given.items()}
    muon = torch.optim.Muon([p for p, (kind, _) in zip(params, TENSORS) if kind in ORTHOGONAL], lr=spec["lr"], **options)
    group = muon.param_groups[0]
    others = [p for p, (kind, _) in zip(params, TENSORS) if kind not in ORTHOGONAL]
    rate = spec["other_lr"] or spec["lr"]
    other = torch.optim.AdamW(others, lr=rate, weight_decay=group["weight_decay"], foreach=False, **adamw)
    used = {k: group[k] for k in ("momentum", "nesterov", "ns_coefficients", "ns_steps", "eps")}
    used["adjust_lr_fn"] = group["adjust_lr_fn"] or "original"
    used |= {"optimizer_weight_decay": group["weight_decay"], "adamw_betas": adamw["betas"], "adamw_eps": adamw["eps"]}
    used["adamw_learning_rate"] = spec["other_lr"] or 0.0
    return [muon, other], used


def run(spec, dtype):
    torch.set_default_dtype(dtype)
    params = [
        prepared(common.hash_values(t, int(np.prod(shape))).reshape(shape), kind, spec, dtype).requires_grad_()
        for t, (kind, shape) in enumerate(TENSORS)
    ]
    optimizers, used = make(spec, params)
    history = []
    rates = [common.falling_rates(lr, STEPS) for lr in (spec["lr"], spec["other_lr"] or spec["lr"])]
    for step in range(STEPS):
        for t, p in enumerate(params):
            p.grad = prepared(gradient(spec, step, t), TENSORS[t][0], spec, dtype)
        for optimizer, falling in zip(optimizers, rates):
            optimizer.param_groups[0]["lr"] = falling[step]
            with bfloat16_is(dtype):
                optimizer.step()
        state = []
        for p, (kind, shape) in zip(params, TENSORS):
            torch_shape = to_torch(np.empty(shape), kind).shape
            state.append(from_torch(p.detach().numpy().reshape(torch_shape), kind).flatten())
        history.append(state)
    return history, used


def golden(spec):
    history, used = run(spec, torch.float64)
    narrow, _ = run(spec, torch.float32)
    errors = [max(float(np.abs(a - b).max()) for a, b in zip(x, y)) for x, y in zip(history, narrow)]
    document = {
        "name": spec["name"], "optimizer": spec["optimizer"],
        "hyperparameters": {k: list(v) if isinstance(v, tuple) else v for k, v in used.items()},
        "lr": common.falling_rates(spec["lr"], STEPS),
    }  # fmt: skip
    return document | {
        "gradient_factors": spec["factors"], "zero_every": spec["zero_every"],
        "float64": [[common.exact(p, "float64") for p in step] for step in history], "float32_error": errors,
    }  # fmt: skip


def main():
    torch.set_num_threads(1)
    cases = [golden(spec) for spec in all_cases()]
    assert len({c["name"] for c in cases}) == len(cases)
    tensors = [{"kind": kind, "shape": shape} for kind, shape in TENSORS]
    path = pathlib.Path(__file__).parents[1] / "matrix_optimizers.json"
    common.write_json(path, {"torch": torch.__version__, "tensors": tensors, "cases": cases})
    for c in cases:
        print(c["name"], [f"{e:.1g}" for e in c["float32_error"]])


if __name__ == "__main__":
    main()
