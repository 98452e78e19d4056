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
    classes: int
    image: tuple
    weight_decay: float = 0.0  # factor of the L2 regulariser, on every weight and no bias
    batch_size: int = 128  # DeepOBS's default; fmnist_logreg and cifar100_3c3d have none and are given the same

    @property
    def augmented(self):
        """DeepOBS's CIFAR training crops, flips and changes colours at random; MNIST only scales."""
        return self.image == RGB

    @property
    def convolutions(self):
        return self.network in ("2c2d", "3c3d")


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
    ]
}

# Learning rates at which all problems train without diverging; the speed does not depend on them.
OPTIMIZERS = {"SGD": 0.01, "Momentum": 0.01, "Adam": 0.001}
MOMENTUM = 0.9
BETAS, EPS = (0.9, 0.999), 1e-8


def parameter_shapes(problem):
    """Names and shapes in layer order and in PyTorch's layout: [out, in], [out, in, height, width]."""
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


def initial_parameters(problem):
    """The same numbers for every peer: Glorot normal weights (not DeepOBS's draw; the speed does not depend on it)."""
    random = np.random.default_rng(42)
    parameters = {}
    for name, shape in parameter_shapes(problem).items():
        fans = math.prod(shape[2:]) * sum(shape[:2])
        deviation = math.sqrt(2 / fans) if len(shape) > 1 else 0.0
        parameters[name] = (deviation * random.standard_normal(shape)).astype(np.float32)
    return parameters
