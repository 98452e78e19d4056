"""Writes problems/{quadratic_deep,two_d_*}.json: the synthetic data sets as NumPy makes them, the losses and gradients of
the first batch at the start, and short trainings in PyTorch on the rows in order.

The data and the Hessian are defined by NumPy's RandomState, so nothing here is hashed.
"""

import math
import pathlib

import numpy as np
import torch

import common
import torch_optimizers
from synthetic_data import data, hessian

STEPS = 20
BATCH = 100


class Quadratic:
    parameters = {"theta": np.ones(100)}
    data_set = "quadratic"
    plans = [("SGD", 0.01, {}), ("SGD", 0.003, {"momentum": 0.9, "nesterov": True}), ("Adam", 0.05, {}), ("RMSprop", 0.01, {})]

    def __init__(self, dtype):
        self.hessian = torch.from_numpy(hessian().astype(np.float32)).to(dtype)

    def losses(self, p, batch):
        offset = p["theta"] - batch["points"]
        return 0.5 * ((offset @ self.hessian) * offset).sum(1)


class TwoD:
    data_set = "two_d"

    def __init__(self, dtype):
        pass

    def losses(self, p, batch):
        u, v = p["weight"], p["bias"]
        return self.function(u, v) + u * batch["x"] + v * batch["y"]


class Rosenbrock(TwoD):
    parameters = {"weight": np.array(-0.5), "bias": np.array(1.5)}
    plans = [("SGD", 1e-3, {}), ("SGD", 3e-4, {"momentum": 0.9}), ("Adam", 0.02, {}), ("RMSprop", 0.01, {})]

    def function(self, u, v):
        return (1 - u) ** 2 + 100 * (v - u**2) ** 2


class Beale(TwoD):
    parameters = {"weight": np.array(-4.5), "bias": np.array(4.5)}
    plans = [("SGD", 1e-7, {}), ("SGD", 1e-7, {"momentum": 0.9}), ("Adam", 0.02, {}), ("RMSprop", 0.01, {})]

    def function(self, u, v):
        return (1.5 - u + u * v) ** 2 + (2.25 - u + u * v**2) ** 2 + (2.625 - u + u * v**3) ** 2


class Branin(TwoD):
    parameters = {"weight": np.array(2.5), "bias": np.array(12.5)}
    plans = [("SGD", 0.01, {}), ("SGD", 0.003, {"momentum": 0.9}), ("Adam", 0.1, {}), ("RMSprop", 0.05, {})]

    def function(self, u, v):
        b, c, t = 5.1 / (4 * math.pi**2), 5 / math.pi, 1 / (8 * math.pi)
        return (v - b * u**2 + c * u - 6) ** 2 + 10 * (1 - t) * torch.cos(u) + 10


PROBLEMS = {"quadratic_deep": Quadratic, "two_d_rosenbrock": Rosenbrock, "two_d_beale": Beale, "two_d_branin": Branin}


def start(problem, dtype):
    return {n: torch.tensor(v, dtype=dtype, requires_grad=True) for n, v in problem.parameters.items()}


def batch_of(columns, step, dtype):
    rows = slice(step * BATCH, (step + 1) * BATCH)
    return {name: torch.from_numpy(values[rows]).to(dtype) for name, values in columns.items()}


def first_batch(kind, name, dtype):
    problem, p = kind(dtype), start(kind, dtype)
    losses = problem.losses(p, batch_of(data(kind.data_set, "train"), 0, dtype))
    losses.mean().backward()
    return {
        "losses": common.exact(losses.detach().numpy()[:16], name),
        "mean_loss": common.exact(losses.mean().item(), name),
        "gradients": {n: common.exact(v.grad.numpy().reshape(-1), name) for n, v in p.items()},
    }


def evaluation(kind, part):
    """The mean loss at the start over the whole part, in float64."""
    problem, p = kind(torch.float64), start(kind, torch.float64)
    columns = {n: torch.from_numpy(v).double() for n, v in data(kind.data_set, part).items()}
    return problem.losses(p, columns).mean().item()


def train(kind, plan, dtype):
    name, lr, hyperparameters = plan
    problem, p = kind(dtype), start(kind, dtype)
    columns = data(kind.data_set, "train")
    optimizer = torch_optimizers.make(name, list(p.values()), lr, hyperparameters)
    history = []
    for step in range(STEPS):
        optimizer.zero_grad()
        loss = problem.losses(p, batch_of(columns, step % 10, dtype)).mean()
        loss.backward()
        optimizer.step()
        history.append(loss.item())
    return history, torch_optimizers.resolved(optimizer)


def trajectory(kind, plan):
    double, resolved = train(kind, plan, torch.float64)
    single, _ = train(kind, plan, torch.float32)
    print(f"  {plan[0]:8} {double[0]:.6g} .. {double[-1]:.6g}", flush=True)
    return {
        "optimizer": plan[0],
        "lr": plan[1],
        "hyperparameters": resolved,
        "objective_float64": common.exact(double, "float64"),
        "objective_float32": common.exact(single, "float32"),
    }


def described(values):
    flat = values.reshape(-1)
    return {
        "first": common.exact(flat[:4], "float32"),
        "last": common.exact(flat[-1], "float32"),
        "sum": float(flat.astype(np.float64).sum()),
        "squares": float((flat.astype(np.float64) ** 2).sum()),
    }


def main():
    torch.set_num_threads(1)
    folder = pathlib.Path(__file__).parents[1] / "problems"
    for name, kind in PROBLEMS.items():
        print(name)
        document = {
            "torch": torch.__version__,
            "numpy": np.__version__,
            "problem": name,
            "batch_size": BATCH,
            "parameters": [{"name": n, "shape": list(np.shape(v))} for n, v in kind.parameters.items()],
            "data": {
                part: {n: described(v) for n, v in data(kind.data_set, part).items()}
                for part in ("train", "test", "valid")
            },
            "start": {part: evaluation(kind, part) for part in ("train", "test", "valid")},
            "batch": {
                n: first_batch(kind, n, dtype) for n, dtype in (("float64", torch.float64), ("float32", torch.float32))
            },
            "trajectories": [trajectory(kind, plan) for plan in kind.plans],
        }
        if kind is Quadratic:
            q = hessian()
            document["hessian"] = {
                "first_row": common.exact(q[0], "float64"),
                "last_row": common.exact(q[-1], "float64"),
                "sum": float(q.sum()),
                "trace": float(np.trace(q)),
                "squares": float((q**2).sum()),
            }
        common.write_json(folder / f"{name}.json", document)


if __name__ == "__main__":
    main()
