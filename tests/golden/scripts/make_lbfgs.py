"""Writes lbfgs.json: steps of torch.optim.LBFGS on three small objectives.

Tensor t of the parameters begins with hash stream t. Everything else that an objective has is hashed, too:
  quadratic   shapes [3,5], [17]: the sum over both of h/2 (p - c)^2, h = 1 + stream 200 + t times 0.875, c = stream 210 + t
  valley      shapes [4], [4]: the sum of 10 (y - x^2)^2 + (1 - x)^2, x and y being the two tensors
  network     shapes [5,4], [4], [4,2], [2]: the mean square of tanh(x w1 + b1) w2 + b2 - y, where step s has a mini-batch
              of its own, x [6,5] = stream 300 + s and y [6,2] = stream 400 + s
A step evaluates several times. `losses` are those of all its evaluations in their order, the first one at the
parameters before it; `float64` are the parameters behind it. `float32_error` is the largest distance of PyTorch's own
float32 parameters, and -1 where those evaluated another number of times.
"""

import pathlib

import numpy as np
import torch

import common

SHAPES = {"quadratic": [[3, 5], [17]], "valley": [[4], [4]], "network": [[5, 4], [4], [4, 2], [2]]}


def tensor(stream, shape, dtype, scale=1.0, shift=0.0):
    """Exact in float32, so that both precisions begin with the same numbers."""
    values = (common.hash_scaled(stream, int(np.prod(shape)), scale) + shift).astype(np.float32).astype(np.float64)
    return torch.tensor(values.reshape(shape), dtype=dtype)


def objective(kind, params, step):
    dtype = params[0].dtype
    if kind == "quadratic":
        total = 0
        for t, p in enumerate(params):
            h = tensor(200 + t, p.shape, dtype, 0.875, 1.0)
            total = total + (0.5 * h * (p - tensor(210 + t, p.shape, dtype)) ** 2).sum()
        return total
    if kind == "valley":
        x, y = params
        return (10 * (y - x * x) ** 2 + (1 - x) ** 2).sum()
    w1, b1, w2, b2 = params
    x, y = tensor(300 + step, [6, 5], dtype), tensor(400 + step, [6, 2], dtype)
    return ((torch.tanh(x @ w1 + b1) @ w2 + b2 - y) ** 2).mean()


def case(kind, label, steps=4, lr=1.0, line_search="none", **hyperparameters):
    return {
        "name": f"{kind}_{label}", "objective": kind, "steps": steps, "lr": lr,
        "hyperparameters": {"line_search_fn": line_search, **hyperparameters},
    }  # fmt: skip


def all_cases():
    for kind in SHAPES:
        for search in ("none", "strong_wolfe"):
            some = {"line_search": search, "max_iter": 5}
            yield case(kind, f"{search}", lr=1.0 if search == "strong_wolfe" else 0.25, **some)
            yield case(kind, f"{search}_short_history", lr=0.5, history_size=2, steps=3, **some)
            yield case(kind, f"{search}_one_iteration", lr=0.5, line_search=search, max_iter=1, steps=5)
    yield case("valley", "few_evaluations", line_search="strong_wolfe", max_iter=10, max_eval=4)
    yield case("network", "few_evaluations", lr=0.5, max_iter=10, max_eval=3)
    yield case("quadratic", "gradient_small", line_search="strong_wolfe", max_iter=20, tolerance_grad=0.05, steps=3)
    yield case("network", "change_small", lr=0.5, max_iter=20, max_eval=25, tolerance_change=0.01, steps=3)
    yield case("valley", "change_small", line_search="strong_wolfe", max_iter=20, tolerance_change=1e-3, steps=3)
    yield case("valley", "default", lr=0.1, steps=2)
    yield case("valley", "long_first_step", lr=8.0, line_search="strong_wolfe", max_iter=3)
    yield case("network", "long_first_step", lr=64.0, line_search="strong_wolfe", max_iter=3)


def run(spec, dtype):
    torch.set_default_dtype(dtype)
    params = [tensor(t, shape, dtype).requires_grad_() for t, shape in enumerate(SHAPES[spec["objective"]])]
    options = dict(spec["hyperparameters"])
    search = options.pop("line_search_fn")
    optimizer = torch.optim.LBFGS(
        params, lr=spec["lr"], line_search_fn=None if search == "none" else search, **options
    )
    steps = []
    for step in range(spec["steps"]):
        losses = []

        def closure():
            optimizer.zero_grad()
            loss = objective(spec["objective"], params, step)
            loss.backward()
            losses.append(loss.item())
            return loss

        first = optimizer.step(closure)
        assert first.item() == losses[0]
        steps.append({"losses": losses, "float64": [p.detach().flatten().numpy().copy() for p in params]})
    return steps, optimizer


def golden(spec):
    steps, optimizer = run(spec, torch.float64)
    narrow, _ = run(spec, torch.float32)
    group = optimizer.param_groups[0]
    names = ("max_iter", "max_eval", "tolerance_grad", "tolerance_change", "history_size")
    document = {
        "name": spec["name"], "optimizer": "LBFGS", "objective": spec["objective"], "lr": spec["lr"],
        "hyperparameters": {name: group[name] for name in names} | {
            "line_search_fn": spec["hyperparameters"]["line_search_fn"]
        },
        "steps": [],
    }  # fmt: skip
    if "max_eval" not in spec["hyperparameters"]:
        document["hyperparameters"]["max_eval"] = 0  # PyTorch's None: a quarter more than max_iter
    parted = False
    for step, other in zip(steps, narrow):
        parted = parted or len(step["losses"]) != len(other["losses"])
        error = max(float(np.abs(a - b).max()) for a, b in zip(step["float64"], other["float64"]))
        values = [common.exact(p, "float64") for p in step["float64"]]
        document["steps"].append({"losses": step["losses"], "float64": values, "float32_error": -1 if parted else error})
    return document


def main():
    torch.set_num_threads(1)
    cases = [golden(spec) for spec in all_cases()]
    assert len({c["name"] for c in cases}) == len(cases)
    path = pathlib.Path(__file__).parents[1] / "lbfgs.json"
    common.write_json(path, {"torch": torch.__version__, "shapes": SHAPES, "cases": cases})
    for c in cases:
        print(c["name"], [(len(s["losses"]), f'{s["losses"][0]:.3g}', f'{s["float32_error"]:.1g}') for s in c["steps"]])


if __name__ == "__main__":
    main()
