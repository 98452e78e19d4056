"""Reads MNIST, Fashion-MNIST (IDX, gzip) and CIFAR-10/100 (binary version) from their official files.

Both parts come as (images uint8 [n, C, H, W], labels int64 [n]) in file order.
"""

import gzip
import pathlib
import struct

import numpy as np

FOLDERS = {"mnist": "mnist", "fmnist": "fmnist", "cifar10": "cifar-10", "cifar100": "cifar-100"}


def idx(path, magic):
    content = gzip.decompress(path.read_bytes())
    found, count = struct.unpack(">II", content[:8])
    if found != magic:
        raise SystemExit(f"{path}: magic number {found}, wanted {magic}")
    if magic == 2049:
        return np.frombuffer(content, np.uint8, count, 8).astype(np.int64)
    rows, columns = struct.unpack(">II", content[8:16])
    return np.frombuffer(content, np.uint8, count * rows * columns, 16).reshape(count, 1, rows, columns)


def cifar(paths, label_bytes):
    """Records of label_bytes labels (the last is the fine one) and three 32x32 planes."""
    if not paths:
        raise SystemExit("no CIFAR file found in the data folder")
    size = label_bytes + 3072
    records = np.concatenate([np.fromfile(path, np.uint8).reshape(-1, size) for path in paths])
    return records[:, label_bytes:].reshape(-1, 3, 32, 32), records[:, label_bytes - 1].astype(np.int64)


def read(data_set, data_dir):
    """-> (train, test). The files lie in the set's own folder below data_dir or in data_dir itself."""
    folder = pathlib.Path(data_dir)
    if (folder / FOLDERS[data_set]).is_dir():
        folder = folder / FOLDERS[data_set]
    if data_set in ("mnist", "fmnist"):
        return tuple(
            (idx(folder / f"{part}-images-idx3-ubyte.gz", 2051), idx(folder / f"{part}-labels-idx1-ubyte.gz", 2049))
            for part in ("train", "t10k")
        )
    if data_set == "cifar10":
        return cifar(sorted(folder.glob("data_batch_*.bin")), 1), cifar(sorted(folder.glob("test_batch.bin")), 1)
    return cifar(sorted(folder.glob("train.bin")), 2), cifar(sorted(folder.glob("test.bin")), 2)
