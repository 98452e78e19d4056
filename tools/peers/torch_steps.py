"""Seconds of the processor for a training step in PyTorch of the problems that compare_peers.py does not know.

    python -m peers.torch_steps svhn_wrn164 tolstoi_char_rnn --threads 1       (from the folder tools/)

Forward pass, objective and backward pass, of tolstoi_char_rnn with the update, on random data. With one thread, seconds
of the processor do not depend on what else the machine does.
"""

import argparse
import statistics
import time

import torch
import torch.nn.functional as F
from torch import nn

from . import data as _data  # noqa: F401: puts tests/golden on the path
import models  # noqa: E402


class CharRnn(nn.Module):
    """With PyTorch's own LSTM, which has a second bias of as many numbers."""

    def __init__(self, symbols=83, units=128):
        super().__init__()
        self.embedding = nn.Embedding(symbols, units)
        self.layers = nn.ModuleList(nn.LSTM(units, units, batch_first=True) for _ in range(2))
        self.fc = nn.Linear(units, symbols)

    def forward(self, x, states):
        x, left = self.embedding(x), []
        for layer, state in zip(self.layers, states, strict=True):
            x, state = layer(F.dropout(x, 0.2), state)
            x = F.dropout(x, 0.2)
            left.append(state)
        return self.fc(x.flatten(0, 1)), left


def char_rnn_step(_):
    net, batch, length = CharRnn(), 50, 50
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    x, y = (torch.randint(0, 83, shape) for shape in ((batch, length), (batch * length,)))
    states = [(torch.zeros(1, batch, 128), torch.zeros(1, batch, 128)) for _ in range(2)]

    def step():
        nonlocal states
        optimizer.zero_grad()
        logits, left = net(x, states)
        F.cross_entropy(logits, y).backward()
        optimizer.step()
        states = [tuple(part.detach() for part in state) for state in left]

    return step


def image_step(channels_last):
    problem = models.find("svhn_wrn164")
    layout = torch.channels_last if channels_last else torch.contiguous_format
    net = problem.model(torch.float32).to(memory_format=layout)
    x, y = torch.randn(128, 3, 32, 32).contiguous(memory_format=layout), torch.arange(128) % problem.classes

    def step():
        net.zero_grad()
        (F.cross_entropy(net(x), y) + models.regulariser(net, problem.weight_decay)).backward()

    return step


STEPS = {"svhn_wrn164": (image_step, (False, True)), "tolstoi_char_rnn": (char_rnn_step, (False,))}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("problems", nargs="+", choices=STEPS)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--repetitions", type=int, default=5)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    for problem in arguments.problems:
        make, variants = STEPS[problem]
        for channels_last in variants:
            step = make(channels_last)
            step()
            seconds = []
            for _ in range(arguments.repetitions):
                begin = time.process_time()
                step()
                seconds.append(time.process_time() - begin)
            layout = ", channels_last" if channels_last else ""
            print(f"{problem}{layout}: {1e3 * statistics.median(seconds):.1f} ms of the processor", flush=True)


if __name__ == "__main__":
    main()
