"""Inputs that Python and C++ can make alike without a file between them, and the JSON form of the results.

A number is a pure function of (stream, index): output number `index` of the generator splitmix64 (Steele, Lea, Flood,
"Fast splittable pseudorandom number generators", OOPSLA 2014), seeded with the first output of a splitmix64 that was
seeded with `stream`. hash_values.h has the same functions in C++; `python common.py` prints the values its test holds.
"""

import json

import numpy as np

GOLDEN_GAMMA = np.uint64(0x9E3779B97F4A7C15)


def splitmix64(state):
    """The output of splitmix64 whose state is `state` (uint64 or an array of them) before the step."""
    with np.errstate(over="ignore"):
        z = np.asarray(state, dtype=np.uint64) + GOLDEN_GAMMA
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return z ^ (z >> np.uint64(31))


def hash_bits(stream, index):
    with np.errstate(over="ignore"):
        return splitmix64(splitmix64(stream) + np.asarray(index, dtype=np.uint64) * GOLDEN_GAMMA)


def hash_values(stream, count):
    """`count` float64 in [-1, 1), multiples of 2^-23: the top 24 bits, so that float32 holds them exactly."""
    top = hash_bits(stream, np.arange(count)) >> np.uint64(40)
    return (top.astype(np.int64) - 2**23) / 2.0**23


def hash_scaled(stream, count, scale):
    """hash_values times `scale` (a float32), rounded once to float32; returned as float64."""
    assert float(np.float32(scale)) == float(scale), "the scale must be a float32, or C++ would use another one"
    return (hash_values(stream, count) * float(scale)).astype(np.float32).astype(np.float64)


def given_gradient(stream, shape, factor, zero_every):
    """What a golden step of an optimizer gets: hash_scaled times `factor`, rounded once more; every so many elements
    0 (zero_every 0: none are)."""
    g = hash_scaled(stream, int(np.prod(shape)), 1.0)
    g = (g * factor).astype(np.float32).astype(np.float64)
    if zero_every:
        g[::zero_every] = 0.0
    return g.reshape(shape)


def falling_rates(lr, steps):
    """Halfway the learning rate falls to 3/8."""
    return [lr] * (steps // 2) + [lr * 0.375] * (steps - steps // 2)


def hash_bytes(stream, index):
    """uint8, the top 8 bits."""
    return (hash_bits(stream, index) >> np.uint64(56)).astype(np.uint8)


def hash_labels(stream, count, classes):
    """int64 in [0, classes), from the top 32 bits."""
    top = hash_bits(stream, np.arange(count)) >> np.uint64(32)
    return ((top * np.uint64(classes)) >> np.uint64(32)).astype(np.int64)


def hash_images(noise_stream, pattern_stream, labels, channels, height, width):
    """uint8 [n, channels, height, width]: the rounded-down mean of noise and the label's pattern of 4x4 blocks.

    The pattern gives a network something to learn, so that short trainings make progress.
    """
    n, c, y, x = np.ogrid[: len(labels), :channels, :height, :width]
    noise = hash_bytes(noise_stream, ((n * channels + c) * height + y) * width + x)
    blocks_y, blocks_x = (height + 3) // 4, (width + 3) // 4
    label = labels.reshape(-1, 1, 1, 1)
    pattern = hash_bytes(pattern_stream, ((label * channels + c) * blocks_y + y // 4) * blocks_x + x // 4)
    return ((noise.astype(np.int32) + pattern.astype(np.int32)) // 2).astype(np.uint8)


def exact(values, dtype):
    """Nested lists of floats whose decimal form in JSON reads back to the same `dtype` value (float32 in 9 digits)."""
    values = np.asarray(values)
    if dtype == "float64":
        return values.astype(np.float64).tolist()
    if values.ndim:
        return [exact(row, dtype) for row in values]
    short = float(f"{np.float32(values):.9g}")
    assert np.float32(short) == np.float32(values), "not a finite float32"
    return short


def write_json(path, document):
    """One line per list of numbers: small, and a changed value shows up as a changed line."""

    def render(value, indent):
        if isinstance(value, dict):
            inner = [f'{indent} {json.dumps(k)}: {render(v, indent + " ")}' for k, v in value.items()]
            return "{\n" + ",\n".join(inner) + "\n" + indent + "}" if inner else "{}"
        if isinstance(value, list) and any(isinstance(v, (list, dict)) for v in value):
            inner = [f'{indent} {render(v, indent + " ")}' for v in value]
            return "[\n" + ",\n".join(inner) + "\n" + indent + "]"
        return json.dumps(value, separators=(",", ":"), allow_nan=False)

    with open(path, "w", encoding="utf-8") as out:
        out.write(render(document, "") + "\n")


def main():
    for stream, index in [(0, 0), (0, 1), (1, 0), (7, 12345), (2**63, 2**40)]:
        bits = hash_bits(stream, index)
        print(f"bits({stream}, {index}) = {int(bits):#018x}")
    print("values(3)", [v.hex() for v in hash_values(3, 3).tolist()])
    print("scaled(3, 0.1f)", [v.hex() for v in hash_scaled(3, 3, np.float32(0.1)).tolist()])
    print("bytes(4)", hash_bytes(4, np.arange(8)).tolist())
    print("labels(5, 100)", hash_labels(5, 8, 100).tolist())
    images = hash_images(6, 7, hash_labels(5, 3, 10), 2, 5, 6)
    print("images(6, 7)", images[0, 0, 0].tolist(), images[2, 1, 4].tolist(), int(images.sum()))


if __name__ == "__main__":
    main()
