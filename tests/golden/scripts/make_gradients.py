"""Writes gradients.json: gradients of convolutions and dense layers without a bias, and gradients of gradients.

All in float64. Inputs are hash_values of the streams named beside them, in PyTorch's layouts.
- `convolution`: y = relu(conv2d(x, w)), with a kernel of 1 x 7, strides (1, 2) and padding (0, 3), and the gradients of
  sum(y * seed).
- `penalty`: of a network z = tanh(conv2d(x, w)), y = z.flatten(1) @ v.T, the gradient dx of sum(y * y) with respect to
  the images, the penalty sum(dx * dx), and the gradients of that with respect to w, v and x.
- `hessian`: of f = sum(tanh(x @ a.T) @ b.T) squared, the products of its Hessian in (a, b) with the directions u, v.
"""

import pathlib

import torch
import torch.nn.functional as F

import common


def tensor(stream, *shape):
    count = 1
    for extent in shape:
        count *= extent
    return torch.from_numpy(common.hash_values(stream, count).reshape(shape)).requires_grad_()


def numbers(value):
    return [float(v) for v in value.detach().flatten()]


def convolution():
    x, w, seed = tensor(1, 2, 3, 5, 9), tensor(2, 4, 3, 1, 7), tensor(3, 2, 4, 5, 5)
    y = torch.relu(F.conv2d(x, w, stride=(1, 2), padding=(0, 3)))
    dx, dw = torch.autograd.grad((y * seed).sum(), (x, w))
    return {"y": numbers(y), "dx": numbers(dx), "dw": numbers(dw)}


def penalty():
    x, w, v = tensor(4, 2, 3, 5, 4), tensor(5, 4, 3, 3, 2), tensor(6, 5, 4 * 3 * 3)
    y = torch.tanh(F.conv2d(x, w)).flatten(1) @ v.T
    (dx,) = torch.autograd.grad((y * y).sum(), x, create_graph=True)
    total = (dx * dx).sum()
    of_w, of_v, of_x = torch.autograd.grad(total, (w, v, x))
    return {"penalty": total.item(), "w": numbers(of_w), "v": numbers(of_v), "x": numbers(of_x)}


def hessian():
    x, a, b = tensor(7, 6, 5), tensor(8, 7, 5), tensor(9, 3, 7)
    u, v = tensor(10, 7, 5), tensor(11, 3, 7)
    f = (torch.tanh(x @ a.T) @ b.T).square().sum()
    da, db = torch.autograd.grad(f, (a, b), create_graph=True)
    of_a, of_b = torch.autograd.grad((da * u).sum() + (db * v).sum(), (a, b))
    return {"a": numbers(of_a), "b": numbers(of_b)}


def main():
    torch.set_num_threads(1)
    torch.set_default_dtype(torch.float64)
    common.write_json(
        pathlib.Path(__file__).parents[1] / "gradients.json",
        {"torch": torch.__version__, "convolution": convolution(), "penalty": penalty(), "hessian": hessian()},
    )


if __name__ == "__main__":
    main()
