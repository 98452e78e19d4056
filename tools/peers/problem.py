"""The facts of the test problems that every peer needs: they know no framework."""

import dataclasses
import math

import numpy as np

GREY = (1, 28, 28)  # channels, height, width
RGB = (3, 32, 32)
PAD = 2  # zeros around an image that the augmentation crops from


@dataclasses.dataclass(frozen=True)
class Problem:
    name: str
    data_set: str
    network: str
    classes: int = 0
    image: tuple | None = None
    weight_decay: float = 0.0  # factor of the L2 regulariser, on every matrix and kernel: no bias, no batch norm
    batch_size: int = 128  # DeepOBS's default; fmnist_logreg and cifar100_3c3d have none and are given the same
    flips: bool = True  # where images are augmented: SVHN's digits are not flipped
    rates: dict | None = None  # learning rates, where those of OPTIMIZERS are none for it

    @property
    def kind(self):
        """images, text, or synthetic: a function of its parameters and of a few numbers of data."""
        return "images" if self.image else "text" if self.network == "char_rnn" else "synthetic"

    @property
    def augmented(self):
        """DeepOBS's training on CIFAR and SVHN crops, flips and changes colours at random; MNIST only scales."""
        return self.image == RGB

    @property
    def convolutions(self):
        return self.network in ("2c2d", "3c3d", "wrn164")

    def rate(self, optimizer):
        return (self.rates or OPTIMIZERS)[optimizer]


RNN_RATES = {"SGD": 1.0, "Momentum": 1.0, "Adam": 0.001}  # at smaller ones three steps hardly move its loss
LENGTH = 50  # characters of a window of text
EPOCHS_AT_ONCE = 100  # of synthetic problems, whose epochs are too short to be drawn one by one

PROBLEMS = {
    p.name: p
    for p in [
        Problem("mnist_logreg", "mnist", "logreg", 10, GREY),
        Problem("mnist_mlp", "mnist", "mlp", 10, GREY),
        Problem("mnist_2c2d", "mnist", "2c2d", 10, GREY),
        Problem("fmnist_logreg", "fmnist", "logreg", 10, GREY),
        Problem("fmnist_mlp", "fmnist", "mlp", 10, GREY),
        Problem("fmnist_2c2d", "fmnist", "2c2d", 10, GREY),
        Problem("cifar10_3c3d", "cifar10", "3c3d", 10, RGB, 0.002),
        Problem("cifar100_3c3d", "cifar100", "3c3d", 100, RGB, 0.002),
        Problem("svhn_3c3d", "svhn", "3c3d", 10, RGB, 0.002, flips=False),
        Problem("svhn_wrn164", "svhn", "wrn164", 10, RGB, 0.0005, flips=False),
        Problem("tolstoi_char_rnn", "tolstoi", "char_rnn", 83, batch_size=50, rates=RNN_RATES),
        Problem("quadratic_deep", "quadratic", "quadratic"),
        Problem("two_d_rosenbrock", "two_d", "rosenbrock", rates={"SGD": 1e-3, "Momentum": 3e-4, "Adam": 0.02}),
        Problem("two_d_beale", "two_d", "beale", rates={"SGD": 1e-7, "Momentum": 1e-7, "Adam": 0.02}),
        Problem("two_d_branin", "two_d", "branin", rates={"SGD": 0.01, "Momentum": 0.003, "Adam": 0.1}),
    ]
}

# Learning rates at which all problems train without diverging; the speed does not depend on them.
OPTIMIZERS = {"SGD": 0.01, "Momentum": 0.01, "Adam": 0.001}
MOMENTUM = 0.9
BETAS, EPS = (0.9, 0.999), 1e-8


def parameter_shapes(problem):
    """Names and shapes in layer order and in PyTorch's layout: [out, in], [out, in, height, width]."""
    if problem.network in STARTS:
        return {name: np.shape(values) for name, values in STARTS[problem.network].items()}
    if problem.network == "wrn164":
        return _wide_resnet_shapes(problem.classes)
    if problem.network == "char_rnn":
        return _char_rnn_shapes(problem.classes)
    layers = {
        "logreg": {"fc": (problem.classes, 784)},
        "mlp": {"fc1": (1000, 784), "fc2": (500, 1000), "fc3": (100, 500), "fc4": (problem.classes, 100)},
        "2c2d": {"conv1": (32, 1, 5, 5), "conv2": (64, 32, 5, 5), "fc1": (1024, 3136), "fc2": (problem.classes, 1024)},
        "3c3d": {
            "conv1": (64, 3, 5, 5),
            "conv2": (96, 64, 3, 3),
            "conv3": (128, 96, 3, 3),
            "fc1": (512, 1152),
            "fc2": (256, 512),
            "fc3": (problem.classes, 256),
        },
    }[problem.network]
    shapes = {}
    for layer, weight in layers.items():
        shapes[layer + ".weight"], shapes[layer + ".bias"] = weight, weight[:1]
    return shapes


def _wide_resnet_shapes(classes, units=2, widening=4):
    shapes, before = {"conv0.weight": (16, 3, 3, 3)}, 16

    def norm(name, channels):
        shapes[name + ".weight"] = shapes[name + ".bias"] = (channels,)

    for group in (1, 2, 3):
        channels = 8 * 2**group * widening
        for name in (f"g{group}u{unit}" for unit in range(units)):
            norm(name + ".bn1", before)
            if before != channels:
                shapes[name + ".shortcut.weight"] = (channels, before, 1, 1)
            shapes[name + ".conv1.weight"] = (channels, before, 3, 3)
            norm(name + ".bn2", channels)
            shapes[name + ".conv2.weight"] = (channels, channels, 3, 3)
            before = channels
    norm("last.bn", before)
    return {**shapes, "fc.weight": (classes, before), "fc.bias": (classes,)}


def _char_rnn_shapes(symbols, units=128):
    shapes = {"embedding.weight": (symbols, units)}
    for layer in ("lstm1", "lstm2"):
        shapes[layer + ".weight_ih_l0"] = shapes[layer + ".weight_hh_l0"] = (4 * units, units)
        shapes[layer + ".bias_ih_l0"] = (4 * units,)
    return {**shapes, "fc.weight": (symbols, units), "fc.bias": (symbols,)}


STARTS = {
    "quadratic": {"theta": np.ones(100)},
    "rosenbrock": {"weight": np.array(-0.5), "bias": np.array(1.5)},
    "beale": {"weight": np.array(-4.5), "bias": np.array(4.5)},
    "branin": {"weight": np.array(2.5), "bias": np.array(12.5)},
}


def initial_parameters(problem):
    """The same numbers for every peer: Glorot normal weights (not DeepOBS's draw; the speed does not depend on it)."""
    if problem.network in STARTS:
        return {name: values.astype(np.float32) for name, values in STARTS[problem.network].items()}
    random = np.random.default_rng(42)
    parameters = {}
    for name, shape in parameter_shapes(problem).items():
        fans = math.prod(shape[2:]) * sum(shape[:2])
        deviation = math.sqrt(2 / fans) if len(shape) > 1 else 0.0
        parameters[name] = (deviation * random.standard_normal(shape)).astype(np.float32)
        if len(shape) == 1 and name.endswith(".weight"):  # of a batch norm
            parameters[name] += 1
    return parameters
