"""The networks of the test problems in JAX, in three forms of the convolution.

    NHWC, NCHW   lax.conv_general_dilated in that order of the axes
    patches      a product with the 25 (or 9) shifted images side by side, in NHWC

Pooling is a maximum of shifted images: XLA's own reduce_window has a backward pass that is many times slower on a CPU.
"""

import jax
import jax.numpy as jnp
import numpy as np

from . import problem as problems

FORMS = ["NHWC", "NCHW", "patches"]
KERNEL_ORDER = {"NHWC": "HWIO", "NCHW": "OIHW"}


def forms(problem):
    return FORMS if problem.convolutions else ["NHWC"]


def parameters(problem, form):
    """The common start, in the form's own order of the axes."""
    result, after_image = {}, problem.convolutions
    side = {"2c2d": 7, "3c3d": 3}.get(problem.network)
    for name, values in problems.initial_parameters(problem).items():
        if values.ndim == 4 and form != "NCHW":
            values = values.transpose(2, 3, 1, 0)
        if values.ndim == 2:
            if after_image and form != "NCHW":  # PyTorch flattens (c, h, w)
                values = values.reshape(len(values), -1, side, side).transpose(0, 2, 3, 1).reshape(len(values), -1)
            after_image = False
            values = np.ascontiguousarray(values.T)
        result[name] = jnp.asarray(values)
    return result


def logits(problem, form, p, x):
    """x [batch, H, W, C] -> [batch, classes]"""
    if form == "NCHW":
        x = x.transpose(0, 3, 1, 2)

    def conv(name, x, pad):
        return jax.nn.relu(_convolution(form, x, p[name + ".weight"], pad) + _channels(form, p[name + ".bias"]))

    def dense(name, x):
        return x @ p[name + ".weight"] + p[name + ".bias"]

    if problem.network == "2c2d":
        x = _max_pool(form, conv("conv1", x, 2), 2)
        x = _max_pool(form, conv("conv2", x, 2), 2)
    elif problem.network == "3c3d":
        x = _max_pool(form, conv("conv1", x, 0), 3)
        x = _max_pool(form, conv("conv2", x, 0), 3)
        x = _max_pool(form, conv("conv3", x, 1), 3)
    x = x.reshape(len(x), -1)
    names = [n.removesuffix(".weight") for n in problems.parameter_shapes(problem) if n.startswith("fc") and "w" in n]
    for name in names[:-1]:
        x = jax.nn.relu(dense(name, x))
    return dense(names[-1], x)


def _channels(form, bias):
    return bias[:, None, None] if form == "NCHW" else bias


def _convolution(form, x, w, pad):
    if form != "patches":
        padding = [(pad, pad), (pad, pad)]
        return jax.lax.conv_general_dilated(x, w, (1, 1), padding, dimension_numbers=(form, KERNEL_ORDER[form], form))
    kh, kw, inputs, outputs = w.shape
    x = jnp.pad(x, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
    height, width = x.shape[1] - kh + 1, x.shape[2] - kw + 1
    shifted = [x[:, i : i + height, j : j + width] for i in range(kh) for j in range(kw)]
    columns = jnp.concatenate(shifted, axis=-1).reshape(-1, kh * kw * inputs)
    return (columns @ w.reshape(-1, outputs)).reshape(len(x), height, width, outputs)


def _max_pool(form, x, size):
    """Stride 2, TensorFlow's SAME: what is missing lies below and to the right, and never wins."""
    first = 2 if form == "NCHW" else 1
    side = x.shape[first]
    out = (side + 1) // 2
    missing = max((out - 1) * 2 + size - side, 0)
    pads = [(0, 0)] * 4
    pads[first] = pads[first + 1] = (0, missing)
    x = jnp.pad(x, pads, constant_values=-jnp.inf)
    result = None
    for i in range(size):
        for j in range(size):
            window = [slice(None)] * 4
            window[first] = slice(i, i + 2 * out - 1, 2)
            window[first + 1] = slice(j, j + 2 * out - 1, 2)
            shifted = x[tuple(window)]
            result = shifted if result is None else jnp.maximum(result, shifted)
    return result
