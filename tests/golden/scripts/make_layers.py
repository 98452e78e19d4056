"""Writes layers.json: outputs and gradients of PyTorch's batch norm, LSTM, embedding and a small residual network.

All are computed in float64.

Every operand is hash stream `streams[name]` of its case times `scale`, in PyTorch's shape but for images, which are
[N, H, W, C]. Gradients are those of the sum of all outputs times the values of their `d<output>` streams.
"""

import pathlib

import numpy as np
import torch

import common
import models

MOMENTUM, EPS = 0.1, 1e-5
FORGET_BIAS = 1.0
BATCHES = 3


class Operands:
    """Makes operands of the streams from `base` on and remembers which those were."""

    def __init__(self, base):
        self.next, self.streams = base, {}

    def tensor(self, name, *shape, scale=1.0):
        values = common.hash_scaled(self.next, int(np.prod(shape)), np.float32(scale)).reshape(shape)
        self.streams[name] = self.next
        self.next += 1
        return torch.from_numpy(values)

    def wanted(self, name, *shape, scale=1.0):
        return self.tensor(name, *shape, scale=scale).requires_grad_(True)


def numbers(tensor):
    return common.exact(tensor.detach().flatten().numpy(), "float64")


def batch_norm(base, shape):
    """Three mini-batches in training, the gradients of the last one, and the first one in evaluation afterwards."""
    channels = shape[-1]
    to_torch = (lambda x: x.movedim(-1, 1)) if len(shape) > 2 else (lambda x: x)
    to_ours = (lambda x: x.movedim(1, -1)) if len(shape) > 2 else (lambda x: x)
    norm = (torch.nn.BatchNorm2d if len(shape) > 2 else torch.nn.BatchNorm1d)(channels, eps=EPS, momentum=MOMENTUM)
    operands = Operands(base)
    with torch.no_grad():
        norm.weight.copy_(operands.tensor("weight", channels))
        norm.bias.copy_(operands.tensor("bias", channels))
    batches = [operands.wanted(f"x{k}", *shape, scale=1 + k) for k in range(BATCHES)]
    dy = operands.tensor("dy", *shape)
    norm.train()
    for x in batches:
        y = norm(to_torch(x))
    dx, dweight, dbias = torch.autograd.grad(y, [batches[-1], norm.weight, norm.bias], to_torch(dy))
    norm.eval()
    return {
        "shape": list(shape),
        "momentum": MOMENTUM,
        "eps": EPS,
        "streams": operands.streams,
        "y": numbers(to_ours(y)),
        "dx": numbers(dx),
        "dweight": numbers(dweight),
        "dbias": numbers(dbias),
        "running_mean": numbers(norm.running_mean),
        "running_var": numbers(norm.running_var),
        "evaluated": numbers(to_ours(norm(to_torch(batches[0])))),
    }


def lstm(base, sequences, steps, features, units):
    """Two mini-batches; the second one begins with the state that the first one left, through which no gradient flows."""
    operands = Operands(base)
    layer = torch.nn.LSTM(features, units, batch_first=True)
    parameters = {
        "weight_ih": operands.wanted("weight_ih", 4 * units, features, scale=0.5),
        "weight_hh": operands.wanted("weight_hh", 4 * units, units, scale=0.5),
        "bias": operands.wanted("bias", 4 * units),
    }
    forget = torch.zeros(4 * units)
    forget[units : 2 * units] = FORGET_BIAS
    x = [operands.wanted(f"x{k}", sequences, steps, features) for k in range(2)]
    state = {name: operands.wanted(name, sequences, units) for name in ("h0", "c0")}
    dy = operands.tensor("dy", sequences, steps, units)
    dh, dc = operands.tensor("dh", sequences, units), operands.tensor("dc", sequences, units)

    def run(x, h, c):
        given = {
            "weight_ih_l0": parameters["weight_ih"],
            "weight_hh_l0": parameters["weight_hh"],
            "bias_ih_l0": parameters["bias"],
            "bias_hh_l0": forget,
        }
        y, (h, c) = torch.func.functional_call(layer, given, (x, (h[None], c[None])))
        return y, h[0], c[0]

    def gradients(outputs, wanted):
        objective = sum((output * d).sum() for output, d in zip(outputs, (dy, dh, dc), strict=True))
        return dict(zip(wanted, torch.autograd.grad(objective, list(wanted.values())), strict=True))

    def described(outputs, made):
        result = {name: numbers(value) for name, value in zip(("y", "h", "c"), outputs, strict=True)}
        return result | {f"d{name}": numbers(value) for name, value in made.items()}

    first = run(x[0], state["h0"], state["c0"])
    second = run(x[1], first[1].detach(), first[2].detach())
    return {
        "sequences": sequences,
        "steps": steps,
        "features": features,
        "units": units,
        "forget_bias": FORGET_BIAS,
        "weight_scale": 0.5,
        "streams": operands.streams,
        "first": described(first, gradients(first, {"x": x[0], **state, **parameters})),
        "second": described(second, gradients(second, {"x": x[1], **parameters})),
    }


