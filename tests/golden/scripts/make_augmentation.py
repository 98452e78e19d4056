"""Writes augmentation.json: the image operations of DeepOBS's CIFAR training in numpy float64, with given draws.

The operations in order: pad (2 zeros on each side), crop (32x32), flip, brightness, saturation, contrast, standardise.
Pixels are 0 ... 255. `plain` is the standardisation of the image without any of the others. Arrays are [y, x, channel].
"""

import pathlib

import numpy as np

import common

SIDE = 32
PAD = 2
NOISE_STREAM = 100_000  # bytes of image i: stream NOISE_STREAM + i, index (channel * 32 + y) * 32 + x

# kind, crop y, crop x, flip, brightness delta, saturation factor, contrast factor
DRAWS = [
    ("hash", 0, 0, False, 0.125, 0.5, 1.75),
    ("hash", 4, 4, True, -0.2, 1.4, 0.25),
    ("hash", 2, 2, False, -0.24, 1.5, 1.0),
    ("hash", 1, 3, True, 0.24, 1.0, 0.7),
    ("hash", 4, 0, False, 0.0, 0.8, 1.3),
    ("hash", 3, 2, True, 0.05, 1.2, 0.2),
    ("grey", 0, 3, True, -0.1, 1.5, 1.8),  # saturation 0: stays grey; the padding is below 0 after brightness
    ("nearly constant", 2, 2, False, 0.0, 1.0, 0.5),  # deviation below the floor 1/sqrt(3072)
    ("dark", 1, 1, True, -0.15, 1.3, 1.1),  # bytes 0 ... 3: maxima at 0 and below, saturations above 1
]


def image(kind, i):
    """uint8 [32, 32, 3]"""
    planes = common.hash_bytes(NOISE_STREAM + i, np.arange(3 * SIDE * SIDE)).reshape(3, SIDE, SIDE)
    if kind == "grey":
        planes = np.repeat(planes[:1], 3, axis=0)
    elif kind == "nearly constant":
        planes = np.full_like(planes, 4)
        planes[1, 16, 16] = 5
    elif kind == "dark":
        planes = planes // 64
    return planes.transpose(1, 2, 0)


def saturate(x, factor):
    v = x.max(axis=2, keepdims=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        s = np.where(v > 0, (v - x.min(axis=2, keepdims=True)) / v, 0.0)
        ratio = np.minimum(1.0, s * factor) / s
    return np.where(s > 0, v - (v - x) * ratio, x)


def contrast(x, factor):
    mean = x.mean(axis=(0, 1), keepdims=True)
    return (x - mean) * factor + mean


def standardise(x):
    return (x - x.mean()) / max(x.std(), 1 / np.sqrt(x.size))


def positions(side):
    """16 pixels [y, x, channel]: the corners, the middle and others spread by the hash."""
    fixed = [[0, 0, 0], [0, side - 1, 1], [side - 1, 0, 2], [side - 1, side - 1, 0], [side // 2, side // 2, 1]]
    bits = common.hash_bits(NOISE_STREAM + 1000, np.arange(3 * (16 - len(fixed)))).reshape(-1, 3)
    return fixed + (bits % np.array([side, side, 3], dtype=np.uint64)).astype(int).tolist()


def describe(x):
    return {
        "samples": [float(x[y, col, c]) for y, col, c in positions(x.shape[0])],
        "mean": float(x.mean()),
        "norm": float(np.linalg.norm(x)),
    }


def golden(i, draw):
    kind, top, left, flip, *numbers = draw
    delta, saturation, contrasting = (float(np.float32(n)) for n in numbers)
    source = image(kind, i)
    x = source.astype(np.float64)
    stages = {"pad": np.pad(x, ((PAD, PAD), (PAD, PAD), (0, 0)))}
    stages["crop"] = stages["pad"][top : top + SIDE, left : left + SIDE]
    stages["flip"] = stages["crop"][:, ::-1] if flip else stages["crop"]
    stages["brightness"] = stages["flip"] + delta
    stages["saturation"] = saturate(stages["brightness"], saturation)
    stages["contrast"] = contrast(stages["saturation"], contrasting)
    stages["standardise"] = standardise(stages["contrast"])
    assert all(np.isfinite(s).all() for s in stages.values())
    return {
        "kind": kind,
        "stream": NOISE_STREAM + i,
        "byte_sum": int(source.sum(dtype=np.int64)),
        "crop": [top, left],
        "flip": flip,
        "brightness": delta,
        "saturation": saturation,
        "contrast": contrasting,
        "after": {name: describe(stage) for name, stage in stages.items()},
        "plain": describe(standardise(x)),
    }


def main():
    document = {
        "numpy": np.__version__,
        "positions_36": positions(SIDE + 2 * PAD),
        "positions_32": positions(SIDE),
        "images": [golden(i, draw) for i, draw in enumerate(DRAWS)],
    }
    common.write_json(pathlib.Path(__file__).parents[1] / "augmentation.json", document)


if __name__ == "__main__":
    main()
