"""The names of PyTorch's variants; without PyTorch itself."""


def variants(problem=None, device="cpu"):
    """Those of a problem; without one, all that there are. torch_peer.py says what the names mean."""
    names = ["torch-eager", "torch-compile"]
    # Functions of the parameters alone: not networks that write running statistics or carry states.
    whole = problem is None or not (problem.kind == "text" or problem.network == "wrn164")
    if whole:
        names.append("torch-compile-step")
    if problem is None or problem.kind == "synthetic":
        names.append("torch-compile-ten-steps")
    if device != "cpu" or problem is None:
        names += ["torch-compile-graphs", "torch-compile-autotune"] + ["torch-compile-step-graphs"] * whole
    orders = ["", "-cl"] if problem is None or problem.convolutions else [""]
    return [name + order for name in names for order in orders]


def families(problem):
    """Those that have the problem."""
    return ["torch"] if problem.kind == "text" or problem.network == "wrn164" else ["torch", "jax"]
