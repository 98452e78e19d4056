"""Finds the official data files where deepobs looks for them, reads them and prepares them for a peer, once.

Without files the bytes are random, in the official number and shape: the speed of a step does not depend on them. SVHN
and the text always are.
"""

import pathlib
import sys

import numpy as np

from . import problem as problems

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "tests" / "golden" / "scripts"))
import official_data  # noqa: E402  (the reader of the golden references)
import synthetic_data  # noqa: E402

FOLDERS = {
    "mnist": ["mnist", "MNIST/raw"],
    "fmnist": ["fmnist", "fashion-mnist", "FashionMNIST/raw"],
    "cifar10": ["cifar-10", "cifar-10-batches-bin", "cifar10"],
    "cifar100": ["cifar-100", "cifar-100-binary", "cifar100"],
}
NEEDED = {
    "mnist": "train-images-idx3-ubyte.gz",
    "fmnist": "train-images-idx3-ubyte.gz",
    "cifar10": "data_batch_1.bin",
    "cifar100": "train.bin",
}
CHUNK = 1000  # images prepared at a time: what is only needed meanwhile must not show in the peak memory


def find(data_set, data_dir):
    """The folder of a data set's files, or None. `data_dir` (or None) is looked at before deepobs's default places."""
    places = ["data_deepobs", "data", pathlib.Path.home() / ".local/share/deepobs"]
    places += ["/usr/local/share/datasets", "/usr/share/datasets"]
    for place in map(pathlib.Path, ([data_dir] if data_dir else []) + places):
        for name in FOLDERS.get(data_set, []):
            if (place / name / NEEDED[data_set]).is_file():
                return (place / name).resolve()
    return None


class TrainingSet:
    """The training half of a problem's data: `images` uint8 [n, C, H, W], `labels` int64 [n], `origin` in words."""

    def __init__(self, problem, data_dir):
        folder = find(problem.data_set, data_dir)
        if folder is not None:
            (self.images, self.labels), _ = official_data.read(problem.data_set, folder)
            self.origin = f"{len(self.labels)} images of {folder}"
            return
        random = np.random.default_rng(7)
        count = {"mnist": 60_000, "fmnist": 60_000, "svhn": 73_257}.get(problem.data_set, 50_000)
        self.images = random.integers(0, 256, (count, *problem.image), np.uint8)
        self.labels = random.integers(0, problem.classes, count)
        self.origin = f"{count} random images"

    def preprocessed(self, problem, channels_last):
        """float32: byte / 255, or standardised per image. [n, C, H, W], or [n, H, W, C] with channels_last."""
        axes = (0, 2, 3, 1) if channels_last else (0, 1, 2, 3)
        shape = tuple(self.images.shape[a] for a in axes)
        result = np.empty(shape, np.float32)
        for k in range(0, len(result), CHUNK):
            x = self.images[k : k + CHUNK].astype(np.float32)
            if problem.image == problems.GREY:
                x /= 255
            else:
                values = x[0].size
                x -= x.mean(axis=(1, 2, 3), dtype=np.float64, keepdims=True).astype(np.float32)
                deviation = np.sqrt((x * x).mean(axis=(1, 2, 3), dtype=np.float64, keepdims=True))
                x /= np.maximum(deviation, 1 / np.sqrt(values)).astype(np.float32)
            result[k : k + CHUNK] = x.transpose(axes)
        return result

    def padded(self, channels_last):
        """uint8 with a frame of zeros, ready to be cropped. [n, C, H + 4, W + 4], or the channels last."""
        count, channels, height, width = self.images.shape
        pad = problems.PAD
        result = np.zeros((count, channels, height + 2 * pad, width + 2 * pad), np.uint8)
        result[:, :, pad:-pad, pad:-pad] = self.images
        return np.ascontiguousarray(result.transpose(0, 2, 3, 1)) if channels_last else result

    def release(self):
        """Gives the bytes of the files back once a peer has made its own of them."""
        self.images = None


class Text:
    """Random symbols: `inputs` int64 [windows, batch, LENGTH], each window behind the one before; `targets` alike."""

    def __init__(self, problem, batch, windows=200):
        random = np.random.default_rng(7)
        streams = random.integers(0, problem.classes, (batch, windows * problems.LENGTH + 1))
        self.origin = f"{windows} windows of random symbols"

        def in_windows(part):
            return np.ascontiguousarray(part.reshape(batch, windows, problems.LENGTH).transpose(1, 0, 2))

        self.inputs, self.targets = in_windows(streams[:, :-1]), in_windows(streams[:, 1:])


class Synthetic:
    """The official training data, float32: `columns` of as many rows, and the Hessian if there is one."""

    def __init__(self, problem):
        self.columns = list(synthetic_data.data(problem.data_set, "train").values())
        self.hessian = synthetic_data.hessian().astype(np.float32) if problem.network == "quadratic" else None
        self.origin = f"{len(self.columns[0])} official points"
