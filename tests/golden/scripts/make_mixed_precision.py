"""Writes mixed_precision.json: the first training of problems/<problem>.json in mixed precision, one for each network.

Under torch.autocast with bfloat16, on the CPU: parameters, their updates and the loss are float32, products take and
give bfloat16. Same images, parameters and rows as in make_problems.py, in ORDERS orders of summation; `deviation` holds,
per step, the largest distance of any of them from float64, relative to the objective.
"""

import pathlib

import numpy as np
import torch

import common
import make_problems
import models
import torch_optimizers

PROBLEMS = ("mnist_logreg", "mnist_mlp", "mnist_2c2d", "cifar10_3c3d")


def train(problem, images, labels, plan, order):
    torch.set_default_dtype(torch.float32)
    model = make_problems.build(problem, torch.float32)
    x, y = models.preprocess(problem, images, torch.float32), torch.from_numpy(labels)
    name, lr, hyperparameters = plan
    optimizer = torch_optimizers.make(name, model.parameters(), lr, hyperparameters)
    history = []
    for step in range(make_problems.STEPS):
        rows = make_problems.rows_of(step, order)
        optimizer.zero_grad()
        with torch.autocast("cpu", dtype=torch.bfloat16):
            logits = model(x[rows])
        total = models.losses(logits.float(), y[rows]).mean() + models.regulariser(model, problem.weight_decay)
        total.backward()
        optimizer.step()
        history.append(total.item())
    return history


def golden(problem):
    images, labels = make_problems.training_set(problem)
    plan = make_problems.BASIC[problem.net][0]
    double = np.array(make_problems.train(problem, images, labels, plan, torch.float64)[0])
    runs = np.array([train(problem, images, labels, plan, order) for order in range(make_problems.ORDERS)])
    deviation = np.abs(runs / double - 1).max(axis=0)
    print(f"{problem.name} at most {deviation.max():.1e}", flush=True)
    return {"problem": problem.name, "optimizer": plan[0], "deviation": [float(f"{v:.3g}") for v in deviation]}


def main():
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    runs = [golden(models.find(name)) for name in PROBLEMS]
    common.write_json(
        pathlib.Path(__file__).parents[1] / "mixed_precision.json", {"torch": torch.__version__, "trajectories": runs}
    )


if __name__ == "__main__":
    main()
