"""Writes problems/<problem>.json: loss, gradients and short trainings of each test problem on hashed images.

Parameter tensor i (in the order of the JSON) is hash stream `streams.parameters + i` times its `scale`. The training
set has 160 images; the single batch is its first 16. Trainings take batches of 16 rows in order, 20 steps = 2 passes;
`final` is an evaluation of the whole training set after them.

A training amplifies rounding: some step soon has a ReLU or a max pool so near its kink that two orders of summation
fall on different sides, and from there on the curves part, at once by 1e-6 to 1e-4 and by more in each later step. So
each training is run in float32 with ORDERS orders of summation, and `float32_spread` holds, per step, the largest
distance of any of them from float64. Small learning rates and a small last layer keep the amplification low.
"""

import math
import pathlib
import sys
import time

import numpy as np
import torch

import common
import models
import torch_optimizers

BATCH = 16
IMAGES = 160
STEPS = 20
PROJECTIONS = 4
ORDERS = 6

NESTEROV = {"momentum": 0.9, "nesterov": True}
BASIC = {
    models.Logreg: [("SGD", 0.05, {}), ("SGD", 0.01, NESTEROV), ("Adam", 1e-3, {}), ("RMSprop", 1e-3, {})],
    models.Mlp: [("SGD", 0.05, {}), ("SGD", 0.01, NESTEROV), ("Adam", 3e-4, {}), ("RMSprop", 1e-4, {})],
    models.Net2c2d: [("SGD", 0.01, {}), ("SGD", 0.003, NESTEROV), ("Adam", 1e-4, {}), ("RMSprop", 3e-5, {})],
    models.Net3c3d: [("SGD", 0.01, {}), ("SGD", 0.003, NESTEROV), ("Adam", 1e-4, {}), ("RMSprop", 3e-5, {})],
    models.Wrn164: [("SGD", 0.01, {}), ("Adam", 1e-4, {})],  # a step takes seconds
    models.Wrn404: [],
}
FURTHER = [  # for mnist_logreg and mnist_mlp
    ("AdamW", 3e-4, {"optimizer_weight_decay": 0.01}),
    ("Adagrad", 1e-3, {}),
    ("Adadelta", 0.3, {}),
    ("Adamax", 1e-3, {}),
    ("NAdam", 3e-4, {}),
    ("RAdam", 3e-4, {}),
    ("Rprop", 1e-4, {"step_sizes": [1e-6, 1e-3]}),
    ("ASGD", 0.05, {"lambd": 1e-3, "t0": 5.0}),
    ("Lion", 3e-5, {"optimizer_weight_decay": 0.1}),
]
ALL_OPTIMIZERS = {"mnist_logreg", "mnist_mlp"}


def streams_of(problem):
    base = 1000 * (1 + models.PROBLEMS.index(problem))
    return {"parameters": base, "noise": base + 500, "pattern": base + 501, "labels": base + 502,
            "projections": base + 600}  # fmt: skip


def scales_of(model):
    """Bounds of the uniform values: weight variance 2/fan_in, but 1/fan_in before overlapping max pools, which enlarge;
    a small last layer, unless a mean over pixels stands in front of it; small biases; weights of batch norms up to 1."""
    named = list(model.named_parameters())
    hidden = 3 if isinstance(model, models.Net3c3d) else 6
    last = 2 if isinstance(model, models.WideResnet) else 0.05
    scales = []
    for i, (name, p) in enumerate(named):
        gain = last if i >= len(named) - 2 else hidden if p.dim() > 1 else 1
        scale = 0.05 if name.endswith(".bias") else math.sqrt(gain / int(np.prod(p.shape[1:])))
        scales.append(np.float32(scale))
    return scales


def build(problem, dtype):
    model = problem.model(dtype)
    stream = streams_of(problem)["parameters"]
    with torch.no_grad():
        for i, (p, scale) in enumerate(zip(model.parameters(), scales_of(model))):
            p.copy_(torch.from_numpy(common.hash_scaled(stream + i, p.numel(), scale).reshape(p.shape)))
    return model


def training_set(problem):
    s = streams_of(problem)
    labels = common.hash_labels(s["labels"], IMAGES, problem.classes)
    return common.hash_images(s["noise"], s["pattern"], labels, *problem.image), labels


def objective(problem, model, x, y):
    logits = model(x)
    losses = models.losses(logits, y)
    reg = models.regulariser(model, problem.weight_decay)
    return logits, losses, reg, losses.mean() + reg


def gradient_summary(problem, tensor, gradient, name):
    """Sums over float32 gradients are taken in float64, so that they describe the gradient and not the summation."""
    g = gradient.detach().flatten().double().numpy()
    first = streams_of(problem)["projections"] + PROJECTIONS * tensor
    return {
        "norm": float(np.linalg.norm(g)),
        "sum": float(g.sum()),
        "projections": [float(g @ common.hash_values(first + j, g.size)) for j in range(PROJECTIONS)],
        "first": common.exact(g[:4], name),
        "last": common.exact(g[-4:], name),
    }


