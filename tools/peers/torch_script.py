"""The usual kind of PyTorch program: one epoch of a Fashion-MNIST problem, with an evaluation before and after it.

    python -m peers.torch_script PROBLEM --data_dir FOLDER --threads 2 --workers 0       (from the folder tools/)
"""

import argparse
import gzip
import pathlib

import numpy as np
import torch
import torch.nn.functional as F
from torch.utils.data import DataLoader, Dataset, Subset

from .problem import PROBLEMS, initial_parameters
from .torch_sources import layers_of

TRAIN_EVAL_SIZE = 10_000


class Images(Dataset):
    def __init__(self, folder, half):
        with gzip.open(pathlib.Path(folder) / f"{half}-images-idx3-ubyte.gz") as file:
            self.images = torch.from_numpy(np.frombuffer(file.read(), np.uint8, offset=16).copy()).view(-1, 1, 28, 28)
        with gzip.open(pathlib.Path(folder) / f"{half}-labels-idx1-ubyte.gz") as file:
            self.labels = np.frombuffer(file.read(), np.uint8, offset=8).astype(np.int64)

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, k):
        return self.images[k].float() / 255, self.labels[k]


@torch.no_grad()
def evaluate(net, loader):
    loss = accuracy = 0.0
    for x, y in loader:
        logits = net(x)
        loss += F.cross_entropy(logits, y).item()
        accuracy += (logits.argmax(1) == y).float().mean().item()
    return loss / len(loader), accuracy / len(loader)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("problem")
    parser.add_argument("--data_dir", required=True)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--workers", type=int, required=True)
    parser.add_argument("--batch_size", type=int, default=128)
    parser.add_argument("--lr", type=float, default=0.01)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)

    train, test = Images(args.data_dir, "train"), Images(args.data_dir, "t10k")
    options = {"batch_size": args.batch_size, "drop_last": True, "num_workers": args.workers}
    options["persistent_workers"] = args.workers > 0
    loader = DataLoader(train, shuffle=True, **options)
    train_eval = DataLoader(Subset(train, torch.randperm(len(train))[:TRAIN_EVAL_SIZE].tolist()), **options)
    test_loader = DataLoader(test, **options)

    net = layers_of(PROBLEMS[args.problem])
    with torch.no_grad():
        for name, values in initial_parameters(PROBLEMS[args.problem]).items():
            net.get_parameter(name).copy_(torch.from_numpy(values))
    optimizer = torch.optim.SGD(net.parameters(), lr=args.lr)
    for epoch in range(2):
        results = [evaluate(net, each) for each in (train_eval, test_loader)]
        print(epoch, *(f"loss {loss:.5f} accuracy {accuracy:.4f}" for loss, accuracy in results))
        if epoch == 0:
            for x, y in loader:
                optimizer.zero_grad()
                F.cross_entropy(net(x), y).backward()
                optimizer.step()


if __name__ == "__main__":
    main()
