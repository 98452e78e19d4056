"""The optimizers by name, as PyTorch has them, and Lion, which PyTorch lacks."""

import inspect

import torch


class Lion(torch.optim.Optimizer):
    """Chen et al., "Symbolic Discovery of Optimization Algorithms", NeurIPS 2023, algorithm 2."""

    def __init__(self, params, lr=1e-4, betas=(0.9, 0.99), weight_decay=0.0):
        super().__init__(params, {"lr": lr, "betas": betas, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            beta1, beta2 = group["betas"]
            for p in group["params"]:
                m = self.state[p].setdefault("exp_avg", torch.zeros_like(p))
                update = (beta1 * m + (1 - beta1) * p.grad).sign()
                p.sub_(group["lr"] * (update + group["weight_decay"] * p))
                m.mul_(beta2).add_((1 - beta2) * p.grad)


NAMES = ["SGD", "Adam", "AdamW", "RMSprop", "Adagrad", "Adadelta", "Adamax", "NAdam", "RAdam", "Rprop", "ASGD", "Lion"]


def make(name, params, lr, hyperparameters):
    """One optimizer with PyTorch's plain per-tensor loop.

    The hyperparameters have PyTorch's names, but `optimizer_weight_decay` stands for its weight_decay: in DeepOBS the
    plain name belongs to the regulariser of the test problem. The caller sets torch's default dtype to that of the
    parameters: NAdam and ASGD keep scalars of their own (mu_product, eta) in the default dtype.
    """
    options = {"weight_decay" if k == "optimizer_weight_decay" else k: v for k, v in hyperparameters.items()}
    options = {k: tuple(v) if isinstance(v, list) else v for k, v in options.items()}
    kind = Lion if name == "Lion" else getattr(torch.optim, name)
    if "foreach" in inspect.signature(kind).parameters:
        options["foreach"] = False
    return kind(params, lr=lr, **options)


def resolved(optimizer):
    """The hyperparameters in use, defaults included, under the names make() takes."""
    hidden = {"params", "lr", "initial_lr", "foreach", "fused", "maximize", "capturable", "differentiable"}
    group = {k: v for k, v in optimizer.param_groups[0].items() if k not in hidden}
    if type(optimizer).__name__ in ("Adam", "AdamW"):
        group.pop("decoupled_weight_decay", None)  # it is what tells the two apart
    if "weight_decay" in group:
        group["optimizer_weight_decay"] = group.pop("weight_decay")
    return {k: list(v) if isinstance(v, tuple) else v for k, v in group.items()}
