"""Writes schedule_free.json: ScheduleFreeAdamW's steps, for gradients that are given.

The protocol is make_optimizers.py's: initial parameters, gradients and learning rates. A step's parameters are those at
which gradients are taken (the paper's y); `evaluated_*` are those of evaluations (its x) after the last step.
"""

import importlib.metadata
import pathlib

import schedulefree
import torch

import common
import make_optimizers


def all_cases():
    def case(label, lr, factors=make_optimizers.PLAIN_FACTORS, zero_every=0, **hyperparameters):
        return make_optimizers.case("ScheduleFreeAdamW", label, lr, False, factors, zero_every, **hyperparameters)

    decay = {"optimizer_weight_decay": 0.1}
    yield case("default", 0.01)
    yield case("betas", 0.01, betas=[0.6, 0.75])
    yield case("eps", 0.01, eps=0.1)
    yield case("weight_decay", 0.01, **decay)
    yield case("warmup", 0.05, warmup_steps=4)
    yield case("warmup_beyond_the_end", 0.05, warmup_steps=40)
    yield case("r", 0.01, optimizer_r=0.75)
    yield case("weight_lr_power", 0.05, weight_lr_power=0.0, warmup_steps=3)
    yield case("all", 0.05, betas=[0.8, 0.7], eps=1e-3, warmup_steps=3, optimizer_r=0.5, weight_lr_power=1.5, **decay)
    yield case("zero_gradients", 0.01, zero_every=3)


def run(spec, lrs, dtype):
    torch.set_default_dtype(dtype)
    params = make_optimizers.initial_parameters(dtype)
    options = {k.removeprefix("optimizer_"): v for k, v in spec["hyperparameters"].items()}
    optimizer = schedulefree.AdamWScheduleFree(params, lr=lrs[0], foreach=False, **options)
    optimizer.train()
    history = []
    for step, lr in enumerate(lrs):
        optimizer.param_groups[0]["lr"] = lr
        make_optimizers.give_gradients(params, spec, step, dtype)
        optimizer.step()
        history.append([p.detach().flatten().numpy().copy() for p in params])
    optimizer.eval()
    return history, [p.detach().flatten().numpy().copy() for p in params], optimizer.param_groups[0]


def golden(spec):
    lrs = make_optimizers.learning_rates(spec)
    document = {"name": spec["name"], "optimizer": spec["optimizer"]}
    for name, dtype in (("float64", torch.float64), ("float32", torch.float32)):
        history, evaluated, group = run(spec, lrs, dtype)
        if name == "float64":
            document["hyperparameters"] = {
                k: list(v) if isinstance(v, tuple) else v
                for k, v in group.items()
                if k in ("betas", "eps", "warmup_steps", "weight_lr_power")
            } | {f"optimizer_{k}": group[k] for k in ("r", "weight_decay")}
            document |= {"lr": lrs, "same_gradient": False, "gradient_factors": spec["factors"]}
            document["zero_every"] = spec["zero_every"]
        document[name] = [[common.exact(p, name) for p in step] for step in history]
        document[f"evaluated_{name}"] = [common.exact(p, name) for p in evaluated]
    return document


def main():
    torch.set_num_threads(1)
    cases = [golden(spec) for spec in all_cases()]
    path = pathlib.Path(__file__).parents[1] / "schedule_free.json"
    versions = {"torch": torch.__version__, "schedulefree": importlib.metadata.version("schedulefree")}
    common.write_json(path, versions | {"shapes": make_optimizers.SHAPES, "cases": cases})
    print(len(cases), "cases")


if __name__ == "__main__":
    main()
