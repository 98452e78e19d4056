"""Writes optimizers.json: the parameters after every step of every optimizer, for given gradients.

Initial parameters: hash stream 0 for the first tensor, 1 for the second. Gradient of step s (from 0), tensor t: stream
100 + 2s + t times gradient_factors[s], rounded once to float32; elements whose index in their tensor is a multiple of
zero_every get gradient 0 (zero_every 0: none do). Both precisions start from these same float32 numbers.
"""

import pathlib

import numpy as np
import torch

import common
import torch_optimizers

SHAPES = [[3, 5], [17]]
STEPS = 10
PLAIN_FACTORS = [1.0, 0.5, 2.0, 0.75, 1.5, 1.0, 0.25, 1.25, 3.0, 0.5]
SHRINKING_FACTORS = [2.0**-s for s in range(STEPS)]
FALLING_FACTORS = [2.0**10, 2.0**-20] * (STEPS // 2)  # an average must forget the large ones
MIXED_FACTORS = [1.0, 1.0, -1.0, 1.0, 1.0, 1.0, -1.0, 1.0, 1.0, 1.0]  # for gradients that keep their sign otherwise


def case(optimizer, label, lr, same_gradient=False, factors=PLAIN_FACTORS, zero_every=0, **hyperparameters):
    return {
        "name": f"{optimizer}_{label}", "optimizer": optimizer, "hyperparameters": hyperparameters, "lr": lr,
        "same_gradient": same_gradient, "factors": factors, "zero_every": zero_every,
    }  # fmt: skip


def all_cases():
    decay = {"optimizer_weight_decay": 0.1}
    shrinking = {"factors": SHRINKING_FACTORS}
    yield case("SGD", "default", 0.1)
    yield case("SGD", "momentum", 0.1, momentum=0.9)
    yield case("SGD", "dampening", 0.1, momentum=0.9, dampening=0.4)
    yield case("SGD", "nesterov", 0.1, momentum=0.9, nesterov=True)
    yield case("SGD", "weight_decay", 0.1, **decay)
    yield case("SGD", "momentum_dampening_weight_decay", 0.1, momentum=0.8, dampening=0.25, **decay)
    yield case("SGD", "nesterov_weight_decay", 0.1, momentum=0.8, nesterov=True, **decay)

    for name in ("Adam", "AdamW"):
        yield case(name, "default", 0.01)
        yield case(name, "betas", 0.01, betas=[0.5, 0.75])
        yield case(name, "eps", 0.01, eps=0.1)
        yield case(name, "weight_decay", 0.01, **decay)
        yield case(name, "amsgrad_shrinking", 0.01, betas=[0.9, 0.7], amsgrad=True, **shrinking)
        yield case(name, "all", 0.01, betas=[0.8, 0.7], eps=1e-3, amsgrad=True, **decay, **shrinking)
        yield case(name, "zero_gradients", 0.01, zero_every=3)

    yield case("AdamW", "no_weight_decay", 0.01, optimizer_weight_decay=0.0)

    yield case("RMSprop", "default", 0.01)
    yield case("RMSprop", "alpha", 0.01, alpha=0.6)
    yield case("RMSprop", "eps", 0.01, eps=0.1)
    yield case("RMSprop", "centered", 0.01, alpha=0.9, centered=True)
    yield case("RMSprop", "momentum", 0.01, momentum=0.9)
    yield case("RMSprop", "weight_decay", 0.01, **decay)
    yield case("RMSprop", "all", 0.01, alpha=0.8, eps=1e-4, centered=True, momentum=0.7, **decay)
    yield case("RMSprop", "zero_gradients", 0.01, zero_every=3)
    yield case("RMSprop", "centered_zero_gradients", 0.01, zero_every=3, centered=True, momentum=0.9)

    yield case("Adagrad", "default", 0.1)
    yield case("Adagrad", "lr_decay", 0.1, lr_decay=0.2)
    yield case("Adagrad", "initial_accumulator_value", 0.1, initial_accumulator_value=0.5)
    yield case("Adagrad", "eps", 0.1, eps=0.1)
    yield case("Adagrad", "weight_decay", 0.1, **decay)
    yield case("Adagrad", "all", 0.1, lr_decay=0.1, initial_accumulator_value=0.25, eps=0.01, **decay)
    yield case("Adagrad", "zero_gradients", 0.1, zero_every=3)

    yield case("Adadelta", "default", 1.0)
    yield case("Adadelta", "rho", 1.0, rho=0.6)
    yield case("Adadelta", "eps", 1.0, eps=1e-3)
    yield case("Adadelta", "weight_decay", 1.0, **decay)
    yield case("Adadelta", "all", 0.5, rho=0.8, eps=1e-4, **decay)
    yield case("Adadelta", "zero_gradients", 1.0, zero_every=3)

    yield case("Adamax", "default", 0.01)
    yield case("Adamax", "betas_shrinking", 0.01, betas=[0.5, 0.75], **shrinking)
    yield case("Adamax", "eps", 0.01, eps=0.1)
    yield case("Adamax", "weight_decay", 0.01, **decay)
    yield case("Adamax", "all", 0.01, betas=[0.8, 0.7], eps=1e-3, **decay, **shrinking)
    yield case("Adamax", "zero_gradients", 0.01, zero_every=3)

    yield case("NAdam", "default", 0.01)
    yield case("NAdam", "betas", 0.01, betas=[0.6, 0.75])
    yield case("NAdam", "eps", 0.01, eps=0.1)
    yield case("NAdam", "momentum_decay", 0.01, momentum_decay=0.5)
    yield case("NAdam", "weight_decay", 0.01, **decay)
    yield case("NAdam", "decoupled_weight_decay", 0.01, decoupled_weight_decay=True, **decay)
    yield case("NAdam", "all", 0.01, betas=[0.8, 0.7], eps=1e-3, momentum_decay=0.1, decoupled_weight_decay=True,
               **decay)  # fmt: skip
    yield case("NAdam", "zero_gradients", 0.01, zero_every=3)

    yield case("RAdam", "default", 0.01)
    yield case("RAdam", "betas", 0.01, betas=[0.6, 0.95])
    yield case("RAdam", "never_rectified", 0.01, betas=[0.9, 0.5])
    yield case("RAdam", "eps", 0.01, eps=0.1)
    yield case("RAdam", "weight_decay", 0.01, **decay)
    yield case("RAdam", "decoupled_weight_decay", 0.01, decoupled_weight_decay=True, **decay)
    yield case("RAdam", "all", 0.01, betas=[0.8, 0.97], eps=1e-3, decoupled_weight_decay=True, **decay)
    yield case("RAdam", "zero_gradients", 0.01, zero_every=3)

    yield case("Rprop", "default", 0.01)
    yield case("Rprop", "etas", 0.01, etas=[0.3, 1.5])
    yield case("Rprop", "growing_and_turning", 0.01, same_gradient=True, factors=MIXED_FACTORS)
    yield case("Rprop", "step_sizes", 0.01, step_sizes=[0.004, 0.015])
    yield case("Rprop", "all", 0.02, etas=[0.25, 1.75], step_sizes=[0.008, 0.03], zero_every=3)
    yield case("Rprop", "zero_gradients", 0.01, zero_every=3)

    yield case("ASGD", "default", 0.1)
    yield case("ASGD", "lambd", 0.1, lambd=0.5)
    yield case("ASGD", "alpha", 0.1, lambd=0.5, alpha=0.25)
    yield case("ASGD", "t0", 0.1, t0=3.0)
    yield case("ASGD", "weight_decay", 0.1, **decay)
    yield case("ASGD", "all", 0.1, lambd=0.25, alpha=0.5, t0=2.0, **decay)

    yield case("Lion", "default", 0.01)
    yield case("Lion", "betas", 0.01, betas=[0.5, 0.75])
    yield case("Lion", "weight_decay", 0.01, **decay)
    yield case("Lion", "all", 0.01, betas=[0.8, 0.6], **decay)
    yield case("Lion", "zero_gradients", 0.01, zero_every=3)

    falling = {"factors": FALLING_FACTORS}
    for name in ("Adam", "AdamW", "Adamax", "NAdam", "RAdam"):
        yield case(name, "no_memory_falling", 0.01, betas=[0.0, 0.0], **falling)
        yield case(name, "short_memory_falling", 0.01, betas=[0.25, 0.5], **falling)
    yield case("Adam", "no_momentum_falling", 0.01, betas=[0.0, 0.9], **falling)
    yield case("RMSprop", "short_memory_centered_falling", 0.01, alpha=0.25, centered=True, eps=0.1, **falling)


def gradient(spec, step, tensor):
    stream = 100 + 2 * (0 if spec["same_gradient"] else step) + tensor
    return common.given_gradient(stream, SHAPES[tensor], spec["factors"][step], spec["zero_every"])


def initial_parameters(dtype):
    return [
        torch.tensor(common.hash_values(t, int(np.prod(shape))).reshape(shape), dtype=dtype, requires_grad=True)
        for t, shape in enumerate(SHAPES)
    ]


def give_gradients(params, spec, step, dtype):
    for t, p in enumerate(params):
        p.grad = torch.tensor(gradient(spec, step, t), dtype=dtype)


def learning_rates(spec):
    """PyTorch's Rprop reads the learning rate in its first step only, ASGD one step late."""
    return common.falling_rates(spec["lr"], STEPS)


def run(spec, lrs, dtype):
    """The parameters after each step, and the optimizer with its state."""
    torch.set_default_dtype(dtype)
    params = initial_parameters(dtype)
    optimizer = torch_optimizers.make(spec["optimizer"], params, lrs[0], spec["hyperparameters"])
    history, seen = [], set()
    for step, lr in enumerate(lrs):
        optimizer.param_groups[0]["lr"] = lr
        give_gradients(params, spec, step, dtype)
        optimizer.step()
        history.append([p.detach().flatten().numpy().copy() for p in params])
        if spec["optimizer"] == "Rprop":
            seen.update(optimizer.state[params[1]]["step_size"].flatten().tolist())
    return history, optimizer, params, seen


def golden(spec):
    lrs = learning_rates(spec)
    document = {"name": spec["name"], "optimizer": spec["optimizer"]}
    for name, dtype in (("float64", torch.float64), ("float32", torch.float32)):
        history, optimizer, params, seen = run(spec, lrs, dtype)
        if name == "float64":
            document["hyperparameters"] = torch_optimizers.resolved(optimizer)
            document["lr"] = lrs
            document["same_gradient"] = spec["same_gradient"]
            document["gradient_factors"] = spec["factors"]
            document["zero_every"] = spec["zero_every"]
            if spec["name"] == "Rprop_step_sizes":  # both limits must be reached, or the case shows nothing
                assert {0.004, 0.015} <= seen, sorted(seen)
        document[name] = [[common.exact(p, name) for p in step] for step in history]
        if spec["optimizer"] == "ASGD":
            ax = [optimizer.state[p]["ax"].flatten().numpy() for p in params]
            document[f"ax_{name}"] = [common.exact(a, name) for a in ax]
    return document


def main():
    torch.set_num_threads(1)
    cases = [golden(spec) for spec in all_cases()]
    assert len({c["name"] for c in cases}) == len(cases)
    assert {c["optimizer"] for c in cases} == set(torch_optimizers.NAMES)
    folder = pathlib.Path(__file__).parents[1]
    common.write_json(
        folder / "optimizers.json", {"torch": torch.__version__, "shapes": SHAPES, "cases": cases}
    )
    print(len(cases), "cases")


if __name__ == "__main__":
    main()
