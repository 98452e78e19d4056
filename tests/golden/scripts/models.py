"""The test problems in plain PyTorch, layer by layer as DeepOBS (Schneider, Balles, Hennig, ICLR 2019) defines them.

Parameter names and their order (layer order, weight before bias) are those of the library's own problems.
"""

import dataclasses

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn


class Logreg(nn.Module):
    def __init__(self, classes):
        super().__init__()
        self.fc = nn.Linear(784, classes)

    def forward(self, x):
        return self.fc(x.flatten(1))


class Mlp(nn.Module):
    def __init__(self, classes):
        super().__init__()
        self.fc1 = nn.Linear(784, 1000)
        self.fc2 = nn.Linear(1000, 500)
        self.fc3 = nn.Linear(500, 100)
        self.fc4 = nn.Linear(100, classes)

    def forward(self, x):
        x = F.relu(self.fc1(x.flatten(1)))
        x = F.relu(self.fc2(x))
        x = F.relu(self.fc3(x))
        return self.fc4(x)


class Net2c2d(nn.Module):
    def __init__(self, classes):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 32, 5, padding=2)
        self.conv2 = nn.Conv2d(32, 64, 5, padding=2)
        self.fc1 = nn.Linear(3136, 1024)
        self.fc2 = nn.Linear(1024, classes)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.conv1(x)), 2)
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        x = F.relu(self.fc1(x.flatten(1)))
        return self.fc2(x)


def max_pool_3x3_s2_same(x):
    """TensorFlow's SAME on an even extent: one surplus row below and one column to the right, which never win."""
    return F.max_pool2d(F.pad(x, (0, 1, 0, 1), value=float("-inf")), 3, 2)


class Net3c3d(nn.Module):
    def __init__(self, classes):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 5)
        self.conv2 = nn.Conv2d(64, 96, 3)
        self.conv3 = nn.Conv2d(96, 128, 3, padding=1)
        self.fc1 = nn.Linear(1152, 512)
        self.fc2 = nn.Linear(512, 256)
        self.fc3 = nn.Linear(256, classes)

    def forward(self, x):
        x = max_pool_3x3_s2_same(F.relu(self.conv1(x)))
        x = max_pool_3x3_s2_same(F.relu(self.conv2(x)))
        x = max_pool_3x3_s2_same(F.relu(self.conv3(x)))
        x = F.relu(self.fc1(x.flatten(1)))  # in NCHW order
        x = F.relu(self.fc2(x))
        return self.fc3(x)


class ResidualUnit(nn.Module):
    """A unit of a wide residual network; a widening one has a projection of the normalised input as its shortcut."""

    def __init__(self, channels_in, channels, stride):
        super().__init__()
        self.bn1 = nn.BatchNorm2d(channels_in)
        self.shortcut = nn.Conv2d(channels_in, channels, 1, stride, bias=False) if channels_in != channels else None
        self.conv1 = nn.Conv2d(channels_in, channels, 3, stride, padding=stride % 2, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)

    def forward(self, x):
        a = F.relu(self.bn1(x))
        shortcut = x if self.shortcut is None else self.shortcut(a)
        if self.conv1.stride == (2, 2):  # TensorFlow's SAME: one row below and one column to the right
            a = F.pad(a, (0, 1, 0, 1))
        return self.conv2(F.relu(self.bn2(self.conv1(a)))) + shortcut


class WideResnet(nn.Module):
    """Of `units` units in each of three groups, `widening` times as wide as a residual network."""

    def __init__(self, classes, units, widening=4):
        super().__init__()
        self.conv0 = nn.Conv2d(3, 16, 3, padding=1, bias=False)
        self.names, channels_in = [], 16
        for group in (1, 2, 3):
            channels = 8 * 2**group * widening
            for unit in range(units):
                self.names.append(f"g{group}u{unit}")
                stride = 2 if group > 1 and unit == 0 else 1
                self.add_module(self.names[-1], ResidualUnit(channels_in, channels, stride))
                channels_in = channels
        self.last = nn.ModuleDict({"bn": nn.BatchNorm2d(channels_in)})
        self.fc = nn.Linear(channels_in, classes)

    def forward(self, x):
        x = self.conv0(x)
        for name in self.names:
            x = self.get_submodule(name)(x)
        return self.fc(F.relu(self.last["bn"](x)).mean((2, 3)))


class Wrn164(WideResnet):
    def __init__(self, classes):
        super().__init__(classes, units=2)


class Wrn404(WideResnet):
    def __init__(self, classes):
        super().__init__(classes, units=6)


@dataclasses.dataclass(frozen=True)
class Problem:
    name: str
    data_set: str
    net: type
    classes: int
    image: tuple  # channels, height, width
    parameters: int  # trainable, as the specification counts them
    weight_decay: float = 0.0  # factor of the regulariser, on every kernel: no bias, no weight of a batch norm

    def model(self, dtype):
        model = self.net(self.classes).to(dtype)
        assert sum(p.numel() for p in model.parameters()) == self.parameters
        return model


GREY = (1, 28, 28)
RGB = (3, 32, 32)
PROBLEMS = [
    Problem("mnist_logreg", "mnist", Logreg, 10, GREY, 7_850),
    Problem("mnist_mlp", "mnist", Mlp, 10, GREY, 1_336_610),
    Problem("mnist_2c2d", "mnist", Net2c2d, 10, GREY, 3_274_634),
    Problem("fmnist_logreg", "fmnist", Logreg, 10, GREY, 7_850),
    Problem("fmnist_mlp", "fmnist", Mlp, 10, GREY, 1_336_610),
    Problem("fmnist_2c2d", "fmnist", Net2c2d, 10, GREY, 3_274_634),
    Problem("cifar10_3c3d", "cifar10", Net3c3d, 10, RGB, 895_210, 0.002),
    Problem("cifar100_3c3d", "cifar100", Net3c3d, 100, RGB, 918_340, 0.002),
    Problem("svhn_3c3d", "svhn", Net3c3d, 10, RGB, 895_210, 0.002),
    Problem("svhn_wrn164", "svhn", Wrn164, 10, RGB, 2_748_890, 0.0005),
    Problem("cifar100_wrn404", "cifar100", Wrn404, 100, RGB, 8_972_340, 0.0005),
]


def find(name):
    for problem in PROBLEMS:
        if problem.name == name:
            return problem
    raise SystemExit(f"no problem {name!r}; there are {', '.join(p.name for p in PROBLEMS)}")


def standardise(images):
    """Per-image standardisation in float64: all values of an image together, population deviation, floor 1/sqrt(N)."""
    flat = images.reshape(len(images), -1).astype(np.float64)
    deviation = np.maximum(flat.std(axis=1, keepdims=True), 1 / np.sqrt(flat.shape[1]))
    return ((flat - flat.mean(axis=1, keepdims=True)) / deviation).reshape(images.shape)


def preprocess(problem, images, dtype):
    """uint8 [n, C, H, W] -> network input; computed in float64, rounded once."""
    x = images / 255.0 if problem.image == GREY else standardise(images)
    return torch.from_numpy(x).to(dtype)


def regulariser(model, weight_decay):
    """1/2 weight_decay times the sum of squares of every convolution's and dense layer's weight."""
    if weight_decay == 0:
        return torch.zeros(())
    return 0.5 * weight_decay * sum((p**2).sum() for p in model.parameters() if p.dim() > 1)


def losses(logits, labels):
    return F.cross_entropy(logits, labels, reduction="none")


def accuracy(logits, labels):
    return (logits.argmax(1) == labels).double().mean().item()
