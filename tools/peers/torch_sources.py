"""What the test problems give to PyTorch: data, network, loss of a step, order of the examples.

A source has
    tensors           the data, where they stay
    origin            where they come from, in words
    steps_per_epoch   mini-batches in a pass
    network()         the module, its trained parameters named as in initial_parameters()
    loss(net, tensors, rows, draws)   of a mini-batch; net is called as the module is
    epoch(steps)      lists of `rows` and `draws` for so many steps
    first_rows()      those of the checks
    random(net, on)   switches dropout
    reset(net)        forgets what the network carries from step to step
"""

import torch
import torch.nn.functional as F
from torch import nn

from . import data, torch_augment
from . import problem as problems
import make_synthetic  # noqa: E402: of the golden references, whose folder data.py puts on the path
import models  # noqa: E402


def make(setting, device, channels_last):
    kind = setting.problem.kind
    if kind == "images":
        return Images(setting, device, channels_last)
    return {"text": Text, "synthetic": Synthetic}[kind](setting, device)


class Source:
    def __init__(self, setting, device):
        self.problem, self.batch, self.device = setting.problem, setting.batch_size, device

    def random(self, net, on):
        pass

    def reset(self, net):
        pass


def layers_of(problem):
    """Layers named as in initial_parameters(). ceil_mode with no padding is TensorFlow's SAME on these even sizes."""
    shapes = problems.parameter_shapes(problem)
    padding = {"2c2d": {"conv1": 2, "conv2": 2}, "3c3d": {"conv3": 1}}.get(problem.network, {})
    pool = {"2c2d": (2, 2), "3c3d": (3, 2)}.get(problem.network)
    layers = nn.Sequential()
    names = [n.removesuffix(".weight") for n in shapes if n.endswith(".weight")]
    flat = False
    for name in names:
        shape = shapes[name + ".weight"]
        if len(shape) == 2 and not flat:
            layers.add_module("flatten", nn.Flatten())
            flat = True
        if len(shape) == 4:
            layers.add_module(name, nn.Conv2d(shape[1], shape[0], shape[2], padding=padding.get(name, 0)))
        else:
            layers.add_module(name, nn.Linear(shape[1], shape[0]))
        if name != names[-1]:
            layers.add_module(name + "_relu", nn.ReLU(inplace=True))
        if len(shape) == 4:
            layers.add_module(name + "_pool", nn.MaxPool2d(*pool, ceil_mode=True))
    return layers


class Images(Source):
    def __init__(self, setting, device, channels_last):
        super().__init__(setting, device)
        self.augmented, self.shuffled, self.channels_last = setting.augment, setting.shuffle, channels_last
        found = data.TrainingSet(self.problem, setting.data_dir)
        self.origin = found.origin
        labels = torch.from_numpy(found.labels).to(device)
        if self.augmented:
            padded = torch.from_numpy(found.padded(channels_last)).to(device)
            images = torch_augment.crop_windows(padded, channels_last)
        else:
            images = torch.from_numpy(found.preprocessed(self.problem, channels_last)).to(device)
        found.release()
        self.tensors = [images, labels]
        self.count = len(labels)
        self.steps_per_epoch = self.count // self.batch

    def network(self):
        return models.Wrn164(self.problem.classes) if self.problem.network == "wrn164" else layers_of(self.problem)

    def loss(self, net, tensors, rows, draws):
        images, labels = tensors
        return F.cross_entropy(net(self._batch(images, rows, draws)), labels.index_select(0, rows))

    def _batch(self, images, rows, draws):
        if self.augmented:
            return torch_augment.augment(images, rows, draws, self.channels_last)
        x = images.index_select(0, rows)
        return x.permute(0, 3, 1, 2) if self.channels_last else x

    def epoch(self, steps):
        order = torch.randperm(self.count) if self.shuffled else torch.arange(self.count)
        rows = order[: steps * self.batch].to(self.device).view(-1, self.batch).unbind()
        if not self.augmented:
            return rows, [None] * steps
        draws = torch_augment.random_draws(steps, self.batch, self.problem.flips)
        return rows, list(zip(*(d.to(self.device).unbind() for d in draws), strict=True))

    def first_rows(self):
        """A row of a larger tensor, as in an epoch; not augmented."""
        rows = torch.arange(self.batch * 2, device=self.device).view(2, -1)[0]
        if not self.augmented:
            return rows, None
        return rows, tuple(d.to(self.device).unbind()[0] for d in torch_augment.neutral_draws(2, self.batch))

    def augmented_images(self, draws):
        """The first images under the given draws (numpy), as numpy [n, H, W, C]."""
        draws = tuple(torch.from_numpy(d).to(self.device) for d in draws)
        rows = torch.arange(len(draws[0]), device=self.device)
        made = torch_augment.augment(self.tensors[0], rows, draws, self.channels_last)
        return made.permute(0, 2, 3, 1).cpu().numpy()


