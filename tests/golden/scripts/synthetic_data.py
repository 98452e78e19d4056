"""The computed data sets and the Hessian of quadratic_deep, as NumPy's RandomState defines them."""

import math

import numpy as np


def data(data_set, part):
    """Columns of a part, float32."""
    if data_set == "quadratic":
        random = np.random.RandomState({"train": 42, "test": 43, "valid": 44}[part])
        return {"points": random.normal(0, 0.6, (1000, 100)).astype(np.float32)}
    if part == "test":
        return {"x": np.zeros(10_000, np.float32), "y": np.zeros(10_000, np.float32)}
    random = np.random.RandomState({"train": 42, "valid": 44}[part])
    x = random.normal(0, 1, 10_000).astype(np.float32)
    return {"x": x, "y": random.normal(0, 1, 10_000).astype(np.float32)}


def random_rotation(n, random):
    """Diaconis & Shahshahani, 1987: the subgroup algorithm."""
    angle = 2 * math.pi * random.uniform()
    rotation = np.array([[math.cos(angle), math.sin(angle)], [-math.sin(angle), math.cos(angle)]])
    for d in range(2, n):
        v = random.normal(size=d + 1)
        v /= np.linalg.norm(v)
        e = np.eye(d + 1)[0]
        x = (e - v) / np.linalg.norm(e - v)
        grown = np.eye(d + 1)
        grown[1:, 1:] = rotation
        rotation = grown - 2 * np.outer(x, x @ grown)
    return -rotation


def hessian():
    random = np.random.RandomState(42)
    eigenvalues = np.concatenate([random.uniform(0, 1, 90), random.uniform(30, 60, 10)])
    rotation = random_rotation(100, random)
    return rotation.T @ np.diag(eigenvalues) @ rotation
