"""The names of PyTorch's variants; without PyTorch itself."""


def variants(problem=None, device="cpu"):
    """Those of a problem; without one, all that there are. torch_peer.py says what the names mean."""
    names = ["torch-eager", "torch-compile", "torch-compile-step"]
    if device != "cpu" or problem is None:
        names += ["torch-compile-graphs", "torch-compile-autotune", "torch-compile-step-graphs"]
    orders = ["", "-cl"] if problem is None or problem.convolutions else [""]
    return [name + order for name in names for order in orders]
