"""What every peer must reach in its check: float64 PyTorch, the networks of the golden references."""

import torch

from . import data as _data  # puts tests/golden on the path
from . import problem as problems
import make_char_rnn  # noqa: E402
import make_synthetic  # noqa: E402
import models  # noqa: E402


def check(problem, optimizer, batch, data_dir, count):
    """What Peer.check() must give: `count` steps on the first rows from the common start."""
    kinds = {"images": _images, "text": _text, "synthetic": _synthetic}
    objective, trained = kinds[problem.kind](problem, batch, data_dir)
    with torch.no_grad():
        for name, values in problems.initial_parameters(problem).items():
            trained[name].copy_(torch.from_numpy(values))
    parameters = list(trained.values())
    options = {"foreach": False, "lr": problem.rate(optimizer)}
    if optimizer == "Adam":
        stepper = torch.optim.Adam(parameters, betas=problems.BETAS, eps=problems.EPS, **options)
    else:
        momentum = problems.MOMENTUM if optimizer == "Momentum" else 0
        stepper = torch.optim.SGD(parameters, momentum=momentum, **options)
    losses = []
    for _ in range(count):
        loss, penalty = objective()
        losses.append(loss.item())
        stepper.zero_grad()
        (loss + penalty).backward()
        stepper.step()
    return {"losses": losses, "sum_of_squares": sum((p**2).sum().item() for p in parameters)}


# Each: a function that gives loss and penalty of the first mini-batch, and the parameters by name.


def _images(problem, batch, data_dir):
    golden = models.find(problem.name)
    if (golden.weight_decay, golden.classes) != (problem.weight_decay, problem.classes):
        raise ValueError(f"{problem.name}: the peers' definition is not that of tests/golden/scripts/models.py")
    training = _data.TrainingSet(problem, data_dir)
    x = models.preprocess(golden, training.images[:batch], torch.float64)
    y = torch.from_numpy(training.labels[:batch])
    model = golden.model(torch.float64)

    def objective():
        return models.losses(model(x), y).mean(), models.regulariser(model, problem.weight_decay)

    return objective, dict(model.named_parameters())


def _text(problem, batch, _):
    """The cell of the golden references, without dropout. A window begins with the state that the step before left."""
    found = _data.Text(problem, batch)
    x, y = torch.from_numpy(found.inputs[0]), torch.from_numpy(found.targets[0]).flatten()
    shapes = problems.parameter_shapes(problem)
    p = {name: torch.zeros(shape, dtype=torch.float64, requires_grad=True) for name, shape in shapes.items()}
    cell = {name.replace("bias_ih_l0", "bias").replace("_l0", ""): value for name, value in p.items()}
    states = {layer: (torch.zeros(batch, 128, dtype=torch.float64),) * 2 for layer in ("lstm1", "lstm2")}

    def objective():
        h = p["embedding.weight"][x]
        for layer in states:
            h, state = make_char_rnn.lstm(cell, layer, h, states[layer])
            states[layer] = tuple(part.detach() for part in state)
        logits = h @ p["fc.weight"].T + p["fc.bias"]
        return torch.nn.functional.cross_entropy(logits.flatten(0, 1), y), 0

    return objective, p


def _synthetic(problem, batch, _):
    kind = make_synthetic.PROBLEMS[problem.name]
    formula, p = kind(torch.float64), make_synthetic.start(kind, torch.float64)
    columns = {n: torch.from_numpy(v[:batch]).double() for n, v in make_synthetic.data(kind.data_set, "train").items()}

    def objective():
        return formula.losses(p, columns).mean(), 0

    return objective, p
