"""Writes random initial parameters of a test problem, drawn as DeepOBS does, to a safetensors file.

Example: python make_init.py --problem mnist_mlp --seed 42 --out mlp.safetensors
"""

import argparse
import math

import torch

import models
import tensor_file

# The standard deviation of a unit normal cut at +-2.
CUT_NORMAL_DEVIATION = 0.87962566103423978


def truncated_normal(p, deviation):
    torch.nn.init.trunc_normal_(p, 0.0, deviation, -2 * deviation, 2 * deviation)


def glorot(p):
    """Convolutions: truncated normal, corrected to variance 2/(fan_in + fan_out). Dense layers: uniform."""
    area = math.prod(p.shape[2:])
    fans = area * (p.shape[0] + p.shape[1])
    if p.dim() == 4:
        truncated_normal(p, math.sqrt(2 / fans) / CUT_NORMAL_DEVIATION)
    else:
        bound = math.sqrt(6 / fans)
        torch.nn.init.uniform_(p, -bound, bound)


WEIGHTS = {
    models.Logreg: torch.nn.init.zeros_,
    models.Mlp: lambda p: truncated_normal(p, 0.03),
    models.Net2c2d: lambda p: truncated_normal(p, 0.05),
    models.Net3c3d: glorot,
}
BIASES = {models.Logreg: 0.0, models.Mlp: 0.0, models.Net2c2d: 0.05, models.Net3c3d: 0.0}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--problem", required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--out", required=True)
    args = parser.parse_args()
    problem = models.find(args.problem)
    torch.manual_seed(args.seed)
    model = problem.model(torch.float32)
    with torch.no_grad():
        for name, p in model.named_parameters():
            if name.endswith(".weight"):
                WEIGHTS[problem.net](p)
            else:
                p.fill_(BIASES[problem.net])
    tensor_file.write(args.out, {name: p.detach().numpy() for name, p in model.named_parameters()})


if __name__ == "__main__":
    main()
