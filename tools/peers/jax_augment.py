"""DeepOBS's CIFAR augmentation in JAX: the arithmetic of torch_augment.py, images [batch, H, W, C]."""

import math

import jax
import jax.numpy as jnp

from .problem import PAD


def random_draws(key, steps, batch, flips):
    """The random numbers of an epoch, one array [steps, batch] each."""
    uniform = jax.random.uniform(key, (6, steps, batch))
    return (
        (uniform[0] * (2 * PAD + 1)).astype(jnp.int32),  # top of the crop
        (uniform[1] * (2 * PAD + 1)).astype(jnp.int32),  # left
        uniform[2] < (0.5 if flips else 0),  # flip
        (2 * uniform[3] - 1) * (63 / 255),  # brightness
        0.5 + uniform[4],  # saturation
        0.2 + 1.6 * uniform[5],  # contrast
    )


def neutral_draws(steps, batch):
    """With these, what is left is the standardisation."""
    whole, one = jnp.full((steps, batch), PAD, jnp.int32), jnp.ones((steps, batch))
    return whole, whole, jnp.zeros((steps, batch), bool), jnp.zeros((steps, batch)), one, one


def augment(padded, rows, draws):
    """The mini-batch of positions `rows` in `padded`, uint8 [n, H + 4, W + 4, C] -> float32 [batch, H, W, C]."""
    top, left, flip, brightness, saturation, contrast = draws
    _, height, width, channels = padded.shape
    size = (1, height - 2 * PAD, width - 2 * PAD, channels)

    def crop(row, y, x):
        return jax.lax.dynamic_slice(padded, (row, y, x, 0), size)[0]

    x = jax.vmap(crop)(rows, top, left).astype(jnp.float32)

    def each(t):
        return t[:, None, None, None]

    x = jnp.where(each(flip), x[:, :, ::-1], x) + each(brightness)
    value = x.max(3, keepdims=True)
    spread = value - x.min(3, keepdims=True)
    ratio = jnp.minimum(value / spread, each(saturation))
    ratio = jnp.where((value > 0) & (spread > 0), ratio, 1.0)  # grey pixels stay
    x = value - (value - x) * ratio

    mean = x.mean((1, 2), keepdims=True)
    x = x - mean
    overall = mean.mean(3, keepdims=True)
    variance = (x * x).mean((1, 2, 3), keepdims=True) * each(contrast) ** 2
    variance = variance + ((mean - overall) ** 2).mean(3, keepdims=True)
    scale = 1 / jnp.maximum(jnp.sqrt(variance), 1 / math.sqrt(math.prod(size)))
    return x * (each(contrast) * scale) + (mean - overall) * scale
