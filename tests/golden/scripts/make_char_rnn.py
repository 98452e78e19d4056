"""Writes problems/tolstoi_char_rnn.json: an evaluation of the character model in PyTorch, in which each window of the text
begins with the state that the window before has left.

The text is `count` hashed ids of stream `streams.text`; parameter tensor i is stream `streams.parameters + i` times its
`scale`.
"""

import pathlib

import numpy as np
import torch
import torch.nn.functional as F

import common

SYMBOLS, WIDTH, UNITS = 83, 128, 128
ROWS, LENGTH, WINDOWS = 4, 50, 3
COUNT = ROWS * LENGTH * WINDOWS + 1
STREAMS = {"parameters": 20_000, "text": 20_500}

PARAMETERS = [("embedding.weight", (SYMBOLS, WIDTH), 1.0)]
for layer in ("lstm1", "lstm2"):
    PARAMETERS += [
        (layer + ".weight_ih", (4 * UNITS, WIDTH), 0.25),
        (layer + ".weight_hh", (4 * UNITS, UNITS), 0.25),
        (layer + ".bias", (4 * UNITS,), 0.5),
    ]
PARAMETERS += [("fc.weight", (SYMBOLS, UNITS), 0.5), ("fc.bias", (SYMBOLS,), 0.5)]


def parameters(dtype):
    made = {}
    for i, (name, shape, scale) in enumerate(PARAMETERS):
        values = common.hash_scaled(STREAMS["parameters"] + i, int(np.prod(shape)), np.float32(scale))
        made[name] = torch.from_numpy(values.reshape(shape)).to(dtype)
    return made


def lstm(p, layer, x, state):
    """TensorFlow's cell: the forget gate has a bias of 1 more."""
    h, c = state
    outputs = []
    for t in range(x.shape[1]):
        z = x[:, t] @ p[layer + ".weight_ih"].T + h @ p[layer + ".weight_hh"].T + p[layer + ".bias"]
        i, f, g, o = z.chunk(4, 1)
        c = torch.sigmoid(f + 1) * c + torch.sigmoid(i) * torch.tanh(g)
        h = torch.sigmoid(o) * torch.tanh(c)
        outputs.append(h)
    return torch.stack(outputs, 1), (h, c)


def evaluate(name, dtype):
    p = parameters(dtype)
    text = torch.from_numpy(common.hash_labels(STREAMS["text"], COUNT, SYMBOLS))
    inputs = text[:-1].reshape(ROWS, WINDOWS * LENGTH)
    targets = text[1:].reshape(ROWS, WINDOWS * LENGTH)
    states = {layer: (torch.zeros(ROWS, UNITS, dtype=dtype),) * 2 for layer in ("lstm1", "lstm2")}
    losses, accuracies = [], []
    for window in range(WINDOWS):
        columns = slice(window * LENGTH, (window + 1) * LENGTH)
        x = p["embedding.weight"][inputs[:, columns]]
        for layer in states:
            x, states[layer] = lstm(p, layer, x, states[layer])
        logits = x @ p["fc.weight"].T + p["fc.bias"]
        y = targets[:, columns]
        losses.append(F.cross_entropy(logits.reshape(-1, SYMBOLS), y.reshape(-1)).item())
        accuracies.append((logits.argmax(2) == y).double().mean().item())
    return {"losses": common.exact(losses, name), "accuracies": accuracies}


def main():
    torch.set_num_threads(1)
    common.write_json(
        pathlib.Path(__file__).parents[1] / "problems" / "tolstoi_char_rnn.json",
        {
            "torch": torch.__version__,
            "problem": "tolstoi_char_rnn",
            "batch_size": ROWS,
            "count": COUNT,
            "streams": STREAMS,
            "parameters": [
                {"name": name, "shape": list(shape), "scale": common.exact(np.float32(scale), "float32")}
                for name, shape, scale in PARAMETERS
            ],
            "evaluation": {
                n: evaluate(n, dtype) for n, dtype in (("float64", torch.float64), ("float32", torch.float32))
            },
        },
    )


if __name__ == "__main__":
    main()