def embedding(base, shape, rows, width):
    operands = Operands(base)
    table = operands.wanted("table", rows, width)
    ids = torch.from_numpy(common.hash_labels(operands.next, int(np.prod(shape)), rows).reshape(shape))
    operands.streams["ids"] = operands.next
    operands.next += 1
    y = torch.nn.functional.embedding(ids, table)
    (dtable,) = torch.autograd.grad(y, [table], operands.tensor("dy", *shape, width))
    return {
        "shape": list(shape),
        "rows": rows,
        "width": width,
        "streams": operands.streams,
        "y": numbers(y),
        "dtable": numbers(dtable),
    }


def wide_resnet(base, units, widening, image, count, classes):
    """A step of training, and the same images in evaluation by the statistics that it began. So few relus that none lies
    at its kink."""
    operands = Operands(base)
    model = models.WideResnet(classes, units, widening)
    x = operands.tensor("images", count, image, image, 3)
    labels = torch.from_numpy(common.hash_labels(operands.next, count, classes))
    operands.streams["labels"] = operands.next
    operands.streams["parameters"] = operands.next + 1
    operands.streams["projections"] = operands.next + 500
    scales = []
    for i, p in enumerate(model.parameters()):
        scale = np.float32(0.5 if p.dim() == 1 else np.sqrt(6 / np.prod(p.shape[1:])))
        values = common.hash_scaled(operands.streams["parameters"] + i, p.numel(), scale)
        p.data.copy_(torch.from_numpy(values.reshape(p.shape)))
        scales.append(common.exact(scale, "float32"))
    images = x.movedim(-1, 1)
    losses = torch.nn.functional.cross_entropy(model(images), labels, reduction="none")
    losses.mean().backward()
    model.eval()
    evaluated = torch.nn.functional.cross_entropy(model(images), labels, reduction="none")
    gradients = {}
    for i, (name, p) in enumerate(model.named_parameters()):
        g = p.grad.flatten().numpy()
        first = operands.streams["projections"] + 4 * i
        projections = [float(g @ common.hash_values(first + j, g.size)) for j in range(4)]
        gradients[name] = {"norm": float(np.linalg.norm(g)), "projections": projections}
    return {
        "units": units,
        "widening": widening,
        "image": image,
        "count": count,
        "classes": classes,
        "streams": operands.streams,
        "scales": scales,
        "losses": numbers(losses),
        "evaluated": numbers(evaluated),
        "gradients": gradients,
    }


def main():
    torch.set_num_threads(1)
    torch.set_default_dtype(torch.float64)
    common.write_json(
        pathlib.Path(__file__).parents[1] / "layers.json",
        {
            "torch": torch.__version__,
            "batch_norm": [batch_norm(100, (3, 4, 3, 5)), batch_norm(120, (7, 3))],
            "lstm": [lstm(140, 3, 5, 4, 6)],
            "embedding": [embedding(180, (4, 6), 7, 3)],
            "wide_resnet": [wide_resnet(2000, 2, 2, 8, 4, 10)],
        },
    )


if __name__ == "__main__":
    main()
