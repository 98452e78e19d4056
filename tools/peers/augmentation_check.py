"""Compares a peer's augmentation with the golden references' numpy version, image by image, in float64."""

import numpy as np

from . import data as _data  # puts tests/golden on the path
from .problem import PAD
import make_augmentation as golden  # noqa: E402

IMAGES = 16
TOLERANCE = 1e-4  # values are of the order of 1 and come from about ten float32 operations on numbers up to 255


def draws():
    random = np.random.default_rng(3)
    return (
        random.integers(0, 2 * PAD + 1, IMAGES),
        random.integers(0, 2 * PAD + 1, IMAGES),
        random.random(IMAGES) < 0.5,
        random.uniform(-63 / 255, 63 / 255, IMAGES).astype(np.float32),
        random.uniform(0.5, 1.5, IMAGES).astype(np.float32),
        random.uniform(0.2, 1.8, IMAGES).astype(np.float32),
    )


def worst_error(problem, data_dir, augmented):
    """The largest difference of `augmented` [16, H, W, C], a peer's first images under draws()."""
    images = _data.TrainingSet(problem, data_dir).images[:IMAGES].transpose(0, 2, 3, 1).astype(np.float64)
    error = 0.0
    for image, made, top, left, flip, brightness, saturation, contrast in zip(images, augmented, *draws(), strict=True):
        height, width, _ = image.shape
        x = np.pad(image, ((PAD, PAD), (PAD, PAD), (0, 0)))[top : top + height, left : left + width]
        x = (x[:, ::-1] if flip else x) + float(brightness)
        x = golden.standardise(golden.contrast(golden.saturate(x, float(saturation)), float(contrast)))
        error = max(error, float(np.abs(x - made).max()))
    return error