def single_batch(problem, images, labels, name, dtype):
    torch.set_default_dtype(dtype)
    model = build(problem, dtype)
    x, y = models.preprocess(problem, images[:BATCH], dtype), torch.from_numpy(labels[:BATCH])
    logits, losses, reg, total = objective(problem, model, x, y)
    total.backward()
    top = logits.detach().topk(2, dim=1).values
    assert (top[:, 0] - top[:, 1]).min() > 1e-4, "an arg-max is too close to call"
    return {
        "losses": common.exact(losses.detach().numpy(), name),
        "mean_loss": common.exact(losses.mean().item(), name),
        "regulariser": common.exact(reg.item(), name),
        "objective": common.exact(total.item(), name),
        "accuracy": models.accuracy(logits, y),
        "predictions": logits.argmax(1).tolist(),
        "logits": common.exact(logits[:2].detach().numpy(), name),
        **evaluation(problem, model, x, y, name),
        "gradients": {
            n: gradient_summary(problem, i, p.grad, name) for i, (n, p) in enumerate(model.named_parameters())
        },
    }


def evaluation(problem, model, x, y, name):
    """Of a model with batch norms, which evaluates by the running statistics that its training steps left."""
    if not list(model.buffers()):
        return {}
    model.eval()
    with torch.no_grad():
        logits, losses, _, total = objective(problem, model, x, y)
    return {
        "evaluated": {
            "mean_loss": common.exact(losses.mean().item(), name),
            "objective": common.exact(total.item(), name),
            "accuracy": models.accuracy(logits, y),
        }
    }


def rows_of(step, order):
    """The rows of a batch. Orders above 0 are the same rows otherwise arranged: reversed, then hashed permutations."""
    at = step * BATCH % IMAGES
    rows = np.arange(at, at + BATCH)
    if order == 1:
        rows = rows[::-1].copy()
    elif order > 1:
        rows = rows[np.argsort(common.hash_values(order, BATCH))]
    return torch.from_numpy(rows)


def train(problem, images, labels, plan, dtype, order=0):
    """The objective before each update, and an evaluation of the whole training set after the last.

    An odd `order` also takes channels-last tensors, hence other convolution code.
    """
    torch.set_default_dtype(dtype)
    model = build(problem, dtype)
    x, y = models.preprocess(problem, images, dtype), torch.from_numpy(labels)
    if order % 2:
        model, x = model.to(memory_format=torch.channels_last), x.contiguous(memory_format=torch.channels_last)
    name, lr, hyperparameters = plan
    optimizer = torch_optimizers.make(name, model.parameters(), lr, hyperparameters)
    history = []
    for step in range(STEPS):
        rows = rows_of(step, order)
        optimizer.zero_grad()
        total = objective(problem, model, x[rows], y[rows])[3]
        total.backward()
        optimizer.step()
        history.append(total.item())
    model.eval()
    with torch.no_grad():
        logits, _, _, total = objective(problem, model, x, y)
    final = {"objective": total.item(), "accuracy": models.accuracy(logits, y)}
    return history, final, torch_optimizers.resolved(optimizer)


def trajectory(problem, images, labels, plan):
    double, final, resolved = train(problem, images, labels, plan, torch.float64)
    runs = [train(problem, images, labels, plan, torch.float32, order) for order in range(ORDERS)]
    single = [run[0] for run in runs]
    spread = np.abs(np.array(single) - np.array(double)).max(axis=0)
    print(f"  {plan[0]:8} {double[0]:.4f} .. {max(double):.4f} .. {final['objective']:.4f}", end="")
    print(f" accuracy {final['accuracy']:.3f} float32 spread {spread[:5].max():.1e}, {spread.max():.1e}", flush=True)
    return {
        "optimizer": plan[0],
        "lr": plan[1],
        "hyperparameters": resolved,
        "objective_float64": common.exact(double, "float64"),
        "objective_float32": common.exact(single[0], "float32"),
        "objective_float32_reordered": common.exact(single[1], "float32"),
        "float32_spread": [float(f"{v:.3g}") for v in spread],
        "final": {
            "objective_float64": final["objective"],
            "objective_float32": common.exact(runs[0][1]["objective"], "float32"),
            "accuracy_float64": final["accuracy"],
            "accuracy_float32": sorted({run[1]["accuracy"] for run in runs}),
        },
    }


def golden(problem):
    images, labels = training_set(problem)
    model = problem.model(torch.float32)
    scales = scales_of(model)
    plans = BASIC[problem.net] + (FURTHER if problem.name in ALL_OPTIMIZERS else [])
    return {
        "torch": torch.__version__,
        "problem": problem.name,
        "classes": problem.classes,
        "image": list(problem.image),
        "images": IMAGES,
        "batch_size": BATCH,
        "weight_decay": problem.weight_decay,
        "streams": streams_of(problem),
        "labels": labels.tolist(),
        "image_byte_sum": int(images.sum(dtype=np.int64)),
        "parameters": [
            {"name": n, "shape": list(p.shape), "scale": common.exact(s, "float32")}
            for (n, p), s in zip(model.named_parameters(), scales)
        ],
        "batch": {
            name: single_batch(problem, images, labels, name, dtype)
            for name, dtype in (("float64", torch.float64), ("float32", torch.float32))
        },
        "trajectories": [trajectory(problem, images, labels, plan) for plan in plans],
    }


def main():
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    folder = pathlib.Path(__file__).parents[1] / "problems"
    folder.mkdir(exist_ok=True)
    for problem in map(models.find, sys.argv[1:] or [p.name for p in models.PROBLEMS]):
        start = time.monotonic()
        print(problem.name)
        common.write_json(folder / f"{problem.name}.json", golden(problem))
        print(f"  {time.monotonic() - start:.0f} s")


if __name__ == "__main__":
    main()
