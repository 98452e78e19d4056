"""The losses of the synthetic problems in JAX."""

import math

import jax.numpy as jnp

from . import data as _data  # noqa: F401: puts tests/golden on the path
import synthetic_data  # noqa: E402

HESSIAN = synthetic_data.hessian().astype("float32")


def losses(problem, p, *columns):
    """columns: points [batch, 100], or x and y [batch] -> [batch]"""
    if problem.network == "quadratic":
        offset = p["theta"] - columns[0]
        return 0.5 * ((offset @ HESSIAN) * offset).sum(1)
    u, v = p["weight"], p["bias"]
    return FUNCTIONS[problem.network](u, v) + u * columns[0] + v * columns[1]


def _rosenbrock(u, v):
    return (1 - u) ** 2 + 100 * (v - u**2) ** 2


def _beale(u, v):
    return (1.5 - u + u * v) ** 2 + (2.25 - u + u * v**2) ** 2 + (2.625 - u + u * v**3) ** 2


def _branin(u, v):
    b, c, t = 5.1 / (4 * math.pi**2), 5 / math.pi, 1 / (8 * math.pi)
    return (v - b * u**2 + c * u - 6) ** 2 + 10 * (1 - t) * jnp.cos(u) + 10


FUNCTIONS = {"rosenbrock": _rosenbrock, "beale": _beale, "branin": _branin}
