"""Activations by name."""

import difflib

from torch import nn

ACTIVATIONS = {
    "elu": nn.ELU,
    "tanh": nn.Tanh,
    "sigmoid": nn.Sigmoid,
    "softplus": nn.Softplus,
    "relu": nn.ReLU,
}


def activation(name: str) -> nn.Module:
    """Make the activation of that name: ELU is C1, ReLU has no curvature, the others are smooth.

    Raises:
        ValueError: for a name that is not in `ACTIVATIONS`.
    """
    if name not in ACTIVATIONS:
        near = difflib.get_close_matches(str(name), ACTIVATIONS, n=1)
        hint = f"did you mean {near[0]!r}? " if near else ""
        raise ValueError(f"activation: got {name!r}; {hint}expected one of {', '.join(ACTIVATIONS)}")
    return ACTIVATIONS[name]()