class CharRnn(nn.Module):
    """With PyTorch's own LSTM, whose second bias is the 1 by which TensorFlow's forget gate is larger, and not trained. The
    states stay in the module from step to step."""

    def __init__(self, symbols, batch, units=128):
        super().__init__()
        self.embedding = nn.Embedding(symbols, units)
        self.rate = 0.2
        for name in ("lstm1", "lstm2"):
            layer = nn.LSTM(units, units, batch_first=True)
            with torch.no_grad():
                layer.bias_hh_l0.copy_((torch.arange(4 * units) // units == 1).float())
            layer.bias_hh_l0.requires_grad_(False)
            self.add_module(name, layer)
        self.states = [(torch.zeros(1, batch, units), torch.zeros(1, batch, units)) for _ in range(2)]
        self.fc = nn.Linear(units, symbols)

    def forward(self, ids):
        x = self.embedding(ids)
        for k, layer in enumerate((self.lstm1, self.lstm2)):
            x, state = layer(F.dropout(x, self.rate), self.states[k])
            x = F.dropout(x, self.rate)
            self.states[k] = tuple(part.detach() for part in state)
        return self.fc(x.flatten(0, 1))


class Text(Source):
    def __init__(self, setting, device):
        super().__init__(setting, device)
        found = data.Text(self.problem, self.batch)
        self.origin = found.origin
        self.tensors = [torch.from_numpy(part).to(device) for part in (found.inputs, found.targets)]
        self.steps_per_epoch = len(found.inputs)

    def network(self):
        return CharRnn(self.problem.classes, self.batch)

    def loss(self, net, tensors, rows, draws):
        inputs, targets = tensors
        return F.cross_entropy(net(inputs.index_select(0, rows)[0]), targets.index_select(0, rows).flatten())

    def epoch(self, steps):
        return torch.arange(steps, device=self.device).view(-1, 1).unbind(), [None] * steps

    def first_rows(self):
        return torch.zeros(1, dtype=torch.int64, device=self.device), None

    def random(self, net, on):
        net.rate = 0.2 if on else 0.0

    def reset(self, net):
        net.states = [tuple(torch.zeros_like(part) for part in state) for state in net.states]


class Function(nn.Module):
    """A synthetic problem's losses; the formulas are those of the golden references."""

    def __init__(self, problem):
        super().__init__()
        self.formula = make_synthetic.PROBLEMS[problem.name](torch.float32)
        for name, values in problems.initial_parameters(problem).items():
            self.register_parameter(name, nn.Parameter(torch.from_numpy(values.copy())))

    def forward(self, *columns):
        names = ("points",) if len(columns) == 1 else ("x", "y")
        return self.formula.losses(dict(self.named_parameters()), dict(zip(names, columns, strict=True)))


class Synthetic(Source):
    def __init__(self, setting, device):
        super().__init__(setting, device)
        found = data.Synthetic(self.problem)
        self.origin = found.origin
        self.tensors = [torch.from_numpy(column).to(device) for column in found.columns]
        self.count = len(found.columns[0])
        self.steps_per_epoch = self.count // self.batch * problems.EPOCHS_AT_ONCE

    def network(self):
        return Function(self.problem)

    def loss(self, net, tensors, rows, draws):
        return net(*(column.index_select(0, rows) for column in tensors)).mean()

    def epoch(self, steps):
        used = self.count // self.batch * self.batch
        orders = [torch.randperm(self.count)[:used] for _ in range(problems.EPOCHS_AT_ONCE)]
        return torch.cat(orders).view(-1, self.batch)[:steps].to(self.device).unbind(), [None] * steps

    def first_rows(self):
        return torch.arange(self.batch * 2, device=self.device).view(2, -1)[0], None
