"""What every peer must reach in its check: float64 PyTorch, the networks of the golden references."""

import torch

from . import data as _data  # puts tests/golden on the path
from . import problem as problems
import models  # noqa: E402


def check(problem, optimizer, batch, data_dir, count):
    """What Peer.check() must give: `count` steps on the first rows from the common start."""
    golden = models.find(problem.name)
    if (golden.weight_decay, golden.classes) != (problem.weight_decay, problem.classes):
        raise ValueError(f"{problem.name}: the peers' definition is not that of tests/golden/scripts/models.py")
    training = _data.TrainingSet(problem, data_dir)
    x = models.preprocess(golden, training.images[:batch], torch.float64)
    y = torch.from_numpy(training.labels[:batch])
    model = golden.model(torch.float64)
    start = problems.initial_parameters(problem)
    model.load_state_dict({name: torch.from_numpy(values) for name, values in start.items()})
    options = {"foreach": False, "lr": problems.OPTIMIZERS[optimizer]}
    if optimizer == "Adam":
        stepper = torch.optim.Adam(model.parameters(), betas=problems.BETAS, eps=problems.EPS, **options)
    else:
        momentum = problems.MOMENTUM if optimizer == "Momentum" else 0
        stepper = torch.optim.SGD(model.parameters(), momentum=momentum, **options)
    losses = []
    for _ in range(count):
        loss = models.losses(model(x), y).mean()
        losses.append(loss.item())
        stepper.zero_grad()
        (loss + models.regulariser(model, problem.weight_decay)).backward()
        stepper.step()
    return {"losses": losses, "sum_of_squares": sum((p**2).sum().item() for p in model.parameters())}
