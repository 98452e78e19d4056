"""DeepOBS's CIFAR augmentation in PyTorch, vectorised over a mini-batch.

In this order: pad with two zeros, crop, flip, brightness, saturation, contrast, standardise. As in deepobs, contrast
and standardisation are one map, whose factors follow from each channel's mean and variance.
"""

import math

import torch

from .problem import PAD


def random_draws(steps, batch, flips):
    """The random numbers of an epoch, one tensor [steps, batch] each: drawn in a few calls, not in each step."""
    uniform = torch.rand(6, steps, batch)
    return (
        (uniform[0] * (2 * PAD + 1)).long(),  # top of the crop
        (uniform[1] * (2 * PAD + 1)).long(),  # left
        uniform[2] < (0.5 if flips else 0),  # flip
        (2 * uniform[3] - 1) * (63 / 255),  # brightness
        0.5 + uniform[4],  # saturation
        0.2 + 1.6 * uniform[5],  # contrast
    )


def neutral_draws(steps, batch):
    """With these, what is left is the standardisation."""
    return (
        torch.full((steps, batch), PAD),
        torch.full((steps, batch), PAD),
        torch.zeros(steps, batch, dtype=torch.bool),
        torch.zeros(steps, batch),
        torch.ones(steps, batch),
        torch.ones(steps, batch),
    )


def crop_windows(padded, channels_last):
    """All crops of all padded images as one view, so that a single indexing copies a mini-batch of them.

    [n, C, H + 4, W + 4] -> [n, 5, 5, C, H, W]; channels last: [n, H + 4, W + 4, C] -> [n, 5, 5, H, W C].
    """
    places = 2 * PAD + 1
    if channels_last:
        count, height, width, channels = padded.shape
        image, row = height * width * channels, width * channels
        shape = (count, places, places, height - 2 * PAD, (width - 2 * PAD) * channels)
        return padded.as_strided(shape, (image, row, channels, row, 1))
    count, channels, height, width = padded.shape
    image, plane = channels * height * width, height * width
    shape = (count, places, places, channels, height - 2 * PAD, width - 2 * PAD)
    return padded.as_strided(shape, (image, width, 1, plane, width, 1))


def augment(windows, rows, draws, channels_last):
    """The mini-batch of data set positions `rows` -> float32 [batch, C, H, W] (strides as channels_last says)."""
    top, left, flip, brightness, saturation, contrast = draws
    x = windows[rows, top, left]
    if channels_last:
        x = x.unflatten(-1, (x.shape[-2], -1)).permute(0, 3, 1, 2)
    x = x.to(torch.float32)

    def each(t):
        return t[:, None, None, None]

    x = torch.where(each(flip), x.flip(3), x) + each(brightness)
    value = x.amax(1, keepdim=True)
    spread = value - x.amin(1, keepdim=True)
    ratio = torch.minimum(value / spread, each(saturation))
    ratio = torch.where((value > 0) & (spread > 0), ratio, 1.0)  # grey pixels stay
    x = value - (value - x) * ratio

    mean = x.mean((2, 3), keepdim=True)
    x = x - mean
    overall = mean.mean(1, keepdim=True)
    variance = (x * x).mean((1, 2, 3), keepdim=True) * each(contrast).square()
    variance = variance + (mean - overall).square().mean(1, keepdim=True)
    least = 1 / math.sqrt(x.shape[1] * x.shape[2] * x.shape[3])
    scale = 1 / variance.sqrt().clamp_min(least)
    return x * (each(contrast) * scale) + (mean - overall) * scale
